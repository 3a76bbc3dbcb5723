/** Importing an image: the file is sent by upload.js in pieces, then this form takes what has arrived. */
import { Hono } from 'hono';
import type { ImportRequest } from '../../node/interface.ts';
import { Csrf, Field, Head, Refused, Select } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { Shared } from './image-fields.tsx';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

export function importPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <Import v={viewOf(c)} form={emptyForm} problem={null} />))
    .post('/', async (c) => {
      const form = await readForm(c);
      const os = form.text('os');
      const request: ImportRequest = {
        name: form.text('name'),
        os: os === 'windows' || os === 'other' ? os : 'linux',
        shared: form.flag('shared'),
        asRaw: form.flag('raw'),
        source: { uploadId: form.text('upload').toUpperCase() },
      };
      let imageId = '';
      const problem = await attempt(c, async () => {
        imageId = (await c.get('node').importImage(request, authorOf(c))).targetId ?? '';
      });
      if (problem === null)
        return goTo(c, imageId === '' ? '/images' : `/images/${imageId}`, 'import_started');
      return show(c, <Import v={viewOf(c)} form={form} problem={problem} />, problem.status);
    });
}

function Import({ v, form, problem }: { v: View; form: Form; problem: Problem | null }) {
  const words = v.t.upload;
  return (
    <Page v={v} title={words.title} scripts={['upload.js']} narrow>
      <Head title={words.title} lead={words.lead} back={{ href: '/images', text: v.t.images.title }} />
      <Refused v={v} problem={problem} />
      <noscript>
        <div class="notice warn">
          <Icon name="info" />
          <div>{words.needsScript}</div>
        </div>
      </noscript>
      <form
        class="form card pad"
        method="post"
        action="/images/import"
        id="import"
        data-upload="/api/v1/uploads"
        data-words={JSON.stringify(words.script)}
      >
        <Csrf v={v} />
        {/* What has arrived already is kept when the name is refused: nothing is sent twice. */}
        <input type="hidden" name="upload" value={form.text('upload')} />
        <div class="field" data-pick>
          <label for="file">{words.file}</label>
          <input
            class="input"
            id="file"
            type="file"
            accept=".qcow2,.img,.raw,.vmdk,.vdi,.ova,.iso"
            aria-describedby="file-hint"
          />
          <p class="hint" id="file-hint">
            {words.fileHint}
          </p>
        </div>
        <div class="meter" data-progress hidden>
          <progress max="100" value="0" aria-label={words.file} />
          <span class="num" role="status" data-status />
          <div class="row">
            <button class="button small" type="button" data-pause>
              {words.script.pause}
            </button>
            <button class="button small" type="button" data-cancel>
              {words.script.cancel}
            </button>
          </div>
        </div>
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
        <div class="row">
          <button class="button main" type="submit">
            <Icon name="upload" />
            {words.submit}
          </button>
        </div>
      </form>
    </Page>
  );
}
