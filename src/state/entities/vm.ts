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
  /** Wanted running, but suspended until the hold is gone; then it resumes by itself. */
  readonly held: { readonly by: HoldReason; readonly since: number } | null;
  /** Its node's reach is not `up`: kept here so that lists by state can be indexed. Says nothing without a placement. */
  readonly outOfReach: boolean;
}

export type HoldReason = 'drain' | 'shutdown';

/** What a VM is that nothing holds, and what VMs were that an earlier version wrote. */
export const newVm: Pick<Vm, 'held' | 'outOfReach'> = { held: null, outOfReach: false };
