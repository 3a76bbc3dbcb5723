import type { Applied, Applier } from './applier.ts';
import type { Entry } from './entry.ts';
import { ElectionError } from './errors.ts';
import type { LiveReplica } from './live-replica.ts';
import { type Proposal, Proposals } from './proposals.ts';
import type { ElectionSettings } from './settings.ts';

export interface GroupCommitOptions<Outcome> {
  settings: ElectionSettings;
  applier: Applier<Outcome>;
  live: LiveReplica;
}

/** Hands waiting proposals to the core, many at a time, and tells the applier who waits for which entry (P3). */
export class GroupCommit<Outcome> {
  readonly #options: GroupCommitOptions<Outcome>;
  readonly #waiting: Proposals<Outcome>;
  /** Those the core takes just now. */
  #taken: readonly Proposal<Outcome>[] = [];
  #flushing = false;

  constructor(options: GroupCommitOptions<Outcome>) {
    this.#options = options;
    this.#waiting = new Proposals(options.settings);
  }

  /** @throws ElectionError as `Agreement.propose` */
  propose(command: unknown, timeoutMs: number): Promise<Applied<Outcome>> {
    const { live, applier } = this.#options;
    if (live.refusal !== null) throw live.refusal;
    if (applier.failed !== null) throw applier.failed;
    const { role, leader } = live.core;
    if (role !== 'leader') throw new ElectionError('log.not_master', { master: leader });
    const promise = this.#waiting.add(command, timeoutMs, applier.pending);
    this.#flushSoon();
    return promise;
  }

  /** Refuses all that wait. */
  refuse(error: Error): void {
    this.#waiting.refuse(error);
  }

  /** Refuses all that wait unless this node leads. */
  refuseUnlessLeading(): void {
    const core = this.#options.live.last;
    if (core === null || core.role === 'leader' || this.#waiting.size === 0) return;
    this.refuse(new ElectionError('log.not_master', { master: core.leader }));
  }

  /** Callers of one turn share a write; while one is under way more gather. */
  #flushSoon(): void {
    if (this.#flushing || this.#options.live.replica?.writing === true) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.flush();
    });
  }

  /** Proposes what waits, unless a write is under way: then it is called again after that. */
  flush(): void {
    const { live } = this.#options;
    const { replica } = live;
    if (replica === null || replica.writing || this.#waiting.size === 0) return;
    const batch = this.#waiting.take();
    this.#taken = batch;
    const output = live.step({ type: 'propose', bodies: batch.map(({ body }) => body) });
    this.#taken = [];
    if (output !== null && output.proposed !== null) return;
    const refusal =
      output === null
        ? new ElectionError('log.deposed', { maybe: true })
        : new ElectionError('log.not_master', { master: replica.core.leader });
    for (const { waiter } of batch) waiter.reject(refusal);
    this.refuse(refusal);
  }

  /** Entries came into the log; those from `removedFrom` on had gone before. */
  took(entries: readonly Entry[], removedFrom: number | null): void {
    const { applier } = this.#options;
    // Another node may still hold what was overwritten here, and bring it back.
    if (removedFrom !== null) applier.drop(removedFrom, new ElectionError('log.deposed', { maybe: true }));
    let at = 0;
    for (const entry of entries) {
      const proposal = entry.kind === 'command' ? this.#taken[at++] : undefined;
      if (proposal !== undefined) proposal.waiter.maybe = true;
      if (entry.index > applier.appliedIndex) applier.add(entry, proposal?.waiter ?? null);
    }
  }
}
