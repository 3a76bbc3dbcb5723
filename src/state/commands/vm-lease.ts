/** Warnings before a lease ends, use of a VM, and taking back what nobody uses (S5). */
import * as z from 'zod';
import { refTo } from '../context.ts';
import { define } from '../definition.ts';
import { renewEdit } from '../edits.ts';
import { idSchema } from '../ids.ts';
import { whyReclaim } from '../leases.ts';
import { needNodeInUse } from '../nodes.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { putVm, refuseState } from '../vms.ts';

/** Nodes tell of use every two minutes at most; what comes faster changes nothing. */
const TOUCH_MS = 60_000;

/** Tells the owner that the lease ends within these minutes; each warning once. @throws Refusal `vm.no_lease`, `vm.not_due` */
export const vmWarnLease = define(
  z.object({ id: idSchema, minutes: z.union([z.literal(5), z.literal(15)]) }),
  (context, { id, minutes }) => {
    context.needScheduler();
    const vm = context.need('vm', id);
    const { leaseEndsAt: endsAt } = vm;
    const runs = vm.desired === 'running' && vm.placement !== null && vm.held === null;
    if (!runs || endsAt === null || endsAt <= context.now)
      throw new Refusal('vm.no_lease', { name: vm.name });
    const isGiven = vm.leaseWarned !== 0 && vm.leaseWarned <= minutes;
    if (isGiven || endsAt - minutes * 60_000 > context.now) {
      throw new Refusal('vm.not_due', { name: vm.name, action: 'warn' });
    }
    putVm(context, { ...vm, leaseWarned: minutes });
    context.notify(vm.ownerId, 'vm.lease_warning', { vm: vm.name, vmId: id, minutes, endsAt });
    return { target: refTo('vm', vm) };
  },
);

/** Suspends what nobody opened or used; nothing in it is lost, and its owner is told. @throws Refusal `vm.not_due` */
export const vmReclaim = define(
  z.object({ id: idSchema, why: z.enum(['idle', 'never_opened']) }),
  (context, { id, why }) => {
    context.needScheduler();
    const vm = context.need('vm', id);
    if (whyReclaim(context.state, vm, context.now) !== why) {
      throw new Refusal('vm.not_due', { name: vm.name, action: 'reclaim' });
    }
    putVm(context, { ...vm, desired: 'suspended', leaseEndsAt: null, preemptAt: null });
    const minutes = setting(context.state, why === 'idle' ? 'lease.idle_minutes' : 'lease.connect_minutes');
    context.notify(vm.ownerId, 'vm.reclaimed', { vm: vm.name, vmId: id, why, minutes });
    return { target: refTo('vm', vm) };
  },
);

/** A node says that a VM is used: `connected` when its console is open. At most every two minutes. @throws Refusal `vm.wrong_state` */
export const vmTouch = define(
  z.object({ id: idSchema, connected: z.boolean() }),
  (context, { id, connected }) => {
    needNodeInUse(context, context.needNode());
    const vm = context.need('vm', id);
    if (vm.placement === null || vm.observed.state !== 'running') refuseState(vm, 'touch');
    const { now } = context;
    const isNews = (connected && vm.connectedAt === null) || now - (vm.usedAt ?? 0) >= TOUCH_MS;
    if (isNews) {
      const connectedAt = connected ? (vm.connectedAt ?? now) : vm.connectedAt;
      putVm(context, { ...vm, connectedAt, usedAt: now });
      renewEdit(context, vm);
    }
    return { target: refTo('vm', vm) };
  },
);
