/** What the API answers, as far as the commands read it. More fields may be there; `--json` passes all of them on. */
import type { Cause } from '../texts/index.ts';

/** Why something failed: as the node worded it, or a bare code that this command words. */
export interface Fault extends Cause {
  readonly message?: string;
  readonly hint?: string;
}

export interface Ref {
  readonly id: string;
  readonly name: string;
}

export interface NodeRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly role: string;
  readonly address: string;
  readonly cores: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly accel: string;
  readonly used: { readonly vcpus: number; readonly ramMiB: number; readonly diskGiB: number };
  readonly vms: number;
  readonly images: readonly string[];
  readonly version: string;
  readonly seenMs: number | null;
  readonly hostProblem: Fault | null;
  /** Why it is in this state; null where the state says it all. */
  readonly cause: Fault | null;
  readonly drain: DrainRow | null;
  /** Who shares it; null: it is the lab's. */
  readonly owner: Ref | null;
  /** Percentage of it that VMs may use. */
  readonly share: number;
}

export interface DrainRow {
  readonly how: 'move' | 'suspend' | 'wait';
  readonly startedAt: number;
  readonly deadlineAt: number;
  /** Nothing runs there any more. */
  readonly done: boolean;
  /** VMs that still run there, each with what will happen to it. */
  readonly blocking: readonly {
    readonly id: string;
    readonly name: string;
    readonly owner: string;
    readonly state: string;
    readonly fate: string;
  }[];
}

/** A version of an image on its way to a PC. */
export interface TransferRow {
  readonly node: Ref;
  readonly image: Ref;
  /** Null: the saved work of a VM. */
  readonly version: number | null;
  readonly done: number;
  readonly total: number;
  readonly rate: number | null;
  readonly etaMs: number | null;
  readonly from: readonly { readonly node: Ref; readonly bytes: number; readonly state: string }[];
}

/** A join token, without its secret. */
export interface TokenRow {
  readonly id: string;
  readonly label: string;
  readonly state: 'valid' | 'expired' | 'used_up' | 'revoked';
  readonly createdBy: Ref;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly maxUses: number;
  /** The PCs that it let in. */
  readonly nodes: readonly Ref[];
}

/** A join token just made: the only time that it is told. */
export interface CreatedTokenRow {
  readonly id: string;
  readonly token: string;
  /** The line to run on the new PC. */
  readonly command: string;
  readonly expiresAt: number;
  readonly uses: number;
}

export interface PowerRow {
  readonly state: 'on' | 'stopping' | 'off';
  readonly deadlineAt: number | null;
  /** VMs that still compute somewhere. */
  readonly running: number;
}

export interface Status {
  readonly cloud: Ref;
  readonly me: Ref & {
    readonly state: string;
    readonly role: string;
    /** Why it is in that state; left out by older nodes. */
    readonly cause?: { readonly message: string; readonly hint: string } | null;
  };
  readonly master: {
    readonly id: string;
    readonly name: string;
    readonly term: number;
    readonly since: number | null;
  } | null;
  readonly quorum: { readonly voters: number; readonly alive: number; readonly mayFail: number };
  readonly power: PowerRow;
  readonly nodes: readonly NodeRow[];
  /** Number of VMs in each state; states without VMs may be left out. */
  readonly vms: Readonly<Record<string, number>>;
}

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

export interface VmRow {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly image: string;
  readonly size: string;
  readonly state: string;
  readonly cause: Fault | null;
  readonly node: string | null;
  readonly epoch: number;
  readonly since: number;
  readonly leaseEnds: number | null;
  readonly ip: string | null;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly osDiskGiB: number;
  readonly dataDiskGiB: number;
  readonly persistent: boolean;
  /** Its screen can be opened. */
  readonly console: boolean;
  readonly kind: string;
  /** Null for one that does not wait. */
  readonly queue: QueuedRow | null;
  /** Null for one that starts clean each time; left out by older nodes. Times in ms. */
  readonly work?: {
    readonly saved: {
      readonly at: number;
      readonly nodes: readonly string[];
      readonly current: boolean;
    } | null;
    /** It is being saved now; left out by older nodes. */
    readonly saving?: boolean;
    readonly failed: { readonly at: number; readonly cause: Fault } | null;
    readonly strays: readonly { readonly node: string; readonly at: number }[];
    readonly recovered: readonly {
      readonly versionId: string;
      readonly node: string;
      readonly lostAt: number;
      readonly bytes: number;
    }[];
    readonly recoverable: {
      readonly node: string;
      readonly lostAt: number;
      readonly before: number | null;
    } | null;
  } | null;
}

export interface ImageRow {
  readonly id: string;
  readonly name: string;
  readonly version: number | null;
  readonly sizeBytes: number | null;
  readonly storedBytes: number | null;
  readonly owner: string;
  readonly shared: boolean;
  /** Who changes it, in which lab, and until when that is theirs alone; left out by older nodes. */
  readonly edit?: { readonly user: Ref; readonly vm: Ref | null; readonly until: number } | null;
  readonly vms: number;
  readonly courses: readonly Ref[];
  readonly chunks: number | null;
  readonly os: string;
  readonly state: string;
  readonly copies: number;
  readonly nodes: readonly {
    readonly node: string;
    readonly presentChunks: number;
    readonly state: string;
    readonly cause: { readonly message: string } | null;
  }[];
}

export interface VersionRow {
  readonly number: number;
  /** New labs take it. */
  readonly current: boolean;
  /** It is being deleted on every PC; left out by older nodes. */
  readonly leaving?: boolean;
  readonly sizeBytes: number;
  readonly storedBytes: number;
  /** Number of the version that it was made from. */
  readonly parent: number | null;
  readonly newBytes: number;
  readonly author: string;
  readonly createdAt: number;
  readonly vms: number;
}

export interface OperationProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'steps';
  readonly rate: number | null;
  readonly etaMs: number | null;
}

export interface OperationRow {
  readonly id: string;
  readonly kind: string;
  readonly target: Ref & { readonly kind: string };
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly progress: OperationProgress | null;
  readonly error: Fault | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly fullName: string;
  readonly role: string;
  readonly courses: readonly Ref[];
  readonly vms: number;
  /** Limits of their own; null: those of the role. */
  readonly quota: QuotaRow | null;
}

/** Null: the limit of the role. */
export interface QuotaRow {
  readonly vms: number | null;
  readonly running: number | null;
  readonly vcpus: number | null;
  readonly ramMiB: number | null;
  readonly diskGiB: number | null;
}

export interface CourseRow {
  readonly id: string;
  readonly name: string;
  readonly places: number;
  readonly enrolled: number;
  readonly teachers: readonly Ref[];
  readonly images: readonly Ref[];
  /** Null for those who may not see them. */
  readonly students: readonly Ref[] | null;
  /** VMs that may run or wait at once; null: no limit. */
  readonly maxVms: number | null;
}

export interface SizeRow {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly osDiskGiB: number;
  readonly dataDiskGiB: number;
}

export interface SettingRow {
  readonly key: string;
  readonly value: string | number | boolean;
  readonly default: string | number | boolean;
  readonly type: 'integer' | 'number' | 'choice' | 'flag';
  readonly min: number | null;
  readonly max: number | null;
  readonly unit: string | null;
  readonly choices: readonly string[] | null;
}

export interface CheckRow {
  readonly id: string;
  readonly status: 'ok' | 'warning' | 'fault';
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What a change of a VM or an image answers: the thing as it is now, and the work that goes on. */
export interface Started {
  readonly operation: OperationRow | null;
  readonly vm?: VmRow | null;
  readonly image?: ImageRow | null;
}
