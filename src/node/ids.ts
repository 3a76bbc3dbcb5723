/** Fresh ULIDs, each greater than the last even within one millisecond or when the clock is set back. */
import { monotonicFactory } from 'ulid';

export function idFactory(now: () => number): () => string {
  const next = monotonicFactory();
  let newest = 0;
  return () => {
    newest = Math.max(newest, now());
    return next(newest);
  };
}
