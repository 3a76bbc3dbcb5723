/** The fields of an image that its owner changes. */
import type { Image } from '../../state/index.ts';
import { Csrf, Field, Select } from '../components/bits.tsx';
import type { View } from '../components/view.ts';
import type { Form } from './show.ts';

/** What the fields say; a system that nobody knows leaves the one that is kept. */
export function fieldsOf(form: Form, image: Image) {
  return { name: form.text('name'), os: osOf(form.text('os'), image), shared: form.flag('shared') };
}

function osOf(text: string, image: Image): Image['os'] {
  return text === 'linux' || text === 'windows' || text === 'other' ? text : image.os;
}

export function EditImage({ v, image, form }: { v: View; image: Image; form: Form }) {
  const words = v.t.images;
  return (
    <section class="card pad stack">
      <h2>{words.edit}</h2>
      <form class="form" method="post" action={`/images/${image.id}`} id="edit">
        <Csrf v={v} />
        <Field
          name="name"
          label={words.name}
          value={form.typed('name', image.name)}
          maxlength={63}
          required
        />
        <Select
          name="os"
          label={words.os}
          value={form.typed('os', image.os)}
          options={[
            ['linux', v.t.os.linux],
            ['windows', v.t.os.windows],
            ['other', v.t.os.other],
          ]}
        />
        <Shared v={v} checked={form.has('name') ? form.flag('shared') : image.shared} />
        <button class="button" type="submit">
          {v.t.words.save}
        </button>
      </form>
    </section>
  );
}

export function Shared({ v, checked }: { v: View; checked: boolean }) {
  return (
    <label class="check">
      <input type="checkbox" name="shared" value="yes" checked={checked} id="shared" />
      <span>{v.t.images.share}</span>
      <span class="hint small soft">{v.t.images.shareHint}</span>
    </label>
  );
}
