/** Holds: the scheduler suspends a VM that stays wanted, and lets it go on later. */
import * as z from 'zod';
import { refTo } from '../context.ts';
import { define } from '../definition.ts';
import { LabmeshError } from '../errors.ts';
import { idSchema } from '../ids.ts';
import { endOperation, runningOn } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { holdsCompute, vmState } from '../vm-state.ts';

/** Suspends a VM that is wanted running and has a place; its wish and its lease stay. */
export const vmHold = define(
  z.object({
    id: idSchema,
    by: z.enum(['drain', 'shutdown', 'preempted']),
    /** With `preempted`: the waiting VM that takes the place. */
    for: idSchema.optional(),
  }),
  (context, { id, by }) => {
    context.needScheduler();
    const vm = context.need('vm', id);
    if (vm.desired !== 'running' || vm.placement === null || vm.held !== null) {
      throw new Refusal('vm.wrong_state', { name: vm.name, state: vmState(vm), action: 'hold' });
    }
    context.put('vm', { ...vm, held: { by, since: context.now, for: null } });
    // What was under way cannot end while the VM is held: say so instead of letting it time out.
    const cause = { code: 'vm.held', data: { by } };
    for (const operation of runningOn(context, id)) endOperation(context, operation, 'cancelled', cause);
    context.notify(vm.ownerId, 'vm.held', { vm: vm.name, vmId: id, by });
    return { target: refTo('vm', vm) };
  },
);

/** Tells the owner of a preemptible VM that it will be suspended for another at the moment `at`. */
export const vmWarnPreempt = define(z.object({ id: idSchema, at: z.int().positive() }), () => {
  throw new LabmeshError('command.fault', { type: 'vm.warn_preempt', reason: 'not built yet' });
});

/** Lets a held VM go on: it waits for a place like any other, or runs on if it was not suspended yet. */
export const vmRelease = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needScheduler();
  const vm = context.need('vm', id);
  if (vm.held === null) {
    throw new Refusal('vm.wrong_state', { name: vm.name, state: vmState(vm), action: 'release' });
  }
  // The lease stood still meanwhile.
  const pause = context.now - vm.held.since;
  const leaseEndsAt = vm.leaseEndsAt === null ? null : vm.leaseEndsAt + pause;
  const placement = holdsCompute(vm) ? vm.placement : null;
  context.put('vm', { ...vm, held: null, placement, leaseEndsAt });
  return { target: refTo('vm', vm) };
});
