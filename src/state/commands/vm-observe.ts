/** What the node that holds a VM reports of it. */
import * as z from 'zod';
import type { Context } from '../context.ts';
import { refTo } from '../context.ts';
import { define } from '../definition.ts';
import type { Operation, OperationKind, Vm, VmActual } from '../entities/index.ts';
import { problemField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { endOperation, runningOn } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { putVm, removeVm } from '../vms.ts';

const ACTUAL = [
  'absent',
  'fetching',
  'starting',
  'running',
  'suspending',
  'suspended',
  'resuming',
  'stopping',
  'stopped',
  'failed',
  'deleted',
] as const satisfies readonly VmActual[];

/** In which states of the VM an operation has reached its end; any other resting state has missed it. */
const GOAL: Readonly<Partial<Record<OperationKind, VmActual>>> = {
  'vm.start': 'running',
  'vm.resume': 'running',
  'vm.reboot': 'running',
  'vm.suspend': 'suspended',
  'vm.stop': 'stopped',
  'vm.remove': 'deleted',
};
/** States in which a node uses the VM's disks, or is about to. */
const USES_DISKS: ReadonlySet<VmActual> = new Set([
  'starting',
  'running',
  'suspending',
  'suspended',
  'resuming',
  'stopping',
]);
const RESTING: ReadonlySet<VmActual> = new Set(['running', 'suspended', 'stopped', 'failed', 'deleted']);

/** Only the node that holds the newest epoch is believed (R2). */
export const vmObserve = define(
  z.object({
    id: idSchema,
    epoch: z.int().positive(),
    state: z.enum(ACTUAL),
    cause: problemField.nullable(),
    ip: z.string().max(45).nullable(),
    restartSeq: z.int().min(0),
  }),
  (context, { id, ...seen }) => {
    const nodeId = context.needNode();
    const vm = context.need('vm', id);
    if (vm.placement?.nodeId !== nodeId || vm.placement.epoch !== seen.epoch) {
      throw new Refusal('vm.stale_epoch', { vm: vm.name, epoch: seen.epoch, current: vm.epoch });
    }
    const since = seen.state === vm.observed.state ? vm.observed.since : context.now;
    const ranEpoch = USES_DISKS.has(seen.state) ? seen.epoch : vm.ranEpoch;
    const next = settle({ ...vm, observed: { ...seen, since }, ranEpoch });
    if (seen.state === 'deleted') removeVm(context, vm);
    else putVm(context, next);
    if (seen.state === 'fetching' || vm.observed.state === 'fetching') giveTimeAfterFetch(context, id);
    for (const operation of runningOn(context, id)) conclude(context, next, operation);
    if (seen.state === 'failed' && vm.observed.state !== 'failed') {
      context.notify(vm.ownerId, 'vm.failed', { vm: vm.name, vmId: id, cause: seen.cause });
    }
    return { target: refTo('vm', vm) };
  },
);

/**
 * A start has its time from when its image is there: while the image comes, its node says so again and again, and the transfer has a
 * deadline of its own. A node that falls silent over it leaves the start that time and no more.
 */
function giveTimeAfterFetch(context: Context, vmId: string): void {
  const deadlineAt = context.now + setting(context.state, 'vm.start_timeout') * 1000;
  for (const operation of runningOn(context, vmId)) {
    if (operation.kind !== 'vm.start' && operation.kind !== 'vm.resume') continue;
    if (operation.deadlineAt < deadlineAt) context.put('operation', { ...operation, deadlineAt });
  }
}

/** A guest that is off or broken is not wanted running any more: it does not start again by itself. */
function settle(vm: Vm): Vm {
  const { state } = vm.observed;
  if (state !== 'stopped' && state !== 'failed') return vm;
  const clean = !vm.persistent && state === 'stopped';
  const desired = vm.desired === 'deleted' ? 'deleted' : 'stopped';
  return {
    ...vm,
    desired,
    held: null,
    leaseEndsAt: null,
    preemptAt: null,
    homeNodeId: clean && desired === 'stopped' ? null : vm.homeNodeId,
  };
}

function conclude(context: Context, vm: Vm, operation: Operation): void {
  const { state, cause, restartSeq } = vm.observed;
  // Saving has its own end, and goes on when the VM stops meanwhile.
  if (!RESTING.has(state) || operation.kind === 'vm.save') return;
  const goal = GOAL[operation.kind];
  if (goal === state) {
    if (operation.kind === 'vm.reboot' && restartSeq < vm.restart.seq) return;
    endOperation(context, operation, 'done', null);
    return;
  }
  // A stop that finds the VM failed has nothing left to stop; a running VM is still on its way to stop, suspend or delete.
  if (state === 'failed' && operation.kind === 'vm.stop') endOperation(context, operation, 'done', null);
  else if (state !== 'running' && operation.kind !== 'vm.remove') {
    // Before a start has begun, its VM still rests in the state that it is to leave: only a cause tells of a failure.
    const untouched = (operation.kind === 'vm.start' || operation.kind === 'vm.resume') && cause === null;
    if (!untouched) endOperation(context, operation, 'failed', cause ?? { code: `vm.${state}`, data: {} });
  }
}
