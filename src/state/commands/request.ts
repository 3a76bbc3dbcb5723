/** A request is a VM that waits for a place. */
import * as z from 'zod';
import { refTo } from '../context.ts';
import { define } from '../definition.ts';
import { idSchema } from '../ids.ts';
import { Refusal } from '../refusals.ts';
import { isRequest, vmState } from '../vm-state.ts';
import { giveUp, needOwnVm } from '../vms.ts';

/**
 * Takes a request back: what was suspended stays suspended, what never had a place is gone.
 * @throws Refusal `not_found`, `vm.not_waiting`
 */
export const requestCancel = define(z.object({ id: idSchema }), (context, { id }) => {
  const vm = needOwnVm(context, id);
  if (!isRequest(vm)) throw new Refusal('vm.not_waiting', { name: vm.name, state: vmState(vm) });
  const by = context.person();
  giveUp(context, vm, null);
  if (by?.id !== vm.ownerId) {
    context.notify(vm.ownerId, 'request.cancelled', { vm: vm.name, by: by?.name ?? 'root' });
  }
  return { target: refTo('vm', vm) };
});
