/** What people do with a VM that exists. */
import * as z from 'zod';
import { needUnreserved } from '../calendar/admit.ts';
import { needRoomToSave } from '../capacity.ts';
import { claimFields, queued } from '../claims.ts';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { leaveEdit, needNotPublishing, renewEdit } from '../edits.ts';
import type { Vm } from '../entities/index.ts';
import { nameField } from '../fields.ts';
import { findVm } from '../fresh-vm.ts';
import { idSchema } from '../ids.ts';
import { placed } from '../nodes.ts';
import { beginOperation, recordDone } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { holdsCompute, isRequest, isReserved, vmState } from '../vm-state.ts';
import { needOwnVm, putVm, refuseState, removeVm } from '../vms.ts';
import { needHours, waitLimit } from './vm-create.ts';

/** Suspending writes the guest's memory to disk; 16 GiB to a slow disk takes minutes. */
const SUSPEND_LIMIT_MS = 15 * 60_000;
/** Beyond the guest's own grace: powering off and telling. */
const STOP_MARGIN_MS = 60_000;

/** Starts a stopped VM, or resumes a suspended one where it lies. */
export const vmStart = define(
  z.object({ id: idSchema, hours: z.number().optional(), ...claimFields }),
  (context, { id, hours, ...claim }) => {
    const vm = needOwnVm(context, id);
    needNotPublishing(context, vm);
    const state = vmState(vm);
    if (!['stopped', 'suspended', 'failed'].includes(state)) refuseState(vm, 'start');
    const leaseHours = hours ?? vm.leaseHours;
    needHours(context, leaseHours);
    const started: Vm = {
      ...vm,
      versionId: versionFor(context, vm),
      desired: 'running',
      force: false,
      placement: null,
      held: null,
      leaseHours,
      leaseEndsAt: null,
      connectedAt: null,
      usedAt: null,
      // Who gave a place away and asks for it back has waited since then.
      queuedAt: vm.held?.by === 'preempted' ? vm.queuedAt : context.now,
    };
    putVm(context, queued(context, started, context.need('user', vm.ownerId), claim));
    renewEdit(context, vm);
    const kind = state === 'suspended' ? 'vm.resume' : 'vm.start';
    const target = refTo('vm', vm);
    return { target, operationId: beginOperation(context, kind, target, waitLimit(context.state)) };
  },
);

/** A lab that starts clean takes the image's current version (I9), while its own disk is large enough for that. */
function versionFor({ state }: Context, vm: Vm): string {
  if (vm.persistent || vm.homeNodeId !== null) return vm.versionId;
  const image = state.tables.image.get(vm.imageId);
  const current = state.tables.version.get(image?.currentVersionId ?? '');
  const fits = current !== undefined && current.virtualBytes <= vm.osDiskGiB * 2 ** 30;
  return fits && image?.state === 'ready' ? current.id : vm.versionId;
}

/** Asks the guest to shut down, or (force) pulls the plug. What was suspended is dropped. */
export const vmStop = define(z.object({ id: idSchema, force: z.boolean() }), (context, { id, force }) => {
  const vm = needOwnVm(context, id);
  const state = vmState(vm);
  const stoppingHarder = state === 'stopping' && force && vm.desired === 'stopped' && !vm.force;
  if (['stopped', 'failed', 'deleted'].includes(state) || (state === 'stopping' && !stoppingHarder)) {
    refuseState(vm, 'stop');
  }
  const target = refTo('vm', vm);
  const stopped: Vm = { ...vm, desired: 'stopped', force, held: null, leaseEndsAt: null, preemptAt: null };
  putVm(context, stopped);
  // Never granted a place, so no node has anything to stop.
  if (vm.placement === null && vm.observed.state !== 'suspended') {
    return { target, operationId: recordDone(context, 'vm.stop', target) };
  }
  if (vm.placement === null && vm.homeNodeId !== null) {
    const epoch = vm.epoch + 1;
    const placement = { nodeId: vm.homeNodeId, epoch, compute: false };
    putVm(context, placed(context, stopped, placement));
  }
  const limit = setting(context.state, 'vm.stop_grace') * 1000 + STOP_MARGIN_MS;
  return { target, operationId: beginOperation(context, 'vm.stop', target, limit) };
});

/** Restarts the guest by asking it, or (force) by the reset button. */
export const vmReboot = define(z.object({ id: idSchema, force: z.boolean() }), (context, { id, force }) => {
  const vm = needOwnVm(context, id);
  if (vmState(vm) !== 'running') refuseState(vm, 'reboot');
  putVm(context, { ...vm, restart: { seq: vm.restart.seq + 1, force } });
  const target = refTo('vm', vm);
  const limit = setting(context.state, 'vm.stop_grace') * 1000 + STOP_MARGIN_MS;
  return { target, operationId: beginOperation(context, 'vm.reboot', target, limit) };
});

