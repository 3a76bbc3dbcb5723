/** What people are told of the scheduler's thoughts: the queue, why a VM is where it is, what a request would meet. Plain data. */
import type { SettingKey } from '../state/index.ts';

/** A code of `texts/` with what its sentence needs. */
export interface Reason {
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is known of a PC beyond the log: soft facts from gossip. A node without an entry counts as idle, unused and empty. */
export interface NodeLoad {
  /** Share of all cores in use, 0 to 1. */
  readonly cpu: number;
  /** Somebody sits at its keyboard. */
  readonly userPresent: boolean;
  /** Image versions that it holds whole. */
  readonly versionIds: readonly string[];
  /** Free on the disk of its images; left out: not known. */
  readonly diskFreeGiB?: number;
}
export type Loads = ReadonlyMap<string, NodeLoad>;

/** One summand of a priority or a score, with its own sentence. */
export interface Term extends Reason {
  readonly points: number;
}

/** A request's claim (S4). Preemption compares `base`; the order of the queue is by `total`. */
export interface Priority {
  readonly base: number;
  /** `base` and what waiting has added. */
  readonly total: number;
  readonly terms: readonly Term[];
}

/** One who waits (S3). A request's id is that of its VM. */
export interface QueueEntry {
  readonly vmId: string;
  /** From 1. */
  readonly position: number;
  readonly priority: Priority;
  /** Ms; null when nothing that is known to end would make room. */
  readonly expectedStart: number | null;
  /** The resource that is short now. */
  readonly short: Reason | null;
  /** The request that goes first, when this one would fit but must not delay it. */
  readonly blockedBy: string | null;
}
export interface QueueView {
  readonly entries: readonly QueueEntry[];
}

/** What one PC would be for a VM. */
export interface Candidate {
  readonly nodeId: string;
  readonly verdict: 'chosen' | 'fits' | 'dropped';
  /** Why a filter dropped it. */
  readonly dropped: Reason | null;
  /** The least is taken; null for the dropped. */
  readonly score: number | null;
  readonly terms: readonly Term[];
}

/** The VMs that would be suspended to make room on a node. */
export interface Preemption {
  readonly nodeId: string;
  readonly vmIds: readonly string[];
}

/** Why a VM is where it is, or why a request waits (S16). */
export interface Explanation {
  readonly vmId: string;
  readonly priority: Priority;
  /** Null for a VM that does not wait. */
  readonly position: number | null;
  readonly expectedStart: number | null;
  readonly blockedBy: string | null;
  readonly candidates: readonly Candidate[];
  /** What would be suspended for it now, or why nothing is. */
  readonly preempts: Preemption | null;
  readonly notPreempting: Reason | null;
}

/** A request that is thought of, for the start dialog. */
export interface Draft {
  readonly ownerId: string;
  readonly imageId: string;
  readonly sizeId: string;
  readonly courseId: string | null;
  readonly hours: number;
  readonly batch: boolean;
  readonly preemptible: boolean;
}
/** What would happen to a draft. */
export interface Forecast {
  readonly when: 'now' | 'later' | 'never';
  readonly nodeId: string | null;
  readonly position: number | null;
  readonly expectedStart: number | null;
  readonly preempts: readonly string[];
  /** Why later or never. */
  readonly reason: Reason | null;
}

export type SettingValues = Partial<Readonly<Record<SettingKey, string | number | boolean>>>;

/** The present queue under present and under other settings. */
export interface DryRun {
  readonly before: readonly QueueEntry[];
  readonly after: readonly QueueEntry[];
  /** Requests that would start at once under the other settings, and where. */
  readonly starts: readonly { readonly vmId: string; readonly nodeId: string }[];
  /** VMs that would be suspended for them. */
  readonly preempts: readonly string[];
}
