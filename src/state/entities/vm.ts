import type { NodeProblem } from './node.ts';

/** A size ("family"): what a VM gets. */
export interface Size {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly osDiskGiB: number;
  readonly dataDiskGiB: number;
}

export type VmDesired = 'running' | 'suspended' | 'stopped' | 'deleted';

/** What the node that holds a VM has seen of it. */
export type VmActual =
  | 'absent'
  | 'fetching'
  | 'starting'
  | 'running'
  | 'suspending'
  | 'suspended'
  | 'resuming'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'deleted';

/** Which node runs a VM, and in which epoch. A start needs the current epoch (R2). */
export interface Placement {
  readonly nodeId: string;
  readonly epoch: number;
  /**
   * Until the node has reported in this epoch: whether cores and memory are set aside there. A start under way may use them
   * even when it is not wanted any more; a node that only has disks to delete uses none.
   */
  readonly compute: boolean;
}

/** Written only by the node that holds the placement's epoch. */
export interface VmObserved {
  readonly epoch: number;
  readonly state: VmActual;
  /** Why, when the state alone does not say it: a code and its data for `texts/`. */
  readonly cause: NodeProblem | null;
  readonly since: number;
  /** The guest's address, when it has one. */
  readonly ip: string | null;
  /** The newest `restart.seq` that the node has carried out. */
  readonly restartSeq: number;
}

/** A virtual machine: what its owner wants, where the scheduler put it, what its node sees. */
export interface Vm {
  readonly id: string;
  /** Unique among its owner's VMs. */
  readonly name: string;
  readonly ownerId: string;
  readonly courseId: string | null;
  readonly imageId: string;
  readonly versionId: string;
  readonly sizeId: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly osDiskGiB: number;
  readonly dataDiskGiB: number;
  /** False: the lab starts clean each time and stopping discards what was changed. */
  readonly persistent: boolean;
  /** SSH public keys for cloud-init. */
  readonly sshKeys: readonly string[];
  readonly desired: VmDesired;
  /** Pull the plug instead of asking the guest, when `desired` is stopped. */
  readonly force: boolean;
  /** Restarts are counted: the node carries out each number once. */
  readonly restart: { readonly seq: number; readonly force: boolean };
  /** The only node it may run on, when an admin said so. */
  readonly pinnedNodeId: string | null;
  /** The node on which its disks lie; null before its first start, and for a clean lab that is stopped. */
  readonly homeNodeId: string | null;
  /** The newest epoch ever given out for this VM. */
  readonly epoch: number;
  /** Where it was last granted to run; null while it waits for that. */
  readonly placement: Placement | null;
  readonly observed: VmObserved;
  /** Hours asked for at the last start. */
  readonly leaseHours: number;
  /** When the lease ends; null while the VM does not run. */
  readonly leaseEndsAt: number | null;
  readonly createdAt: number;
  /** Wanted running, but suspended until the hold is gone; then it resumes by itself. `for`: the VM that took its place. */
  readonly held: { readonly by: HoldReason; readonly since: number; readonly for: string | null } | null;
  /** Its node's reach is not `up`: kept here so that lists by state can be indexed. Says nothing without a placement. */
  readonly outOfReach: boolean;
  /** What claim it has (S4). Exam, class and personal come from a reservation only. */
  readonly kind: VmKind;
  /** May be suspended for a request with a better claim (S2). */
  readonly preemptible: boolean;
  /** The reservation that it runs for, or ran for last while more of its occurrences are to come. */
  readonly reservationId: string | null;
  /** When the present wait for a place began, or the last one: the order of equals, and what waiting adds. */
  readonly queuedAt: number;
  /** The first console that was opened since a person started it; null: none. */
  readonly connectedAt: number | null;
  /** The last sign of use since a person started it, told at most every two minutes; null: none. */
  readonly usedAt: number | null;
  /** How often it gave its place away, and when last; once it went on, when that was (`scheduler.preempt_pause`). */
  readonly preempted: { readonly count: number; readonly at: number } | null;
  /** When it is to give its place away, as its owner was told; null: nothing of the kind was told. */
  readonly preemptAt: number | null;
  /** The last warning given for this lease, in minutes before its end; 0: none. */
  readonly leaseWarned: 0 | 5 | 15;
  /** Since when it holds cores and memory that are not yet booked as use; null while it holds none. */
  readonly runningSince: number | null;
  /** The newest saved state of a persistent VM's disk (V7); null: none yet. */
  readonly work: SavedWork | null;
  /** The image that is changed in this VM (I7); null: an ordinary VM. */
  readonly editOf: string | null;
  /** Its disk is on its way to become a version (I8); null: it is not. Meanwhile it does not start. */
  readonly publishing: Publishing | null;
  /** The epoch in which its disks came to their home: what a PC still has of it from before is out of date (R2). */
  readonly homeSince: number;
  /** The newest epoch in which a node began to use its disks. */
  readonly ranEpoch: number;
  /** PCs that were lost while it had a disk there, which may hold more than what it went on from (V9). */
  readonly strays: readonly StrayDisk[];
  /** What such PCs had when they returned: versions of kind `work`, kept until the owner deletes them. */
  readonly recovered: readonly RecoveredWork[];
  /** Since when its work cannot be saved, and why; null: it can, as far as anybody knows. */
  readonly saveFailed: { readonly at: number; readonly cause: NodeProblem } | null;
}

