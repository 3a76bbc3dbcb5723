/** What is known of one version that guests read while it comes. */
import type { Transfer } from '../../images/index.ts';

/** Guests read files from front to back: what follows a chunk that one waits for is wanted next. */
const FOLLOWING = 4;

export class Stream {
  transfer: Transfer | null = null;
  /** Chunks that guests wait for, since when. */
  readonly wants = new Map<number, number>();
  /** Chunks that came since the node started; the serving process may not know of them from the disk yet. */
  readonly arrived = new Set<number>();
  /** Chunks that a guest found damaged, until the store has struck them out. */
  readonly damaged = new Set<number>();
  /** Of those that came, the ones that are told in a moment. */
  readonly untold: number[] = [];
  /** The order in which earlier boots read. */
  learned: readonly number[] = [];
  clients = 0;
  /** When a VM that reads it was seen last. */
  keptAt = Number.NEGATIVE_INFINITY;
  wasStuck = false;
  #reads: number[] = [];
  #savedReads = 0;
  #last: number | null = null;
  #opening: PromiseWithResolvers<string | null> | null = null;

  isUsed(now: number, keptMs: number): boolean {
    return this.clients > 0 || this.wants.size > 0 || now - this.keptAt < keptMs;
  }

  isStuck(now: number, afterMs: number): boolean {
    for (const since of this.wants.values()) if (now - since >= afterMs) return true;
    return false;
  }

  wanted(chunks: readonly number[], now: number): void {
    for (const chunk of chunks) if (!this.wants.has(chunk)) this.wants.set(chunk, now);
    this.#last = chunks.at(-1) ?? this.#last;
  }

  /** What guests will want: what follows the last that one waited for, then what earlier boots read. */
  ahead(): number[] {
    const { learned } = this;
    const last = this.#last;
    const following = last === null ? [] : Array.from({ length: FOLLOWING }, (_, i) => last + 1 + i);
    return [...(learned.includes(last ?? -1) ? [] : following), ...learned];
  }

  noteReads(from: number, chunks: readonly number[]): void {
    // A serving process that was started anew counts from 0 again.
    if (from === 0) {
      this.#reads = [];
      this.#savedReads = 0;
    }
    if (from === this.#reads.length) this.#reads.push(...chunks);
  }

  /** The order of first reads if there is more of it than was taken before, else null. */
  takeReads(): readonly number[] | null {
    if (this.#reads.length === this.#savedReads) return null;
    this.#savedReads = this.#reads.length;
    return this.#reads;
  }

  /** Resolves when the serving process says that it serves the version (null), or why not. */
  nextOpened(): Promise<string | null> {
    this.#opening ??= Promise.withResolvers<string | null>();
    return this.#opening.promise;
  }

  opened(): void {
    this.#opening?.resolve(null);
    this.#opening = null;
  }

  refused(reason: string): void {
    this.#opening?.resolve(reason);
    this.#opening = null;
  }
}
