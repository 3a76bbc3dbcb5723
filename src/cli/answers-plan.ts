/** What the API answers about who waits, why, and what is reserved. */
import type { Fault, Ref } from './answers.ts';

/** Where one who waits stands. */
export interface QueuedRow {
  /** From 1. */
  readonly position: number;
  readonly expectedStart: number | null;
  readonly short: Fault | null;
}

/** A VM that is named only to those who may see it. */
export interface OtherVm {
  readonly id: string;
  readonly name: string | null;
  readonly owner: string | null;
}

export interface TermRow extends Fault {
  readonly points: number;
}

export interface PriorityRow {
  readonly base: number;
  readonly total: number;
  readonly terms: readonly TermRow[];
}

/** A VM that waits. */
export interface RequestRow extends QueuedRow {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly image: string;
  readonly size: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly kind: string;
  readonly since: number;
  readonly blockedBy: OtherVm | null;
  readonly priority: PriorityRow;
}

/** Why a VM is where it is, or why it waits. */
export interface WhyRow {
  readonly vm: {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly node: string | null;
  };
  readonly priority: PriorityRow;
  readonly position: number | null;
  readonly expectedStart: number | null;
  readonly blockedBy: OtherVm | null;
  readonly candidates: readonly {
    readonly node: string;
    readonly verdict: 'chosen' | 'fits' | 'dropped';
    readonly dropped: Fault | null;
    readonly score: number | null;
    readonly terms: readonly TermRow[];
  }[];
  readonly preempts: { readonly node: string; readonly vms: readonly OtherVm[] } | null;
  readonly notPreempting: Fault | null;
}

export interface ReservationRow {
  readonly id: string;
  readonly label: string;
  readonly owner: Ref;
  readonly course: Ref | null;
  readonly user: Ref | null;
  readonly vm: Ref | null;
  readonly image: string;
  readonly size: string;
  readonly count: number;
  readonly kind: string;
  readonly hours: number;
  readonly at: string;
  readonly zone: string;
  readonly starts: readonly number[];
  readonly next: { readonly start: number; readonly end: number; readonly now: boolean } | null;
  readonly state: 'active' | 'over' | 'cancelled';
  readonly warning: Fault | null;
}
