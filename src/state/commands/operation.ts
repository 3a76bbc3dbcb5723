/** Operations that took too long, and messages that were read. */
import * as z from 'zod';
import { refTo } from '../context.ts';
import { define } from '../definition.ts';
import { idSchema } from '../ids.ts';
import { endOperation } from '../operations.ts';
import { Refusal } from '../refusals.ts';

/** The master gives an operation up at its deadline (GF32, GF38). A start that is too late is not wanted any more. */
export const operationExpire = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needScheduler();
  const operation = context.need('operation', id);
  if (operation.state !== 'running' || operation.deadlineAt > context.now) {
    throw new Refusal('operation.not_running', { state: operation.state });
  }
  const seconds = Math.round((operation.deadlineAt - operation.startedAt) / 1000);
  endOperation(context, operation, 'failed', { code: 'operation.timed_out', data: { seconds } });
  const vm = context.state.tables.vm.get(operation.target.id);
  if (vm && vm.desired === 'running' && operation.kind === 'vm.start') {
    context.put('vm', { ...vm, desired: 'stopped', force: true, held: null, leaseEndsAt: null });
  }
  context.notify(operation.author, 'operation.timed_out', {
    kind: operation.kind,
    target: operation.target.name,
  });
  return { target: operation.target };
});

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
