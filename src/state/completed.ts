/** Records of snapshots that an earlier version wrote lack what came later: it takes the value that it had in effect. */
import type { Entities, Kind } from './change.ts';
import {
  newCloud,
  newCourse,
  newImage,
  newNode,
  newUser,
  newVersion,
  newVm,
  type Vm,
} from './entities/index.ts';

const ADDED: Partial<Record<Kind, object>> = {
  cloud: newCloud,
  node: newNode,
  user: newUser,
  course: newCourse,
  image: newImage,
  version: newVersion,
  vm: newVm,
};

export function completed<K extends Kind>({ kind, entity }: { kind: K; entity: Entities[K] }): Entities[K];
export function completed({ kind, entity }: { kind: Kind; entity: Entities[Kind] }): Entities[Kind] {
  if (kind === 'vm') return completedVm(entity as Vm); // `kind` says so
  return { ...ADDED[kind], ...entity };
}

/** Before there was a queue a VM waited for minutes at most: since it was made is near enough. */
function completedVm(vm: Vm): Vm {
  const queuedAt = vm.queuedAt ?? vm.createdAt;
  const held = vm.held ? { ...vm.held, for: vm.held.for ?? null } : null;
  // Whether its last place was used was not noted: it is taken to have been.
  return { ...newVm, ...vm, queuedAt, held, ranEpoch: vm.ranEpoch ?? vm.epoch };
}
