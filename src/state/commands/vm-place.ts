/** What the scheduler decides: places and the end of leases. */
import * as z from 'zod';
import { needUnreserved } from '../calendar/admit.ts';
import { hosts, limitsOf, needOn, shortOn, usedOn, whyNowhere } from '../capacity.ts';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import type { Vm } from '../entities/index.ts';
import { LabmeshError } from '../errors.ts';
import { idSchema } from '../ids.ts';
import { needPower, placed } from '../nodes.ts';
import { runningOn } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { isReserved, leaseLeft } from '../vm-state.ts';
import { putVm } from '../vms.ts';
import { onlyNode } from '../work.ts';

const placeFields = z.object({ id: idSchema, nodeId: idSchema, epoch: z.int().positive() });
type Place = z.infer<typeof placeFields>;

/** Grants a waiting VM a node. Checked again here, so that no plan made on older facts can over-commit (S10). */
export const vmPlace = define(placeFields, (context, place) => {
  context.needScheduler();
  return { target: refTo('vm', grant(context, place)) };
});

/** Many places at once, each checked on its own: those that are refused are left out. Refused when none stood. */
export const vmPlaceMany = define(
  z.object({ places: z.array(placeFields).min(1).max(256) }),
  (context, { places }) => {
    context.needScheduler();
    let first: Vm | null = null;
    let refused: LabmeshError | null = null;
    for (const place of places) {
      try {
        const vm = grant(context, place);
        first ??= vm;
      } catch (error) {
        if (!(error instanceof LabmeshError)) throw error;
        refused ??= error;
      }
    }
    if (!first) throw refused ?? new Refusal('payload.invalid', { field: 'places', problem: 'invalid' });
    return { target: refTo('vm', first) };
  },
);

/** Checks everything before it writes anything, so that one refusal leaves the places beside it alone. */
function grant(context: Context, { id, nodeId, epoch }: Place): Vm {
  const { state, now } = context;
  const vm = context.need('vm', id);
  if (vm.desired !== 'running' || vm.placement !== null || epoch !== vm.epoch + 1) {
    throw new Refusal('vm.stale_epoch', { vm: vm.name, epoch, current: vm.epoch });
  }
  needPower(state.cloud);
  const node = context.need('node', nodeId);
  if (!hosts(node)) throw new Refusal('node.not_ready', { node: node.name, state: node.state });
  const only = onlyNode(state, vm);
  if (only !== null && only !== nodeId) {
    throw new Refusal('vm.lies_elsewhere', {
      name: vm.name,
      node: state.tables.node.get(only)?.name ?? only,
    });
  }
  const need = needOn(vm, nodeId);
  if (shortOn(limitsOf(state, node), usedOn(state, nodeId), need).length > 0)
    throw whyNowhere(state, need, [node]);
  needUnreserved(state, vm, now);
  const leaseEndsAt = isReserved(vm) && vm.leaseEndsAt !== null ? vm.leaseEndsAt : now + leaseLeft(vm, now);
  const next: Vm = {
    ...vm,
    homeNodeId: nodeId,
    homeSince: vm.homeNodeId === nodeId ? vm.homeSince : epoch,
    leaseEndsAt,
    leaseWarned: vm.leaseEndsAt === null ? 0 : vm.leaseWarned,
    preempted: vm.preempted && { ...vm.preempted, at: now },
    preemptAt: null,
  };
  putVm(context, placed(context, next, { nodeId, epoch, compute: true }));
  // Until now it had the time of the queue.
  const deadlineAt = now + setting(state, 'vm.start_timeout') * 1000;
  for (const operation of runningOn(context, id)) {
    if (operation.kind === 'vm.start' || operation.kind === 'vm.resume')
      context.put('operation', { ...operation, deadlineAt });
  }
  return vm;
}

/** A lease is over: the VM is suspended, so nothing in it is lost, and its owner is told. */
export const vmExpireLease = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needScheduler();
  const vm = context.need('vm', id);
  const runs = vm.desired === 'running' && vm.placement !== null && vm.held === null;
  if (vm.leaseEndsAt === null || vm.leaseEndsAt > context.now || !runs) {
    throw new Refusal('vm.no_lease', { name: vm.name });
  }
  putVm(context, { ...vm, desired: 'suspended', leaseEndsAt: null, preemptAt: null });
  context.notify(vm.ownerId, 'vm.lease_ended', { vm: vm.name, vmId: vm.id });
  return { target: refTo('vm', vm) };
});
