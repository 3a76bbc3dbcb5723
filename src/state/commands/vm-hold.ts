/** Holds: the scheduler suspends a VM that stays wanted, and lets it go on later. */
import * as z from 'zod';
import { needRoomToSave } from '../capacity.ts';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import type { Vm } from '../entities/index.ts';
import { idSchema } from '../ids.ts';
import { endOperation, runningOn } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { holdsCompute, vmState } from '../vm-state.ts';
import { putVm, refuseState } from '../vms.ts';

/** An hour: `scheduler.preempt_notice` is no longer. */
const MAX_NOTICE_MS = 3_600_000;

/**
 * Suspends a VM that is wanted running and has a place; its wish and its lease stay.
 * @throws Refusal with `preempted` also `vm.not_preemptible`, `vm.preempted_lately`, `vm.not_waiting`, `capacity.temp`
 */
export const vmHold = define(
  z.object({
    id: idSchema,
    by: z.enum(['drain', 'shutdown', 'preempted']),
    /** With `preempted`: the waiting VM that takes the place. */
    for: idSchema.optional(),
  }),
  (context, { id, by, for: forId }) => {
    context.needScheduler();
    const vm = needRunningWish(context, id, 'hold');
    if (by === 'preempted') needMayPreempt(context, vm, forId ?? '');
    const { now } = context;
    const preempted = by === 'preempted' ? { count: (vm.preempted?.count ?? 0) + 1, at: now } : vm.preempted;
    const held = { by, since: now, for: by === 'preempted' ? (forId ?? null) : null };
    putVm(context, { ...vm, held, preempted, preemptAt: null, queuedAt: now });
    // What was under way cannot end while the VM is held: say so instead of letting it time out.
    const cause = { code: 'vm.held', data: { by } };
    for (const operation of runningOn(context, id)) endOperation(context, operation, 'cancelled', cause);
    context.notify(vm.ownerId, 'vm.held', { vm: vm.name, vmId: id, by });
    return { target: refTo('vm', vm) };
  },
);

/** A plan on older facts must not suspend for nobody, twice, or what cannot be saved (S2). */
function needMayPreempt(context: Context, vm: Vm, forId: string): void {
  const { state, now } = context;
  if (!vm.preemptible) throw new Refusal('vm.not_preemptible', { name: vm.name });
  const until =
    (vm.preempted?.at ?? Number.NEGATIVE_INFINITY) + setting(state, 'scheduler.preempt_pause') * 60_000;
  if (until > now) throw new Refusal('vm.preempted_lately', { name: vm.name, until });
  const winner = context.need('vm', forId);
  if (winner.desired !== 'running' || winner.placement !== null) {
    throw new Refusal('vm.not_waiting', { name: winner.name, state: vmState(winner) });
  }
  needRoomToSave(state, vm);
}

/** Tells the owner of a preemptible VM that it will be suspended for another at the moment `at`, ms. Told once. */
export const vmWarnPreempt = define(
  z.object({ id: idSchema, at: z.int().positive() }),
  (context, { id, at }) => {
    context.needScheduler();
    const vm = needRunningWish(context, id, 'preempt');
    if (!vm.preemptible) throw new Refusal('vm.not_preemptible', { name: vm.name });
    const ms = at - context.now;
    const isTold = vm.preemptAt !== null && vm.preemptAt > context.now;
    if (isTold || ms < 0 || ms > MAX_NOTICE_MS)
      throw new Refusal('vm.not_due', { name: vm.name, action: 'preempt' });
    putVm(context, { ...vm, preemptAt: at });
    const seconds = Math.round(ms / 1000);
    context.notify(vm.ownerId, 'vm.preempt_soon', { vm: vm.name, vmId: id, seconds });
    return { target: refTo('vm', vm) };
  },
);

/** Lets a held VM go on: it waits for a place like any other, or runs on if it was not suspended yet. */
export const vmRelease = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needScheduler();
  const vm = context.need('vm', id);
  if (vm.held === null) refuseState(vm, 'release');
  const runsOn = holdsCompute(vm);
  // The lease stands still while it waits. One that runs on is given back what the hold took.
  const pause = runsOn && vm.leaseEndsAt !== null ? context.now - vm.held.since : 0;
  const leaseEndsAt = vm.leaseEndsAt === null ? null : vm.leaseEndsAt + pause;
  putVm(context, { ...vm, held: null, placement: runsOn ? vm.placement : null, leaseEndsAt });
  return { target: refTo('vm', vm) };
});

function needRunningWish(context: Context, id: string, action: string): Vm {
  const vm = context.need('vm', id);
  if (vm.desired !== 'running' || vm.placement === null || vm.held !== null) refuseState(vm, action);
  return vm;
}
