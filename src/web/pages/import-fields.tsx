/** What both ways of importing ask: name, system, for whom, and whether the bytes are a bare disk. */
import type { ImportRequest } from '../../node/interface.ts';
import { Field, Select } from '../components/bits.tsx';
import type { View } from '../components/view.ts';
import { Shared } from './image-fields.tsx';
import type { Form } from './show.ts';

/** Characters of an address, as the API takes it. */
export const MAX_URL = 2048;

export function importFieldsOf(form: Form): Omit<ImportRequest, 'source'> {
  const os = form.text('os');
  return {
    name: form.text('name'),
    os: os === 'windows' || os === 'other' ? os : 'linux',
    shared: form.flag('shared'),
    asRaw: form.flag('raw'),
  };
}

export function ImportFields({ v, form }: { v: View; form: Form }) {
  const words = v.t.upload;
  return (
    <>
      <Field
        name="name"
        label={words.name}
        value={form.text('name')}
        hint={words.nameHint}
        maxlength={63}
        required
      />
      <Select
        name="os"
        label={v.t.images.os}
        value={form.text('os') || 'linux'}
        options={[
          ['linux', v.t.os.linux],
          ['windows', v.t.os.windows],
          ['other', v.t.os.other],
        ]}
      />
      <Shared v={v} checked={form.flag('shared')} />
      <label class="check">
        <input type="checkbox" name="raw" value="yes" checked={form.flag('raw')} id="raw" />
        <span>{words.raw}</span>
        <span class="hint small soft">{words.rawHint}</span>
      </label>
    </>
  );
}
