import type { Applier } from './applier.ts';
import { ElectionError } from './errors.ts';
import type { LiveReplica } from './live-replica.ts';
import { Waiter } from './waiters.ts';

/** How long a read that nobody could answer waits before it asks again: a fraction of an election. */
const READ_AGAIN_MS = 25;

export interface ReadBarrierOptions {
  live: LiveReplica;
  applier: Pick<Applier<unknown>, 'waitFor'>;
  stopped: AbortSignal;
}

/** Waits until the local copy holds all that was confirmed before (L6). */
export class ReadBarrier {
  readonly #options: ReadBarrierOptions;
  readonly #asked = new Map<number, Waiter<number | null>>();
  #nextId = 1;

  constructor(options: ReadBarrierOptions) {
    this.#options = options;
  }

  /** @returns the index that was waited for @throws ElectionError log.timeout, log.stopped, log.core_failed, log.machine_failed */
  async wait(timeoutMs: number): Promise<number> {
    const { live, applier, stopped } = this.#options;
    const ends = performance.now() + timeoutMs;
    for (;;) {
      if (stopped.aborted || live.last === null) throw new ElectionError('log.stopped', { maybe: false });
      if (live.refusal?.code === 'log.core_failed') throw live.refusal;
      const left = Math.max(1, ends - performance.now());
      const index = live.replica === null ? this.#indexAlone() : await this.#ask(left);
      if (index !== null) {
        await applier.waitFor(index, Math.max(1, ends - performance.now()));
        return index;
      }
      if (performance.now() + READ_AGAIN_MS >= ends)
        throw new ElectionError('log.timeout', { timeoutMs, maybe: false });
      await Bun.sleep(READ_AGAIN_MS);
    }
  }

  /** The core's answer; `index` null: ask again. */
  readable(id: number, index: number | null): void {
    this.#asked.get(id)?.resolve(index);
    this.#asked.delete(id);
  }

  /** For a stop: nobody will answer any more. */
  end(): void {
    for (const waiter of this.#asked.values()) waiter.resolve(null);
  }

  /** A sole voter whose disk refuses writes leads on in name: nobody else confirms anything (R2). */
  #indexAlone(): number | null {
    const core = this.#options.live.last;
    return core?.role === 'leader' && core.voters.length === 1 ? core.commitIndex : null;
  }

  async #ask(timeoutMs: number): Promise<number | null> {
    const { live } = this.#options;
    const id = this.#nextId++;
    // An answer that does not come within an election's time was lost: ask again.
    const waiter = new Waiter<number | null>(Math.min(timeoutMs, live.timing.electionMaxMs));
    this.#asked.set(id, waiter);
    live.step({ type: 'read', id });
    return waiter.promise.catch(() => null).finally(() => this.#asked.delete(id));
  }
}
