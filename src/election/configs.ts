import { z } from 'zod';
import type { Entry } from './entry.ts';
import type { Members } from './members.ts';

const ids = z.array(z.string());
/** The body of a `voters` entry, and the members beside a snapshot. */
export const membersForm = z.object({ voters: ids, learners: ids.default([]), standbys: ids.default([]) });

export interface PlacedMembers {
  readonly index: number;
  readonly members: Members;
}

/** Who took part from which entry on. The newest counts as soon as it is in the log, and is given up with it. */
export class Configs {
  /** Ascending; never empty. */
  #placed: PlacedMembers[];

  constructor(first: Members, later: readonly PlacedMembers[] = []) {
    this.#placed = [{ index: 0, members: first }, ...later];
  }

  get newest(): Members {
    return this.#last.members;
  }

  get newestIndex(): number {
    return this.#last.index;
  }

  at(index: number): Members {
    return (this.#placed.findLast((placed) => placed.index <= index) ?? this.#last).members;
  }

  add(entry: Entry): void {
    this.#placed.push({ index: entry.index, members: membersForm.parse(JSON.parse(entry.body)) });
  }

  truncate(from: number): void {
    this.#placed = this.#placed.filter((placed, at) => at === 0 || placed.index < from);
  }

  /** Forgets what was before the snapshot at `index`. */
  compact(index: number): void {
    const first = this.#placed.findLastIndex((placed) => placed.index <= index);
    if (first > 0) this.#placed = this.#placed.slice(first);
  }

  reset(to: PlacedMembers): void {
    this.#placed = [{ index: to.index, members: to.members }];
  }

  get #last(): PlacedMembers {
    return this.#placed.at(-1) ?? { index: 0, members: { voters: [], learners: [], standbys: [] } };
  }
}
