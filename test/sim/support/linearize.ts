/** One call of a client on one key: `swap` writes and gives what was there before; `read` gives what is there. */
export interface Operation {
  readonly key: string;
  readonly kind: 'swap' | 'read';
  /** swap: what was written. */
  readonly value: number;
  readonly began: number;
  /** null: the client never heard; it may have happened at any time since, or never. */
  ended: number | null;
  result: number | null;
}

/** States looked at before the search gives up; histories of a run need some hundreds. */
const MAX_STATES = 200_000;

/**
 * Whether an order of the operations explains all answers, each within its own time (Wing and Gong's search with Lowe's
 * memory of states seen). Keys are independent of each other, so each is searched alone.
 * @returns the key that has no such order, or null
 */
export function unexplained(history: readonly Operation[]): string | null {
  const keys = new Set(history.map(({ key }) => key));
  for (const key of keys) {
    const all = history.filter((operation) => operation.key === key);
    // What nobody heard of and nobody saw explains nothing: every value is written once only.
    const seen = new Set(all.map(({ result }) => result));
    const told = all.filter(
      ({ kind, ended, value }) => ended !== null || (kind === 'swap' && seen.has(value)),
    );
    if (!explains(told.sort((a, b) => a.began - b.began))) return key;
  }
  return null;
}

function explains(operations: readonly Operation[]): boolean {
  const seen = new Set<string>();
  const taken = new Array<boolean>(operations.length).fill(false);
  let left = operations.filter(({ ended }) => ended !== null).length;

  const search = (value: number): boolean => {
    if (left === 0) return true;
    const state = `${value} ${taken.map((is) => (is ? 1 : 0)).join('')}`;
    if (seen.has(state)) return false;
    seen.add(state);
    if (seen.size > MAX_STATES) throw new Error('the history is too long to search');
    // Whoever ended before another began comes before it.
    let firstEnd = Number.POSITIVE_INFINITY;
    operations.forEach((operation, at) => {
      if (!taken[at] && operation.ended !== null) firstEnd = Math.min(firstEnd, operation.ended);
    });
    for (const [at, operation] of operations.entries()) {
      if (taken[at] || operation.began > firstEnd) continue;
      if (operation.ended !== null && operation.result !== value) continue;
      taken[at] = true;
      if (operation.ended !== null) left -= 1;
      if (search(operation.kind === 'swap' ? operation.value : value)) return true;
      taken[at] = false;
      if (operation.ended !== null) left += 1;
    }
    return false;
  };
  return search(0);
}
