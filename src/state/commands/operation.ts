/** Operations that took too long, and messages that were read. */
import * as z from 'zod';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { endPublishing } from '../edits.ts';
import type { Vm } from '../entities/index.ts';
import { idSchema } from '../ids.ts';
import { endOperation } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { isRequest } from '../vm-state.ts';
import { giveUp, putVm } from '../vms.ts';

/** The master gives an operation up at its deadline (GF32, GF38). A start that is too late is not wanted any more. */
export const operationExpire = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needScheduler();
  const operation = context.need('operation', id);
  if (operation.state !== 'running' || operation.deadlineAt > context.now) {
    throw new Refusal('operation.not_running', { state: operation.state });
  }
  const vm = context.state.tables.vm.get(operation.target.id);
  if (vm && isRequest(vm)) {
    tooLong(context, vm);
    return { target: operation.target };
  }
  // What waited for a place had its time from when it got it.
  const since = Math.max(operation.startedAt, vm?.runningSince ?? 0);
  const seconds = Math.round((operation.deadlineAt - since) / 1000);
  endOperation(context, operation, 'failed', { code: 'operation.timed_out', data: { seconds } });
  if (operation.kind === 'image.publish') endPublications(context, operation.id);
  if (vm && vm.desired === 'running' && operation.kind === 'vm.start') {
    putVm(context, {
      ...vm,
      desired: 'stopped',
      force: true,
      held: null,
      leaseEndsAt: null,
      preemptAt: null,
    });
  }
  context.notify(operation.author, 'operation.timed_out', {
    kind: operation.kind,
    target: operation.target.name,
  });
  return { target: operation.target };
});

/** The disk is free again; the PC that reads it stops when it sees this. */
function endPublications(context: Context, operationId: string): void {
  for (const vm of context.state.tables.vm.all()) {
    if (vm.publishing?.operationId !== operationId) continue;
    endPublishing(context, vm, 'failed', null);
    putVm(context, { ...vm, publishing: null });
  }
}

/** A request that waited too long is given up (GF38). */
function tooLong(context: Context, vm: Vm): void {
  const hours = setting(context.state, 'queue.max_wait');
  giveUp(context, vm, { code: 'queue.too_long', data: { hours } });
  context.notify(vm.ownerId, 'queue.too_long', { hours, vm: vm.name, vmId: vm.id });
}

/** Marks one's messages as read; without ids, all of them. */
export const notificationRead = define(
  z.object({ ids: z.array(z.string().max(32)).max(1000).nullable() }),
  (context, { ids }) => {
    const person = context.person();
    if (!person) throw new Refusal('access.denied', { need: 'user' });
    const { notification } = context.state.tables;
    for (const one of notification.by('unread', person.id)) {
      if (ids === null || ids.includes(one.id)) context.put('notification', { ...one, readAt: context.now });
    }
    return { target: refTo('user', person) };
  },
);
