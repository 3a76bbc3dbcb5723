/** Whole lists, fetched page by page. */
import type { Query } from './client.ts';
import type { Session } from './session.ts';

interface PageAnswer<T> {
  readonly items: readonly T[];
  readonly next?: string | null;
}

/** Rows of one request: the most that the API gives at once. */
const PAGE = 200;
/** A list that never ends is a fault of the other side: 1,000 pages hold 200,000 things. */
const MAX_PAGES = 1000;

/** Every item of a list, whether the API answers it whole or in pages. */
export async function wholeList<T>(
  session: Session,
  path: readonly string[],
  query: Query = {},
): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await session.client.get<PageAnswer<T> | readonly T[]>(path, {
      ...query,
      limit: PAGE,
      after,
    });
    if (!('items' in answer)) return [...answer];
    items.push(...answer.items);
    if (!answer.next) return items;
    after = answer.next;
  }
  return items;
}
