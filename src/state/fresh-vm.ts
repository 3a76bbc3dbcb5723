/** A VM as it begins: wanted running, placed nowhere, with nothing seen of it. */
import { type CloudState, nameKey } from './cloud-state.ts';
import { newVm, type Vm } from './entities/index.ts';

type Facts =
  | 'id'
  | 'name'
  | 'ownerId'
  | 'courseId'
  | 'imageId'
  | 'versionId'
  | 'sizeId'
  | 'vcpus'
  | 'ramMiB'
  | 'osDiskGiB'
  | 'dataDiskGiB'
  | 'persistent'
  | 'sshKeys'
  | 'pinnedNodeId'
  | 'leaseHours';

export function freshVm(now: number, facts: Pick<Vm, Facts>): Vm {
  return {
    ...facts,
    desired: 'running',
    force: false,
    restart: { seq: 0, force: false },
    homeNodeId: null,
    epoch: 0,
    placement: null,
    observed: { epoch: 0, state: 'absent', cause: null, since: now, ip: null, restartSeq: 0 },
    leaseEndsAt: null,
    createdAt: now,
    ...newVm,
    queuedAt: now,
  };
}

/** The owner's VM of that name, in whatever case. */
export function findVm(state: CloudState, ownerId: string, name: string): Vm | undefined {
  const key = nameKey(name);
  return state.tables.vm.by('owner', ownerId).find((vm) => nameKey(vm.name) === key);
}

/** The name, with a number when the owner has a VM of that name. */
export function freeVmName(state: CloudState, ownerId: string, base: string): string {
  const taken = new Set(state.tables.vm.by('owner', ownerId).map((vm) => nameKey(vm.name)));
  if (!taken.has(nameKey(base))) return base;
  const stem = base.slice(0, 57); // room for a space and the number within a name's 63 characters
  for (let n = 2; ; n++) {
    const name = `${stem} ${n}`;
    if (!taken.has(nameKey(name))) return name; // ends: there are fewer VMs than numbers
  }
}
