/** What a disk of a VM on this PC is worth: held against the log, which says where the newest state is (R2). Pure. */
import type { Vm } from '../../state/index.ts';

/** A VM's disk as it lies on this PC. */
export interface LocalDisk {
  /** The VM's `homeSince` when the disk was made here; 0: made before such marks. */
  readonly since: number;
}

export type DiskStep =
  /** Nothing is here, or nothing is to be done about it yet. */
  | 'rest'
  /** It is the VM's newest disk. */
  | 'use'
  /** Home is here, and the disk is to be made from saved work before the next start. */
  | 'restore'
  /** Home is here, and nothing was ever saved: the disk is to be made from the image. */
  | 'fresh'
  /** The VM went on elsewhere while this PC was lost: the disk may hold more than was saved, and is kept as a copy. */
  | 'keep'
  /** This PC was lost, and has nothing of the VM. */
  | 'gone'
  /** All of it is in saved work, from which the VM has started elsewhere. */
  | 'remove';

export function decideDisk(vm: Vm, nodeId: string, disk: LocalDisk | null): DiskStep {
  const isHome = vm.homeNodeId === nodeId;
  // This PC's copy of the log is behind what this PC did: it catches up.
  if (disk !== null && disk.since > vm.homeSince) return 'rest';
  if (isHome && disk?.since === vm.homeSince) return 'use';
  if (vm.strays.some((one) => one.nodeId === nodeId)) return disk === null ? 'gone' : 'keep';
  if (isHome) return vm.work === null ? 'fresh' : 'restore';
  if (disk === null || vm.homeNodeId === null) return 'rest';
  // Until it has run on what was restored elsewhere, this one is the second pair of braces.
  return vm.ranEpoch >= vm.homeSince ? 'remove' : 'rest';
}
