import type { Logger } from '../state/logger.ts';
import type { Applier } from './applier.ts';
import type { Beginning } from './beginning.ts';
import { ElectionError } from './errors.ts';
import type { Failures } from './failures.ts';
import type { LiveReplica } from './live-replica.ts';
import { makeSoleVoter } from './recovery.ts';
import type { Replica } from './replica.ts';
import type { SnapshotFetch } from './snapshot-fetch.ts';
import type { Snapshots } from './snapshots.ts';
import type { Status } from './status.ts';
import type { LogStore } from './store.ts';
import { sleepUnless } from './waiters.ts';

/** Recovering waits so many elections for a master first, and looks so often: an election under way is not a cloud lost. */
const ELECTIONS_BEFORE_RECOVERY = 5;
const MASTER_AGAIN_MS = 25;

export interface SoleVoterOptions<Outcome> {
  dir: string;
  nodeId: string;
  store: LogStore;
  applier: Applier<Outcome>;
  snapshots: Snapshots<Outcome>;
  fetch: SnapshotFetch<Outcome>;
  live: LiveReplica;
  beginning: Beginning<Outcome>;
  failures: Failures<Outcome>;
  status: Status<Outcome>;
  /** How long the disk may take to catch up with what is held. */
  stopMs: number;
  logger: Logger;
  stopped: AbortSignal;
}

/** Makes a running node the sole voter, when most voters are lost for good (Q); `recovery.ts` does it to the store. */
export class SoleVoter<Outcome> {
  readonly #options: SoleVoterOptions<Outcome>;

  constructor(options: SoleVoterOptions<Outcome>) {
    this.#options = options;
  }

  /** @throws ElectionError as `MeshedAgreement.recover` */
  async recover(): Promise<void> {
    const { live, failures } = this.#options;
    const { core } = await this.#withoutMaster();
    live.end();
    live.refuse(new ElectionError('log.stopped', { maybe: false }));
    await failures.during(this.#beginAlone(), core.durableIndex);
  }

  /** Resolves when no master came up for a while and all that this node holds is on its disk. */
  async #withoutMaster(): Promise<Replica> {
    const { dir, applier, fetch, live, stopMs, stopped } = this.#options;
    const electionsEnd = performance.now() + ELECTIONS_BEFORE_RECOVERY * live.timing.electionMaxMs;
    for (;;) {
      if (applier.failed !== null) throw applier.failed;
      const { replica } = live;
      if (replica === null) throw live.refusal ?? new ElectionError('log.stopped', { maybe: false });
      const { core } = replica;
      if (core.leader !== null) throw new ElectionError('log.has_quorum', { master: core.leader });
      if (core.voters.length === 0) throw new ElectionError('log.nothing_to_recover', { dir });
      const over = performance.now() - electionsEnd;
      // What was applied here may still be on its way to this disk, and would be missing from it.
      const settled = !fetch.busy && !replica.writing && core.durableIndex === core.lastIndex;
      if (over >= 0 && settled) return replica;
      if (over >= stopMs) throw new ElectionError('log.timeout', { timeoutMs: stopMs, maybe: false });
      await sleepUnless(stopped, MASTER_AGAIN_MS);
    }
  }

  async #beginAlone(): Promise<void> {
    const { dir, nodeId, store, snapshots, beginning, status, logger } = this.#options;
    await snapshots.pause();
    const held = await store.reopen();
    const recovered = await makeSoleVoter(store, held, { dir, nodeId });
    await beginning.begin(recovered);
    snapshots.resume();
    status.changed();
    logger.warn('this node goes on with the cloud as its only voter, as asked', {
      term: recovered.hard.term,
      index: recovered.lastIndex,
    });
  }
}