/** A disk that was left behind on a lost PC. */
export interface StrayDisk {
  readonly nodeId: string;
  /** The newest epoch in which the PC may have used it. */
  readonly epoch: number;
  /** When the VM went on without it. */
  readonly at: number;
}

/** A disk that was found on a PC after its return. */
export interface RecoveredWork {
  readonly versionId: string;
  /** The PC that had it. */
  readonly nodeId: string;
  readonly epoch: number;
  /** When the VM went on without it. */
  readonly lostAt: number;
  /** When it was kept. */
  readonly at: number;
}

/** The work of making a version of a VM's disk, done by the PC on which the disk lies. */
export interface Publishing {
  /** Of kind `image.publish`. */
  readonly operationId: string;
  /** The image that is changed in the VM, or a new one in the state `importing`. */
  readonly imageId: string;
  /** What the version will be called: the same however often the work is begun anew. */
  readonly versionId: string;
}

/** A VM's disk as it was at a moment, kept on several PCs: from it the VM starts on another one. */
export interface SavedWork {
  /** An image version of kind `work`. */
  readonly versionId: string;
  /** The epoch in which it was saved. */
  readonly epoch: number;
  /** When the disk looked so. */
  readonly at: number;
  /** Saved after the VM had stopped in that epoch: the disk where it ran holds nothing more. */
  readonly clean: boolean;
}

export type VmKind = 'exam' | 'class' | 'personal' | 'interactive' | 'batch';

export type HoldReason = 'drain' | 'shutdown' | 'preempted';

/** What a VM is that nothing happened to yet, and what VMs were that an earlier version wrote. */
export const newVm: Pick<
  Vm,
  | 'held'
  | 'outOfReach'
  | 'kind'
  | 'preemptible'
  | 'reservationId'
  | 'queuedAt'
  | 'connectedAt'
  | 'usedAt'
  | 'preempted'
  | 'preemptAt'
  | 'leaseWarned'
  | 'runningSince'
  | 'work'
  | 'editOf'
  | 'publishing'
  | 'homeSince'
  | 'ranEpoch'
  | 'strays'
  | 'recovered'
  | 'saveFailed'
> = {
  held: null,
  outOfReach: false,
  kind: 'interactive',
  preemptible: true,
  reservationId: null,
  queuedAt: 0,
  connectedAt: null,
  usedAt: null,
  preempted: null,
  preemptAt: null,
  leaseWarned: 0,
  runningSince: null,
  work: null,
  editOf: null,
  publishing: null,
  homeSince: 0,
  ranEpoch: 0,
  strays: [],
  recovered: [],
  saveFailed: null,
};
