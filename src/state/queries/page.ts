/** One page of a list that is sorted by id (= by creation), newest first unless asked otherwise. */
export interface PageRequest {
  /** Id of the last item of the page before; left out for the first page. */
  readonly after?: string | undefined;
  /** Items on the page, 1 to 200. */
  readonly limit: number;
  readonly order?: 'newest' | 'oldest';
}

export interface Page<T> {
  readonly items: readonly T[];
  /** What `after` must be for the next page; null on the last one. */
  readonly next: string | null;
  /** How many items the whole list has. */
  readonly total: number;
}

const MAX_LIMIT = 200;

/** Cuts a page from ids in ascending order, keeping items for which `keep` holds. */
export function pageOf<T>(
  ids: readonly string[],
  resolve: (id: string) => T | undefined,
  request: PageRequest,
  keep: ((item: T) => boolean) | null = null,
): Page<T> {
  const limit = Math.min(MAX_LIMIT, Math.max(1, Math.trunc(request.limit)));
  const newest = request.order !== 'oldest';
  const items: T[] = [];
  let next: string | null = null;
  let last: string | null = null;
  let total = keep ? 0 : ids.length;
  for (let n = 0; n < ids.length; n++) {
    const id = ids[newest ? ids.length - 1 - n : n] ?? '';
    const beyond = request.after !== undefined && (newest ? id >= request.after : id <= request.after);
    if (!keep && beyond) continue;
    if (!keep && next !== null) break;
    const item = resolve(id);
    if (item === undefined || (keep && !keep(item))) continue;
    if (keep) total += 1;
    if (beyond || next !== null) continue;
    if (items.length === limit) {
      next = last;
      continue;
    }
    items.push(item);
    last = id;
  }
  return { items, next, total };
}
