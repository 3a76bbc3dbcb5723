import type { Logger } from '../state/logger.ts';
import type { Entry } from './entry.ts';
import { ElectionError, reasonOf } from './errors.ts';
import type { LogStore } from './store.ts';
import type { StateMachine } from './types.ts';
import { Waiter } from './waiters.ts';

export interface Applied<Outcome> {
  index: number;
  outcome: Outcome;
}

export interface ApplierOptions<Outcome> {
  machine: StateMachine<Outcome>;
  logger: Logger;
  sliceMs: number;
  /** After entries were applied: the new index, and the bytes of the entries. */
  onApplied: (index: number, bytes: number) => void;
  onFailed: (error: ElectionError<'log.machine_failed'>) => void;
}

/**
 * Applies committed entries to the machine, in order, each once. Fresh entries come from memory, the rest (at a start)
 * from the store. Can be held, while a snapshot is drained.
 */
export class Applier<Outcome> {
  readonly #options: ApplierOptions<Outcome>;
  #appliedIndex = 0;
  #appliedTerm = 0;
  #commitIndex = 0;
  #held = false;
  #failed: ElectionError<'log.machine_failed'> | null = null;
  /** Written, not yet applied; their proposers. */
  readonly #fresh = new Map<number, { entry: Entry; waiter: Waiter<Applied<Outcome>> | null }>();
  readonly #waiting = new Set<{ index: number; waiter: Waiter<void> }>();

  constructor(options: ApplierOptions<Outcome>) {
    this.#options = options;
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }
  get appliedTerm(): number {
    return this.#appliedTerm;
  }
  /** Entries in memory that wait to be applied. */
  get pending(): number {
    return this.#fresh.size;
  }
  get failed(): ElectionError<'log.machine_failed'> | null {
    return this.#failed;
  }

  /** The machine was just restored to the state after `index`. */
  startAfter(place: { index: number; term: number }): void {
    this.#appliedIndex = place.index;
    this.#appliedTerm = place.term;
    this.#commitIndex = place.index;
  }

  /** Hands over an entry that is being written, with who waits for it. */
  add(entry: Entry, waiter: Waiter<Applied<Outcome>> | null): void {
    this.#fresh.set(entry.index, { entry, waiter });
  }

  /** Takes back entries whose write failed. */
  drop(fromIndex: number, error: Error): void {
    for (const [index, { waiter }] of this.#fresh) {
      if (index < fromIndex) continue;
      this.#fresh.delete(index);
      waiter?.reject(error);
    }
  }

  /** Entries up to here are committed: applies those at hand. */
  advance(commitIndex: number): void {
    this.#commitIndex = Math.max(this.#commitIndex, commitIndex);
    if (this.#held || this.#failed !== null) return;
    const before = this.#appliedIndex;
    let bytes = 0;
    while (this.#appliedIndex < this.#commitIndex) {
      const next = this.#fresh.get(this.#appliedIndex + 1);
      if (next === undefined) break;
      this.#fresh.delete(next.entry.index);
      if (!this.#apply(next.entry, next.waiter)) break;
      bytes += next.entry.body.length;
    }
    if (this.#appliedIndex > before) this.#applied(bytes);
  }

  /** Applies from the store up to `commitIndex`: at a start. Gives way to others between slices. */
  async replay(store: LogStore, commitIndex: number): Promise<void> {
    this.#commitIndex = Math.max(this.#commitIndex, commitIndex);
    if (this.#appliedIndex >= commitIndex) return;
    let sliceEnds = performance.now() + this.#options.sliceMs;
    let bytes = 0;
    for await (const entry of store.read(this.#appliedIndex + 1, commitIndex)) {
      if (!this.#apply(entry, this.#fresh.get(entry.index)?.waiter ?? null)) break;
      this.#fresh.delete(entry.index);
      bytes += entry.body.length;
      if (performance.now() < sliceEnds) continue;
      await Bun.sleep(0);
      sliceEnds = performance.now() + this.#options.sliceMs;
    }
    this.#applied(bytes);
  }

  /** Nothing is applied until `release`; committed entries wait. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.advance(this.#commitIndex);
  }

  /** @throws ElectionError log.timeout, log.machine_failed, log.stopped */
  waitFor(index: number, timeoutMs: number): Promise<void> {
    if (index <= this.#appliedIndex) return Promise.resolve();
    if (this.#failed !== null) return Promise.reject(this.#failed);
    const waiting = { index, waiter: new Waiter<void>(timeoutMs, () => this.#waiting.delete(waiting)) };
    this.#waiting.add(waiting);
    return waiting.waiter.promise;
  }

  /** Ends every wait. */
  end(error: Error): void {
    this.drop(0, error);
    for (const { waiter } of this.#waiting) waiter.reject(error);
    this.#waiting.clear();
  }

  #apply(entry: Entry, waiter: Waiter<Applied<Outcome>> | null): boolean {
    if (entry.kind === 'command') {
      try {
        const command: unknown = JSON.parse(entry.body);
        const outcome = this.#options.machine.apply({ index: entry.index, term: entry.term, command });
        waiter?.resolve({ index: entry.index, outcome });
      } catch (error) {
        this.#fail(entry.index, error, waiter);
        return false;
      }
    }
    this.#appliedIndex = entry.index;
    this.#appliedTerm = entry.term;
    return true;
  }

  #applied(bytes: number): void {
    for (const waiting of this.#waiting) {
      if (waiting.index > this.#appliedIndex) continue;
      this.#waiting.delete(waiting);
      waiting.waiter.resolve();
    }
    this.#options.onApplied(this.#appliedIndex, bytes);
  }

  /** Half an entry may be in the machine: going on would be guessing. */
  #fail(index: number, error: unknown, waiter: Waiter<Applied<Outcome>> | null): void {
    const failed = new ElectionError(
      'log.machine_failed',
      { index, reason: reasonOf(error) },
      { cause: error },
    );
    this.#failed = failed;
    waiter?.reject(failed);
    this.end(failed);
    this.#options.logger.error('the state machine threw; nothing further is applied here', {
      ...failed.data,
    });
    this.#options.onFailed(failed);
  }
}
