/** Importing an image from an address on the web: this PC fetches it. Works without script. */
import { Hono } from 'hono';
import type { ImportRequest } from '../../node/interface.ts';
import { Refusal } from '../../state/index.ts';
import { Csrf, Field, Head, LinkButton, Refused } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { firstLook } from './image-not-made.tsx';
import { ImportFields, importFieldsOf, MAX_URL } from './import-fields.tsx';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

export function importAddressPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <FromAddress v={viewOf(c)} form={proposedIn(c)} problem={null} />))
    .post('/', async (c) => {
      const form = await readForm(c);
      let imageId = '';
      let operationId = '';
      const problem = await attempt(c, async () => {
        const begun = await c.get('node').importImage(requestOf(form), authorOf(c));
        imageId = begun.targetId ?? '';
        operationId = begun.operationId ?? '';
      });
      const said = problem ?? (await firstLook(c, operationId));
      if (said !== null)
        return show(c, <FromAddress v={viewOf(c)} form={form} problem={said} />, said.status);
      const from = new URLSearchParams({ from: form.text('url').trim().slice(0, MAX_URL) });
      return goTo(c, `/images/${imageId}?${from}`, 'fetch_started');
    });
}

/** What a failed attempt leaves to try again with. */
function proposedIn(c: WebContext): Form {
  const text = (name: string, most: number) => (c.req.query(name) ?? '').slice(0, most);
  return emptyForm.with({ url: text('url', MAX_URL), name: text('name', 63) });
}

/** @throws Refusal `payload.invalid` */
function requestOf(form: Form): ImportRequest {
  const sum = form.text('sha256').trim().toLowerCase();
  if (sum !== '' && !/^[0-9a-f]{64}$/.test(sum))
    throw new Refusal('payload.invalid', { field: 'sha256', problem: 'Invalid string: must match pattern' });
  const url = form.text('url').trim().slice(0, MAX_URL);
  return { ...importFieldsOf(form), source: sum === '' ? { url } : { url, sha256: sum } };
}

function FromAddress({ v, form, problem }: { v: View; form: Form; problem: Problem | null }) {
  const words = v.t.imports;
  const action = '/images/import/address';
  return (
    <Page v={v} title={words.title} narrow>
      <Head title={words.title} lead={words.lead} back={{ href: '/images', text: v.t.images.title }}>
        <LinkButton href="/images/import" icon="upload">
          {words.send}
        </LinkButton>
      </Head>
      <Refused v={v} problem={problem} />
      <form class="form card pad" method="post" action={action}>
        <Csrf v={v} />
        <Field
          name="url"
          label={words.url}
          value={form.text('url')}
          hint={words.urlHint}
          maxlength={MAX_URL}
          placeholder="https://example.org/debian-12.qcow2"
          required
        />
        <Field
          name="sha256"
          label={words.sum}
          value={form.text('sha256')}
          hint={words.sumHint}
          maxlength={64}
        />
        <ImportFields v={v} form={form} />
        <div class="row">
          <button class="button main" type="submit">
            <Icon name="download" />
            {words.submit}
          </button>
        </div>
      </form>
    </Page>
  );
}
