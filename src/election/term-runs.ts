/**
 * The term of every entry in the log, kept as runs: terms change at elections only, so the log of a year is a few
 * dozen runs. Knows the place before the first entry too (the snapshot's last), as Raft's consistency check needs.
 */
export class TermRuns {
  /** Ascending by `from`; the first run starts at the snapshot's index. */
  #runs: { from: number; term: number }[];
  #lastIndex: number;

  constructor(
    base: { index: number; term: number },
    entries: Iterable<{ index: number; term: number }> = [],
  ) {
    this.#runs = [{ from: base.index, term: base.term }];
    this.#lastIndex = base.index;
    for (const entry of entries) this.append(entry.term);
  }

  get lastIndex(): number {
    return this.#lastIndex;
  }

  get lastTerm(): number {
    return this.#runs.at(-1)?.term ?? 0;
  }

  /** @returns undefined where the log no longer, or not yet, holds an entry. */
  termAt(index: number): number | undefined {
    if (index > this.#lastIndex) return undefined;
    return this.#runs.findLast((run) => run.from <= index)?.term;
  }

  /** The newest place at or before `index` of at most `term`: where another log may agree with this one. */
  lastAtMost(index: number, term: number): number {
    if (index > this.#lastIndex) return this.lastAtMost(this.#lastIndex, term);
    for (let at = this.#runs.length - 1; at >= 0; at--) {
      const run = this.#runs[at];
      if (run === undefined || run.from > index) continue;
      if (run.term <= term) return Math.min(index, (this.#runs[at + 1]?.from ?? index + 1) - 1);
    }
    // Before the beginning nothing is known; a snapshot will have to do.
    return Math.min(index, (this.#runs[0]?.from ?? 1) - 1);
  }

  append(term: number): number {
    this.#lastIndex += 1;
    if (term !== this.lastTerm) this.#runs.push({ from: this.#lastIndex, term });
    return this.#lastIndex;
  }

  /** Forgets the entries from `index` on. */
  truncate(index: number): void {
    this.#lastIndex = Math.min(this.#lastIndex, index - 1);
    this.#runs = this.#runs.filter((run, at) => at === 0 || run.from <= this.#lastIndex);
  }

  /** Forgets the entries before `index`, whose own term stays known. */
  compact(index: number): void {
    const term = this.termAt(index);
    if (term === undefined) return;
    this.#runs = [{ from: index, term }, ...this.#runs.filter((run) => run.from > index)];
  }
}
