/**
 * One kind of entity: by id, in id order (= order of creation), and by the named indexes. Indexes hold ids in order, so that
 * a page of a filtered list costs the page, not the table.
 */

/** From an entity to the keys under which an index lists it; none: the index does not list it. */
export type IndexKeys<T> = (entity: T) => readonly string[];

export interface Entity {
  readonly id: string;
}

export class Table<T extends Entity, I extends string = string> {
  readonly #rows = new Map<string, T>();
  readonly #order: string[] = [];
  readonly #indexes: ReadonlyMap<I, { keys: IndexKeys<T>; ids: Map<string, string[]> }>;

  constructor(indexes: Record<I, IndexKeys<T>>) {
    const names = Object.keys(indexes) as I[];
    this.#indexes = new Map(names.map((name) => [name, { keys: indexes[name], ids: new Map() }]));
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): T | undefined {
    return this.#rows.get(id);
  }

  /** All ids, oldest first. */
  ids(): readonly string[] {
    return this.#order;
  }

  /** Ids that an index lists under a key, oldest first. */
  idsBy(index: I, key: string): readonly string[] {
    return this.#indexes.get(index)?.ids.get(key) ?? [];
  }

  /** How many entities an index lists under a key. */
  countBy(index: I, key: string): number {
    return this.idsBy(index, key).length;
  }

  /** Entities that an index lists under a key, oldest first. */
  by(index: I, key: string): T[] {
    return this.resolve(this.idsBy(index, key));
  }

  /** The first entity under a key: for indexes whose keys are unique. */
  one(index: I, key: string): T | undefined {
    const id = this.idsBy(index, key)[0];
    return id === undefined ? undefined : this.#rows.get(id);
  }

  /** All entities, oldest first. */
  all(): T[] {
    return this.resolve(this.#order);
  }

  /** All entities, in no order: cheaper than `all` where many are counted. */
  rows(): IterableIterator<T> {
    return this.#rows.values();
  }

  resolve(ids: readonly string[]): T[] {
    const found: T[] = [];
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row) found.push(row);
    }
    return found;
  }

  /** Puts an entity in place of the one with its id; returns the former one. */
  put(entity: T): T | undefined {
    const { id } = entity;
    const before = this.#rows.get(id);
    if (!before) insertSorted(this.#order, id);
    this.#rows.set(id, entity);
    for (const { keys, ids } of this.#indexes.values()) {
      const listed = keys(entity);
      const former = before ? keys(before) : NONE;
      // Most changes leave most indexes as they are; lists are long.
      if (areSame(former, listed)) continue;
      for (const key of former) unlist(ids, key, id);
      for (const key of listed) {
        const list = ids.get(key);
        if (list) insertSorted(list, id);
        else ids.set(key, [id]);
      }
    }
    return before;
  }

  /** Removes an entity; returns it. */
  delete(id: string): T | undefined {
    const before = this.#rows.get(id);
    if (!before) return undefined;
    removeSorted(this.#order, id);
    this.#rows.delete(id);
    for (const { keys, ids } of this.#indexes.values()) {
      for (const key of keys(before)) unlist(ids, key, id);
    }
    return before;
  }

  clear(): void {
    this.#rows.clear();
    this.#order.length = 0;
    for (const { ids } of this.#indexes.values()) ids.clear();
  }
}

const NONE: readonly string[] = [];

function areSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function unlist(ids: Map<string, string[]>, key: string, id: string): void {
  const list = ids.get(key);
  if (!list) return;
  removeSorted(list, id);
  if (list.length === 0) ids.delete(key);
}

/** Position of the first element that is not smaller. */
function lowerBound(sorted: readonly string[], id: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insertSorted(sorted: string[], id: string): void {
  const last = sorted.at(-1);
  if (last === undefined || last < id) {
    sorted.push(id); // ids grow with time: nearly every insertion ends here
    return;
  }
  const at = lowerBound(sorted, id);
  if (sorted[at] !== id) sorted.splice(at, 0, id);
}

function removeSorted(sorted: string[], id: string): void {
  const at = lowerBound(sorted, id);
  if (sorted[at] === id) sorted.splice(at, 1);
}
