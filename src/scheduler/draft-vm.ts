/** A VM that is only thought of, to ask the passes what would happen to it. */
import { newVm, type Vm } from '../state/index.ts';

export function draftVm(id: string, versionId: string, now: number): Vm {
  return {
    ...newVm,
    id,
    name: '',
    ownerId: '',
    courseId: null,
    imageId: '',
    versionId,
    sizeId: '',
    vcpus: 1,
    ramMiB: 1,
    osDiskGiB: 1,
    dataDiskGiB: 0,
    persistent: true,
    sshKeys: [],
    desired: 'running',
    force: false,
    restart: { seq: 0, force: false },
    pinnedNodeId: null,
    homeNodeId: null,
    epoch: 0,
    placement: null,
    observed: { epoch: 0, state: 'absent', cause: null, since: now, ip: null, restartSeq: 0 },
    leaseHours: 1,
    leaseEndsAt: null,
    createdAt: now,
    queuedAt: now,
  };
}
