/** What several reducers do with VMs. */
import { mayUseVm } from './access.ts';
import type { Context } from './context.ts';
import { leaveEdit } from './edits.ts';
import type { NodeProblem, Vm } from './entities/index.ts';
import { endOperation, runningOn } from './operations.ts';
import { Refusal } from './refusals.ts';
import { bookUse } from './usage.ts';
import { holdsCompute, keepsMemory, vmState } from './vm-state.ts';
import { leaveWork } from './work.ts';

/** Puts a VM. What it used is booked when its cores and memory become free. */
export function putVm(context: Context, vm: Vm): void {
  const holds = holdsCompute(vm);
  if (holds === (vm.runningSince !== null)) {
    context.put('vm', vm);
    return;
  }
  if (!holds) bookUse(context, vm);
  context.put('vm', { ...vm, runningSince: holds ? context.now : null });
}

/** A VM is gone; its seat in a reservation is free, and so is the image that was changed in it. */
export function removeVm(context: Context, vm: Vm): void {
  bookUse(context, vm);
  leaveEdit(context, vm);
  context.remove('vm', vm.id);
  leaveWork(context, vm.id);
  const reservation = context.state.tables.reservation.get(vm.reservationId ?? '');
  if (!reservation?.vmIds.includes(vm.id)) return;
  const vmIds = reservation.vmIds.filter((id) => id !== vm.id);
  context.put('reservation', { ...reservation, vmIds });
}

/** Another's VM is as unknown as none (V2, C4). @throws Refusal `not_found` */
export function needOwnVm(context: Context, id: string): Vm {
  const role = context.role();
  const vm = context.need('vm', id);
  if (role === null || !mayUseVm(context.state, context.person(), vm)) {
    throw new Refusal('not_found', { kind: 'vm', id });
  }
  return vm;
}

/** @throws Refusal `vm.wrong_state` */
export function refuseState(vm: Vm, action: string): never {
  throw new Refusal('vm.wrong_state', { name: vm.name, state: vmState(vm), action });
}

/** A request is not wanted any more: what was suspended stays so, what never had a place is gone without a trace. */
export function giveUp(context: Context, vm: Vm, why: NodeProblem | null): void {
  for (const operation of runningOn(context, vm.id)) endOperation(context, operation, 'cancelled', why);
  // One that was made of a recovered copy holds that copy.
  if (vm.epoch === 0 && vm.work === null) {
    removeVm(context, vm);
    return;
  }
  const desired = keepsMemory(vm) ? 'suspended' : 'stopped';
  putVm(context, { ...vm, desired, held: null, leaseEndsAt: null, preemptAt: null });
}
