/** What people do with a VM that exists. */
import * as z from 'zod';
import { mayUseVm } from '../access.ts';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import type { Vm } from '../entities/index.ts';
import { nameField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { placed } from '../nodes.ts';
import { beginOperation, recordDone } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { holdsCompute, vmState } from '../vm-state.ts';
import { claimFields, findVm, needHours, needPlace } from './vm-create.ts';

/** Suspending writes the guest's memory to disk; 16 GiB to a slow disk takes minutes. */
const SUSPEND_LIMIT_MS = 15 * 60_000;
/** Beyond the guest's own grace: powering off and telling. */
const STOP_MARGIN_MS = 60_000;

/** Starts a stopped VM, or resumes a suspended one where it lies. */
export const vmStart = define(
  z.object({ id: idSchema, hours: z.number().optional(), ...claimFields }),
  (context, { id, hours }) => {
    const vm = needOwnVm(context, id);
    const state = vmState(vm);
    if (!['stopped', 'suspended', 'failed'].includes(state)) refuseState(vm, 'start');
    const leaseHours = hours ?? vm.leaseHours;
    needHours(context, leaseHours);
    needPlace(context, vm);
    const started = {
      ...vm,
      desired: 'running',
      force: false,
      placement: null,
      held: null,
      leaseHours,
      leaseEndsAt: null,
    } as const;
    context.put('vm', started);
    const kind = state === 'suspended' ? 'vm.resume' : 'vm.start';
    const limit = setting(context.state, 'vm.start_timeout') * 1000;
    return { target: refTo('vm', vm), operationId: beginOperation(context, kind, refTo('vm', vm), limit) };
  },
);

/** Asks the guest to shut down, or (force) pulls the plug. What was suspended is dropped. */
export const vmStop = define(z.object({ id: idSchema, force: z.boolean() }), (context, { id, force }) => {
  const vm = needOwnVm(context, id);
  const state = vmState(vm);
  const stoppingHarder = state === 'stopping' && force && vm.desired === 'stopped' && !vm.force;
  if (['stopped', 'failed', 'deleted'].includes(state) || (state === 'stopping' && !stoppingHarder)) {
    refuseState(vm, 'stop');
  }
  const target = refTo('vm', vm);
  const stopped: Vm = { ...vm, desired: 'stopped', force, held: null, leaseEndsAt: null };
  context.put('vm', stopped);
  // Never granted a place, so no node has anything to stop.
  if (vm.placement === null && vm.observed.state !== 'suspended') {
    return { target, operationId: recordDone(context, 'vm.stop', target) };
  }
  if (vm.placement === null && vm.homeNodeId !== null) {
    const epoch = vm.epoch + 1;
    const placement = { nodeId: vm.homeNodeId, epoch, compute: false };
    context.put('vm', placed(context, stopped, placement));
  }
  const limit = setting(context.state, 'vm.stop_grace') * 1000 + STOP_MARGIN_MS;
  return { target, operationId: beginOperation(context, 'vm.stop', target, limit) };
});

/** Restarts the guest by asking it, or (force) by the reset button. */
export const vmReboot = define(z.object({ id: idSchema, force: z.boolean() }), (context, { id, force }) => {
  const vm = needOwnVm(context, id);
  if (vmState(vm) !== 'running') refuseState(vm, 'reboot');
  context.put('vm', { ...vm, restart: { seq: vm.restart.seq + 1, force } });
  const target = refTo('vm', vm);
  const limit = setting(context.state, 'vm.stop_grace') * 1000 + STOP_MARGIN_MS;
  return { target, operationId: beginOperation(context, 'vm.reboot', target, limit) };
});

/** Saves the guest's memory to disk and frees its cores and memory; nothing is lost. */
export const vmSuspend = define(z.object({ id: idSchema }), (context, { id }) => {
  const vm = needOwnVm(context, id);
  if (vmState(vm) !== 'running') refuseState(vm, 'suspend');
  context.put('vm', { ...vm, desired: 'suspended', leaseEndsAt: null });
  const target = refTo('vm', vm);
  return { target, operationId: beginOperation(context, 'vm.suspend', target, SUSPEND_LIMIT_MS) };
});

/** Deletes a VM with its disks, running or not. */
export const vmRemove = define(z.object({ id: idSchema }), (context, { id }) => {
  const vm = needOwnVm(context, id);
  const target = refTo('vm', vm);
  if (vm.desired === 'deleted') refuseState(vm, 'delete');
  if (liesNowhere(context, vm)) {
    const operationId = recordDone(context, 'vm.remove', target);
    context.remove('vm', id);
    return { target, operationId };
  }
  // The node with the disks gets the newest epoch, so that a start under way there is out of date.
  const epoch = vm.epoch + 1;
  const nodeId = vm.placement?.nodeId ?? vm.homeNodeId ?? '';
  const removed: Vm = { ...vm, desired: 'deleted', force: true, held: null, leaseEndsAt: null };
  context.put('vm', placed(context, removed, { nodeId, epoch, compute: holdsCompute(vm) }));
  return { target, operationId: beginOperation(context, 'vm.remove', target, SUSPEND_LIMIT_MS) };
});

/** True when no PC of the cloud has anything of it: it never had a place, or its PC is out of the cloud for good. */
function liesNowhere(context: Context, vm: Vm): boolean {
  const nodeId = vm.placement?.nodeId ?? vm.homeNodeId;
  return nodeId === null || context.state.tables.node.get(nodeId)?.state === 'retired';
}

/** Another lease from now on, for a VM that runs. */
export const vmRenew = define(z.object({ id: idSchema, hours: z.number() }), (context, { id, hours }) => {
  const vm = needOwnVm(context, id);
  if (vm.leaseEndsAt === null) throw new Refusal('vm.no_lease', { name: vm.name });
  needHours(context, hours);
  context.put('vm', { ...vm, leaseHours: hours, leaseEndsAt: context.now + hours * 3_600_000 });
  return { target: refTo('vm', vm) };
});

export const vmRename = define(z.object({ id: idSchema, name: nameField }), (context, { id, name }) => {
  const vm = needOwnVm(context, id);
  const same = findVm(context, vm.ownerId, name);
  if (same && same.id !== id) throw new Refusal('name.taken', { kind: 'vm', name });
  context.put('vm', { ...vm, name });
  return { target: refTo('vm', { id, name }) };
});

/** Another's VM is as unknown as none (V2, C4). */
function needOwnVm(context: Context, id: string): Vm {
  const role = context.role();
  const vm = context.need('vm', id);
  if (role === null || !mayUseVm(context.state, context.person(), vm)) {
    throw new Refusal('not_found', { kind: 'vm', id });
  }
  return vm;
}

function refuseState(vm: Vm, action: string): never {
  throw new Refusal('vm.wrong_state', { name: vm.name, state: vmState(vm), action });
}
