import type { Applier } from './applier.ts';
import { ElectionError } from './errors.ts';
import type { LiveReplica } from './live-replica.ts';
import { type LogStore, placeOf, type Recovered } from './store.ts';
import { Waiter } from './waiters.ts';

export interface BeginningOptions<Outcome> {
  nodeId: string;
  store: LogStore;
  applier: Applier<Outcome>;
  live: LiveReplica;
  /** How long a sole voter may take to write its first entry. */
  stopMs: number;
  stopped: AbortSignal;
}

/** Begins a replica on what the store holds: the same at a start and after the store was reopened or rewritten. */
export class Beginning<Outcome> {
  readonly #options: BeginningOptions<Outcome>;
  /** Somebody waits for this replica to begin, and hears of its failure. */
  #waiter: Waiter<void> | null = null;

  constructor(options: BeginningOptions<Outcome>) {
    this.#options = options;
  }

  /**
   * Applies what is committed, then takes part. A sole voter leads at once: resolves when it does.
   * @throws ElectionError log.stopped, log.damaged, log.machine_failed, log.disk_full, log.write_failed, log.core_failed, log.timeout
   */
  async begin(recovered: Recovered): Promise<void> {
    const { nodeId, store, applier, live, stopped } = this.#options;
    const { snapshot } = recovered;
    const commitIndex = Math.max(recovered.markIndex, snapshot?.index ?? 0);
    await applier.replay(store, commitIndex);
    // Durable, and perhaps committed: the leader will tell.
    const from = Math.max(commitIndex, applier.appliedIndex, recovered.base.index) + 1;
    if (recovered.lastIndex >= from) {
      for await (const entry of store.read(from, recovered.lastIndex)) applier.add(entry, null);
    }
    if (stopped.aborted) throw new ElectionError('log.stopped', { maybe: false });
    const members = snapshot?.members ?? recovered.members;
    const place = snapshot === null ? null : placeOf(snapshot);
    const core = live.begin({ ...recovered, nodeId, members, commitIndex, snapshot: place });
    const alone = core.voters.length === 1 && core.voters[0] === nodeId;
    live.step({ type: alone ? 'campaign' : 'tick' });
    if (alone) await this.#untilLeading(core.lastIndex + 1);
  }

  /** The replica failed. @returns whether somebody waits for it to begin, who hears of it and goes on from there */
  failed(error: ElectionError): boolean {
    this.#waiter?.reject(error);
    return this.#waiter !== null;
  }

  /** Until a sole voter's first entry is applied, or its disk refused it. */
  async #untilLeading(index: number): Promise<void> {
    const { applier, stopMs } = this.#options;
    const waiter = new Waiter<void>(stopMs);
    this.#waiter = waiter;
    applier.waitFor(index, stopMs).then(
      () => waiter.resolve(),
      (error) => waiter.reject(error),
    );
    await waiter.promise.finally(() => {
      this.#waiter = null;
    });
  }
}
