/** An image that never came to be: its page says why, and leads back to the form. Nothing of it is kept but the operation. */
import { isUlid, maySeeOperation, type Operation } from '../../state/index.ts';
import { operationEnd } from '../api/wait.ts';
import { Head, LinkButton, Refused } from '../components/bits.tsx';
import { isUnmade } from '../components/operation-row.tsx';
import { Page } from '../components/page.tsx';
import type { View } from '../components/view.ts';
import { actorOf, type WebContext } from '../env.ts';
import { type Problem, problemOfCode } from '../problem.ts';

/** What is refused at the first look is told beside the form: an address that is not allowed, a page instead of a file. */
const FIRST_LOOK_SECONDS = 1.5;

/** How the making of the image in the page's address ended, if it is not there and this person may know why; null: ask for the image. */
export function notMade(c: WebContext): Operation | null {
  const id = c.req.param('id') ?? '';
  const { state } = c.get('node');
  const { image, operation } = state.tables;
  if (!isUlid(id) || image.get(id)) return null;
  const last = operation.get(operation.idsBy('target', id).at(-1) ?? '');
  return last && isUnmade(last) && maySeeOperation(state, actorOf(c), last) ? last : null;
}

/** Why an import failed within the first moment; null: it goes on, or is done. */
export async function firstLook(c: WebContext, operationId: string): Promise<Problem | null> {
  await operationEnd(c.get('node'), operationId, FIRST_LOOK_SECONDS, c.req.raw.signal);
  const operation = c.get('node').state.tables.operation.get(operationId);
  if (operation?.state !== 'failed' || operation.error === null) return null;
  return problemOfCode(operation.error.code, operation.error.data, c.get('lang'));
}

/** @param from the address that it was fetched from, where the page's own address tells it */
export function NotMade({ v, operation, from }: { v: View; operation: Operation; from: string }) {
  const words = v.t.imports;
  const { kind, state, error, target } = operation;
  const again = new URLSearchParams({ name: target.name, ...(from === '' ? {} : { url: from }) });
  return (
    <Page v={v} title={target.name} narrow>
      <Head title={target.name} back={{ href: '/images', text: v.t.images.title }} />
      {error !== null && state === 'failed' ? (
        <Refused v={v} problem={problemOfCode(error.code, error.data, v.lang)} />
      ) : null}
      <p>{state === 'failed' ? words.notMade : words.cancelled}</p>
      {kind === 'image.import' ? (
        <div class="row">
          <LinkButton href={`/images/import/address?${again}`} icon="download" main={from !== ''}>
            {from === '' ? v.t.imports.instead : words.again}
          </LinkButton>
          <LinkButton href="/images/import" icon="upload" main={from === ''}>
            {words.send}
          </LinkButton>
        </div>
      ) : null}
    </Page>
  );
}
