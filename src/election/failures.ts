import type { Logger } from '../state/logger.ts';
import type { Applier } from './applier.ts';
import type { Beginning } from './beginning.ts';
import { ElectionError, type ElectionWarnings, reasonOf } from './errors.ts';
import type { GroupCommit } from './group-commit.ts';
import type { LiveReplica } from './live-replica.ts';
import type { Replica } from './replica.ts';
import type { ElectionSettings } from './settings.ts';
import type { Snapshots } from './snapshots.ts';
import type { Status } from './status.ts';
import type { LogStore } from './store.ts';
import { sleepUnless } from './waiters.ts';

export interface FailuresOptions<Outcome> {
  store: LogStore;
  applier: Applier<Outcome>;
  snapshots: Snapshots<Outcome>;
  live: LiveReplica;
  proposing: GroupCommit<Outcome>;
  beginning: Beginning<Outcome>;
  status: Status<Outcome>;
  settings: ElectionSettings;
  logger: Logger;
  stopped: AbortSignal;
}

/**
 * What ends this node's part in the log: a core that throws (until a restart, E17), and a disk that refuses (until the
 * store could be reopened, R). To the others it is as good as crashed meanwhile.
 */
export class Failures<Outcome> {
  readonly #options: FailuresOptions<Outcome>;
  #reopening: Promise<void> | null = null;

  constructor(options: FailuresOptions<Outcome>) {
    this.#options = options;
  }

  /** Resolves when the store is neither reopened nor rewritten, or this node stops. */
  async over(): Promise<void> {
    await this.#reopening;
  }

  /** What the core believes may be wrong, so it neither says nor writes anything further; the store holds what was promised. */
  coreThrew(error: unknown): void {
    const { logger, status } = this.#options;
    const failed = new ElectionError('log.core_failed', { reason: reasonOf(error) }, { cause: error });
    logger.error('the core of the log threw; this node takes part no more', { ...failed.data });
    // The others may hold what was on its way.
    this.#end(failed, 0, new ElectionError('log.deposed', { maybe: true }));
    status.warn('log.core_failed', failed.data);
  }

  storeFailed(replica: Replica, error: unknown): void {
    const failure = storeFailureOf(error);
    const { core } = replica;
    core.step({ type: 'storage_lost' });
    // Sent to the others before it failed here, an entry may live on there.
    const alone = core.voters.length === 1;
    const fate = alone ? failure : new ElectionError('log.deposed', { maybe: true });
    const awaited = this.#end(failure, core.durableIndex + 1, fate);
    if (!awaited) this.#reopening ??= this.#untilOver(this.#refuseFor(failure, core.durableIndex));
  }

  snapshotFailed(error: unknown): void {
    if (error instanceof ElectionError && error.code === 'log.stopped') return;
    const { replica } = this.#options.live;
    if (replica !== null && isStoreFailure(error)) this.storeFailed(replica, error);
    else this.#options.status.warn('log.snapshot_failed', { reason: reasonOf(error) });
  }

  /** The store is `rewritten` with no replica on it; should that fail, it is as after a failed write. */
  async during(rewritten: Promise<void>, durableIndex: number): Promise<void> {
    this.#reopening = this.#untilOver(
      rewritten.catch((error) => this.#refuseFor(storeFailureOf(error), durableIndex)),
    );
    await rewritten;
  }

  #untilOver(work: Promise<void>): Promise<void> {
    return work.finally(() => {
      this.#reopening = null;
    });
  }

  /** Entries from `from` on meet their `fate`. @returns whether somebody waits for the replica to begin */
  #end(failure: ElectionError, from: number, fate: ElectionError): boolean {
    const { live, proposing, applier, beginning } = this.#options;
    live.end();
    live.refuse(failure);
    proposing.refuse(failure);
    applier.drop(from, fate);
    return beginning.failed(failure);
  }

  /** Refuses writes and says why, until the store could be reopened. */
  #refuseFor(failure: ElectionError, durableIndex: number): Promise<void> {
    const { live, status } = this.#options;
    live.refuse(failure);
    if (failure.code === 'log.disk_full')
      status.warn('log.disk_full', failure.data as ElectionWarnings['log.disk_full']);
    if (failure.code === 'log.write_failed')
      status.warn('log.write_failed', failure.data as ElectionWarnings['log.write_failed']);
    return this.#reopen(durableIndex);
  }

  async #reopen(durableIndex: number): Promise<void> {
    const { store, snapshots, live, beginning, status, settings, logger, stopped } = this.#options;
    await snapshots.pause();
    while (!stopped.aborted) {
      await sleepUnless(stopped, settings.retryMs);
      if (stopped.aborted) return;
      try {
        if ((await store.freeBytes()) < settings.minFreeBytes) continue;
        const recovered = await store.reopen();
        // Refused stays refused, as far as this node can tell (R4).
        const last = Math.max(durableIndex, recovered.markIndex);
        await store.truncate(last + 1);
        const upTo = <T extends { index: number }>(placed: readonly T[]) =>
          placed.filter(({ index }) => index <= last);
        await beginning.begin({
          ...recovered,
          terms: upTo(recovered.terms),
          configs: upTo(recovered.configs),
          lastIndex: Math.min(recovered.lastIndex, last),
        });
        break;
      } catch (error) {
        live.end();
        logger.debug('the log still cannot be written', { reason: reasonOf(error) });
      }
    }
    status.unwarn('log.disk_full');
    status.unwarn('log.write_failed');
    snapshots.resume();
    status.changed();
  }
}

function storeFailureOf(error: unknown): ElectionError {
  return error instanceof ElectionError ? error : new ElectionError('log.stopped', { maybe: true });
}

function isStoreFailure(error: unknown): boolean {
  return (
    error instanceof ElectionError && (error.code === 'log.disk_full' || error.code === 'log.write_failed')
  );
}
