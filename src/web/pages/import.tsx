/** Importing an image: the file is sent by upload.js in pieces, then this form takes what has arrived. */
import { Hono } from 'hono';
import type { ImportRequest } from '../../node/interface.ts';
import { Csrf, Head, LinkButton, Refused } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { firstLook } from './image-not-made.tsx';
import { importAddressPages } from './import-address.tsx';
import { ImportFields, importFieldsOf } from './import-fields.tsx';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

/** The one failure after which the node keeps what was sent: it may be taken as a bare disk, without sending it again. */
const KEPT_FOR = 'images.not_an_image';

export function importPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .route('/address', importAddressPages())
    .get('/', (c) => show(c, <Import v={viewOf(c)} form={emptyForm} problem={null} />))
    .post('/', async (c) => {
      const form = await readForm(c);
      const request: ImportRequest = {
        ...importFieldsOf(form),
        source: { uploadId: form.text('upload').toUpperCase() },
      };
      let imageId = '';
      let operationId = '';
      const problem = await attempt(c, async () => {
        const begun = await c.get('node').importImage(request, authorOf(c));
        imageId = begun.targetId ?? '';
        operationId = begun.operationId ?? '';
      });
      const refused = problem ?? (await firstLook(c, operationId));
      if (refused !== null) {
        const isKept = problem !== null || refused.code === KEPT_FOR;
        const left = isKept ? form : form.with({ upload: '' });
        return show(c, <Import v={viewOf(c)} form={left} problem={refused} />, refused.status);
      }
      return goTo(c, imageId === '' ? '/images' : `/images/${imageId}`, 'import_started');
    });
}

function Import({ v, form, problem }: { v: View; form: Form; problem: Problem | null }) {
  const words = v.t.upload;
  return (
    <Page v={v} title={words.title} scripts={['upload.js']} narrow>
      <Head title={words.title} lead={words.lead} back={{ href: '/images', text: v.t.images.title }}>
        <LinkButton href="/images/import/address" icon="download">
          {v.t.imports.instead}
        </LinkButton>
      </Head>
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
        <ImportFields v={v} form={form} />
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
