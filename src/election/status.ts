import type { Logger } from '../state/logger.ts';
import type { Applier } from './applier.ts';
import { Core } from './core.ts';
import { type ElectionWarnings, reasonOf, type Warning } from './errors.ts';
import type { LiveReplica } from './live-replica.ts';
import { majorityOf, noMembers } from './members.ts';
import type { Snapshots } from './snapshots.ts';
import type { AgreementStatus } from './types.ts';

export interface StatusOptions<Outcome> {
  nodeId: string;
  live: LiveReplica;
  applier: Applier<Outcome>;
  snapshots: Snapshots<Outcome>;
  logger: Logger;
  clock: () => number;
}

/** What this node shows of the log: role, members, warnings; and who listens to that. */
export class Status<Outcome> {
  readonly #options: StatusOptions<Outcome>;
  readonly #warnings = new Map<Warning['code'], Warning>();
  readonly #listeners = new Set<(status: AgreementStatus) => void>();
  #master: string | null = null;
  #masterSinceMs = 0;

  constructor(options: StatusOptions<Outcome>) {
    this.#options = options;
  }

  get(): AgreementStatus {
    const { nodeId, live, applier, snapshots } = this.#options;
    const core = live.last ?? emptyCore(nodeId);
    const up = live.replica !== null;
    const alive = up ? core.voters.filter((id) => core.active.includes(id)) : [];
    return {
      // In its own eyes it may still lead.
      role: this.#warnings.has('log.core_failed') ? 'follower' : core.role,
      term: core.term,
      nodeId: core.nodeId,
      master: up && core.leader !== null ? { nodeId: core.leader, sinceMs: this.#masterSinceMs } : null,
      voters: [...core.voters],
      learners: [...core.members.learners],
      standbys: [...core.members.standbys],
      alive,
      mayFail: Math.max(0, alive.length - majorityOf(core.voters.length)),
      lastIndex: core.lastIndex,
      commitIndex: core.commitIndex,
      appliedIndex: applier.appliedIndex,
      snapshotIndex: snapshots.current?.index ?? 0,
      warnings: [...this.#warnings.values()],
    };
  }

  onChange(listener: (status: AgreementStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells everybody who listens. */
  changed(): void {
    const { live, clock, logger } = this.#options;
    const master = live.last?.leader ?? null;
    if (master !== this.#master) this.#masterSinceMs = clock();
    this.#master = master;
    const status = this.get();
    for (const listener of [...this.#listeners]) {
      try {
        listener(status);
      } catch (error) {
        logger.error('a listener of the log threw', { reason: reasonOf(error) });
      }
    }
  }

  /** Warnings that the store was opened with; nobody is told yet. */
  begin(warnings: readonly Warning[]): void {
    for (const warning of warnings) this.#warnings.set(warning.code, warning);
  }

  warn<Code extends Warning['code']>(code: Code, data: ElectionWarnings[Code]): void {
    const sinceMs = this.#warnings.get(code)?.sinceMs ?? this.#options.clock();
    this.#warnings.set(code, { code, data, sinceMs } as Warning);
    this.changed();
  }

  unwarn(code: Warning['code']): void {
    if (this.#warnings.delete(code)) this.changed();
  }

  end(): void {
    this.#listeners.clear();
  }
}

/** Before the start. */
function emptyCore(nodeId: string): Core {
  const base = { index: 0, term: 0 };
  const hard = { term: 0, votedFor: null };
  return new Core({ nodeId, members: noMembers, hard, base, terms: [], commitIndex: 0 });
}
