/** What the scheduler decides: places and the end of leases. */
import * as z from 'zod';
import { hosts, limitsOf, needOf, shortOn, usedOn, whyNowhere } from '../capacity.ts';
import { refTo } from '../context.ts';
import { define } from '../definition.ts';
import { LabmeshError } from '../errors.ts';
import { idSchema } from '../ids.ts';
import { needPower, placed } from '../nodes.ts';
import { Refusal } from '../refusals.ts';

const placeFields = z.object({ id: idSchema, nodeId: idSchema, epoch: z.int().positive() });

/** Grants a waiting VM a node. Checked again here, so that no plan made on older facts can over-commit (S10). */
export const vmPlace = define(placeFields, (context, { id, nodeId, epoch }) => {
  context.needScheduler();
  const vm = context.need('vm', id);
  if (vm.desired !== 'running' || vm.placement !== null || epoch !== vm.epoch + 1) {
    throw new Refusal('vm.stale_epoch', { vm: vm.name, epoch, current: vm.epoch });
  }
  needPower(context.state.cloud);
  const node = context.need('node', nodeId);
  if (!hosts(node)) throw new Refusal('node.not_ready', { node: node.name, state: node.state });
  const need = needOf(vm);
  const short = shortOn(limitsOf(context.state, node), usedOn(context.state, nodeId, id), need);
  if (short.length > 0) throw whyNowhere(context.state, need, [node]);
  // One that was held goes on with the time that it had left.
  const leaseEndsAt = vm.leaseEndsAt ?? context.now + vm.leaseHours * 3_600_000;
  const next = { ...vm, homeNodeId: nodeId, leaseEndsAt };
  context.put('vm', placed(context, next, { nodeId, epoch, compute: true }));
  return { target: refTo('vm', vm) };
});

/** Many places at once, each checked on its own: those that are refused are left out. Refused when none stood. */
export const vmPlaceMany = define(z.object({ places: z.array(placeFields).min(1).max(256) }), () => {
  throw new LabmeshError('command.fault', { type: 'vm.place_many', reason: 'not built yet' });
});

/** A lease is over: the VM is suspended, so nothing in it is lost, and its owner is told. */
export const vmExpireLease = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needScheduler();
  const vm = context.need('vm', id);
  if (vm.leaseEndsAt === null || vm.leaseEndsAt > context.now || vm.desired !== 'running') {
    throw new Refusal('vm.no_lease', { name: vm.name });
  }
  context.put('vm', { ...vm, desired: 'suspended', held: null, leaseEndsAt: null });
  context.notify(vm.ownerId, 'vm.lease_ended', { vm: vm.name, vmId: vm.id });
  return { target: refTo('vm', vm) };
});
