/** Checks of images that were asked for in the page: they take longer than a request may, so the page asks how far they are. */
import type { NodeServices } from '../../node/interface.ts';

export type Verification =
  | { readonly state: 'running' | 'failed' }
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
    () => put({ state: 'failed' }),
  );
}
