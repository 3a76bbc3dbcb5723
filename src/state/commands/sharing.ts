/** Sharing one's PC counts (N11), and what one used counts too (S4). */
import * as z from 'zod';
import { refTo } from '../context.ts';
import { define } from '../definition.ts';
import { idSchema } from '../ids.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { bookUse } from '../usage.ts';

/**
 * A person declines to share their PC. Once more than `sharing.declines` times, and their requests wait behind those of people who share.
 * @throws Refusal `sharing.off`, `sharing.shares`
 */
export const userDeclineShare = define(z.object({}), (context) => {
  const person = context.person();
  if (!person) throw new Refusal('access.denied', { need: 'user' });
  if (!setting(context.state, 'sharing.policy')) throw new Refusal('sharing.off', {});
  const shared = context.state.tables.node.by('owner', person.id)[0];
  if (shared) throw new Refusal('sharing.shares', { node: shared.name });
  // Once beyond the limit, more of them change nothing.
  const declined = Math.min(person.declined + 1, setting(context.state, 'sharing.declines') + 1);
  context.put('user', { ...person, declined: Math.max(declined, person.declined) });
  return { target: refTo('user', person) };
});

/** Books what running VMs have used since they were last booked, so that long ones count while they run. */
export const usageBook = define(
  z.object({ vmIds: z.array(idSchema).min(1).max(256) }),
  (context, { vmIds }) => {
    context.needScheduler();
    for (const vm of context.state.tables.vm.resolve(vmIds)) {
      if (vm.runningSince === null || vm.runningSince === context.now) continue;
      bookUse(context, vm);
      context.put('vm', { ...vm, runningSince: context.now });
    }
    return {};
  },
);
