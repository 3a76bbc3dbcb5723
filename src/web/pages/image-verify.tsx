/**
 * Checks of this PC's copy of an image that were asked for in the page: they take longer than a request may, so the page asks how far they are.
 */
import type { NodeServices } from '../../node/interface.ts';
import type { Image, ImageVersion } from '../../state/index.ts';
import { Csrf, Refused } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import type { View } from '../components/view.ts';
import { problemOf } from '../problem.ts';

export type Verification =
  | { readonly state: 'running' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'done'; readonly checked: number; readonly damaged: number; readonly repaired: number };

/** Results kept per node; images are few, and the oldest result goes first. */
const KEPT = 200;

const results = new WeakMap<NodeServices, Map<string, Verification>>();

export function verificationOf(node: NodeServices, imageId: string): Verification | null {
  return results.get(node)?.get(imageId) ?? null;
}

/** Begins a check unless one of this image is under way. */
export function beginVerify(node: NodeServices, imageId: string): void {
  const known = results.get(node) ?? new Map<string, Verification>();
  results.set(node, known);
  if (known.get(imageId)?.state === 'running') return;
  const put = (result: Verification) => {
    known.delete(imageId);
    known.set(imageId, result);
    const oldest = known.keys().next();
    if (known.size > KEPT && !oldest.done) known.delete(oldest.value);
  };
  put({ state: 'running' });
  node.verifyImage(imageId).then(
    ({ checked, damaged, repaired }) =>
      put({ state: 'done', checked, damaged: damaged.length, repaired: repaired.length }),
    (error: unknown) => put({ state: 'failed', error }),
  );
}

interface VerifyProps {
  v: View;
  image: Image;
  version: ImageVersion;
  checked: Verification | null;
}

export function Verify({ v, image, version, checked }: VerifyProps) {
  const words = v.t.images;
  if (!version.nodeIds.includes(v.node.me.nodeId)) return <Elsewhere v={v} version={version} />;
  const again = {
    'hx-get': v.url,
    'hx-trigger': 'every 2s',
    'hx-target': '#main',
    'hx-select': '#main',
    'hx-swap': 'outerMorph',
  };
  return (
    <section class="card pad stack" id="verify">
      <p class="small soft">{words.verifyHint}</p>
      {checked?.state === 'running' ? (
        <div class="meter" {...again}>
          <progress aria-label={v.t.operations.underway} />
          <span class="soft">{v.t.operations.underway}</span>
        </div>
      ) : (
        <form method="post" action={`/images/${image.id}/verify`} class="inline">
          <Csrf v={v} />
          <button class="button" type="submit">
            <Icon name="check" />
            {words.verify}
          </button>
        </form>
      )}
      {checked?.state === 'done' ? (
        <p role="status" class={checked.damaged === checked.repaired ? 'tag good wrap' : 'tag bad wrap'}>
          {verdictOf(v, checked)}
        </p>
      ) : null}
      {checked?.state === 'failed' ? (
        <Refused v={v} problem={problemOf(checked.error, v.lang, image.id)} />
      ) : null}
    </section>
  );
}

/** A PC reads its own copy only; where there is none, it says on whose page one is checked. */
function Elsewhere({ v, version }: { v: View; version: ImageVersion }) {
  const names = v.state.tables.node.resolve(version.nodeIds).map(({ name }) => name);
  if (names.length === 0) return null;
  return (
    <p class="small soft" id="verify">
      {v.t.images.verifyElsewhere(v.f.list(names))}
    </p>
  );
}

function verdictOf(
  v: View,
  { checked, damaged, repaired }: Extract<Verification, { state: 'done' }>,
): string {
  const words = v.t.images;
  if (damaged === 0) return words.verified(v.f.number(checked));
  const many = [v.f.number(damaged), v.f.number(checked)] as const;
  return damaged === repaired ? words.mended(...many) : words.damaged(...many);
}