/** Saves the guest's memory to disk and frees its cores and memory; nothing is lost. @throws Refusal also `capacity.temp` */
export const vmSuspend = define(z.object({ id: idSchema }), (context, { id }) => {
  const vm = needOwnVm(context, id);
  if (vmState(vm) !== 'running') refuseState(vm, 'suspend');
  needRoomToSave(context.state, vm);
  putVm(context, { ...vm, desired: 'suspended', leaseEndsAt: null, preemptAt: null });
  const target = refTo('vm', vm);
  return { target, operationId: beginOperation(context, 'vm.suspend', target, SUSPEND_LIMIT_MS) };
});

/** Deletes a VM with its disks, running or not. */
export const vmRemove = define(z.object({ id: idSchema }), (context, { id }) => {
  const vm = needOwnVm(context, id);
  if (vm.desired === 'deleted') refuseState(vm, 'delete');
  needNotPublishing(context, vm);
  return { target: refTo('vm', vm), operationId: removeWithDisks(context, vm) };
});

/** Begins to delete a VM. What was changed in it of an image is given up. Returns the operation. */
export function removeWithDisks(context: Context, vm: Vm): string {
  const target = refTo('vm', vm);
  leaveEdit(context, vm);
  if (liesNowhere(context, vm)) {
    const operationId = recordDone(context, 'vm.remove', target);
    removeVm(context, vm);
    return operationId;
  }
  // The node with the disks gets the newest epoch, so that a start under way there is out of date.
  const epoch = vm.epoch + 1;
  const nodeId = vm.placement?.nodeId ?? vm.homeNodeId ?? '';
  const removed: Vm = {
    ...vm,
    desired: 'deleted',
    force: true,
    held: null,
    leaseEndsAt: null,
    preemptAt: null,
  };
  putVm(context, placed(context, removed, { nodeId, epoch, compute: holdsCompute(vm) }));
  return beginOperation(context, 'vm.remove', target, SUSPEND_LIMIT_MS);
}

/** True when no PC of the cloud has anything of it: it never had a place, or its PC is out of the cloud for good. */
function liesNowhere(context: Context, vm: Vm): boolean {
  const nodeId = vm.placement?.nodeId ?? vm.homeNodeId;
  return nodeId === null || context.state.tables.node.get(nodeId)?.state === 'retired';
}

/**
 * Another lease from now on, for a VM that runs or is held.
 * @throws Refusal `vm.no_lease`, `lease.hours`, `lease.reserved`, `lease.others_wait`, `capacity.reserved`
 */
export const vmRenew = define(z.object({ id: idSchema, hours: z.number() }), (context, { id, hours }) => {
  const vm = needOwnVm(context, id);
  const { state, now } = context;
  if (vm.leaseEndsAt === null) throw new Refusal('vm.no_lease', { name: vm.name });
  needHours(context, hours);
  if (isReserved(vm)) throw new Refusal('lease.reserved', { name: vm.name, endsAt: vm.leaseEndsAt });
  needNobodyWaits(context, vm);
  // One that is held or waits has its time when it runs again.
  const from = vm.placement === null || vm.held !== null ? vm.queuedAt : now;
  const renewed: Vm = { ...vm, leaseHours: hours, leaseEndsAt: from + hours * 3_600_000, leaseWarned: 0 };
  needUnreserved(state, renewed, now);
  putVm(context, renewed);
  renewEdit(context, vm);
  return { target: refTo('vm', vm) };
});

/** Who runs makes way at the end of the lease when others wait; admins decide for themselves. */
function needNobodyWaits(context: Context, vm: Vm): void {
  const { vm: vms } = context.state.tables;
  if (context.isAdmin() || setting(context.state, 'lease.renew_if_waiting')) return;
  const requests = [...vms.by('waiting', 'yes'), ...vms.by('held', 'yes').filter(isRequest)];
  const waiting = requests.filter((one) => one.ownerId !== vm.ownerId).length;
  if (waiting > 0) throw new Refusal('lease.others_wait', { name: vm.name, waiting });
}

export const vmRename = define(z.object({ id: idSchema, name: nameField }), (context, { id, name }) => {
  const vm = needOwnVm(context, id);
  const same = findVm(context.state, vm.ownerId, name);
  if (same && same.id !== id) throw new Refusal('name.taken', { kind: 'vm', name });
  putVm(context, { ...vm, name });
  return { target: refTo('vm', { id, name }) };
});
