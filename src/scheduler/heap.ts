/** A queue of events by time: the soonest comes out first. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => number;

  constructor(before: (a: T, b: T) => number, items: readonly T[] = []) {
    this.#before = before;
    // A sorted list is a heap.
    this.#items.push(...[...items].sort(before));
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    items[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(child, at)) return first;
      at = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#items[a];
    const other = this.#items[b];
    return one !== undefined && other !== undefined && this.#before(one, other) < 0;
  }

  #swapIfBefore(low: number, high: number): boolean {
    if (!this.#isBefore(low, high)) return false;
    const one = this.#items[low];
    const other = this.#items[high];
    if (one === undefined || other === undefined) return false;
    this.#items[low] = other;
    this.#items[high] = one;
    return true;
  }
}
