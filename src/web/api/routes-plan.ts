/** Who waits and why, and what would be. */
import * as z from 'zod';
import { isRequest, mayUseVm, Refusal, type Vm, vmState } from '../../state/index.ts';
import { forecastVm } from '../actions/index.ts';
import { resolveVm } from '../resolve.ts';
import { amountField, type Call, nameOrId, pageFields, pageOfSchema, route } from './route.ts';
import { changed } from './routes-vms.ts';
import { dryRunSchema, explanationSchema, forecastSchema, requestSchema } from './schemas-plan.ts';
import { vmChangeSchema } from './schemas-vms.ts';
import { readerOf } from './views.ts';
import { dryRunView, explanationView, forecastView, requestView } from './views-plan.ts';

/** More settings than exist. */
const MAX_VALUES = 200;

/** The VM that the path names. */
function vmOf({ state, actor, param }: Call): Vm {
  return resolveVm(state, actor, param('id'));
}

/** The request that the path names: its VM, while it waits. @throws Refusal `vm.not_waiting` */
function requestOf(call: Call): Vm {
  const vm = vmOf(call);
  if (!isRequest(vm)) throw new Refusal('vm.not_waiting', { name: vm.name, state: vmState(vm) });
  return vm;
}

function whyView({ c, node, actor }: Call, vm: Vm) {
  return explanationView(readerOf(c, actor), vm, node.explain(vm.id));
}

export const planRoutes = [
  route({
    method: 'GET',
    path: '/requests',
    summary: 'Those who wait, first the one who goes first; of others’ only the places are counted',
    who: 'person',
    query: z.strictObject({
      limit: pageFields.limit,
      after: z.coerce.number().int().min(0).default(0).describe('`next` of the page before: a position'),
    }),
    answer: pageOfSchema(requestSchema),
    run: ({ c, node, state, actor, query }) => {
      const reader = readerOf(c, actor);
      const waiting = node.queue().entries.flatMap(({ vmId, position }) => {
        const vm = state.tables.vm.get(vmId);
        return vm !== undefined && mayUseVm(state, actor, vm) ? [{ vm, position }] : [];
      });
      const rest = waiting.filter(({ position }) => position > query.after);
      const page = rest.slice(0, query.limit);
      const items = page.flatMap(({ vm }) => requestView(reader, vm) ?? []);
      const next = rest.length > page.length ? String(page.at(-1)?.position ?? '') : null;
      return { items, next, total: waiting.length };
    },
  }),
  route({
    method: 'DELETE',
    path: '/requests/{id}',
    summary: 'Give up a request: a VM that never ran is removed, a suspended one stays suspended',
    who: 'person',
    answer: vmChangeSchema,
    run: async (call) => {
      const { id } = vmOf(call);
      return changed(
        call,
        await call.node.submit('request.cancel', { id }, call.author, call.once('request.cancel')),
      );
    },
  }),
  route({
    method: 'GET',
    path: '/requests/{id}/why',
    summary: 'Why a request waits',
    who: 'person',
    answer: explanationSchema,
    run: (call) => whyView(call, requestOf(call)),
  }),
  route({
    method: 'GET',
    path: '/vms/{id}/why',
    summary: 'Why a VM is where it is, or why it waits',
    who: 'person',
    answer: explanationSchema,
    run: (call) => whyView(call, vmOf(call)),
  }),
  route({
    method: 'POST',
    path: '/forecast',
    summary: 'What would happen to a request if it were made now; nothing is',
    who: 'person',
    body: z.strictObject({
      image: nameOrId,
      size: nameOrId.optional(),
      hours: amountField.optional(),
      for: nameOrId.optional(),
      course: nameOrId.optional(),
      batch: z.boolean().optional(),
      preemptible: z.boolean().optional(),
    }),
    answer: forecastSchema,
    run: ({ c, node, actor, body }) => forecastView(readerOf(c, actor), forecastVm(node, actor, body)),
  }),
  route({
    method: 'POST',
    path: '/settings/dry-run',
    summary: 'The present queue under other settings; nothing is changed',
    who: 'admin',
    body: z.strictObject({
      values: z
        .record(z.string().max(64), z.union([z.string().max(1024), z.number(), z.boolean()]))
        .refine((values) => Object.keys(values).length <= MAX_VALUES),
    }),
    answer: dryRunSchema,
    run: ({ c, node, actor, body }) => dryRunView(readerOf(c, actor), node.dryRun(body.values)),
  }),
  route({
    method: 'POST',
    path: '/me/decline-share',
    summary: 'Decline to share a PC; who does it too often waits behind those who share',
    who: 'person',
    run: async ({ c, node, author, once }) => {
      await node.submit('user.decline_share', {}, author, once('user.decline_share'));
      return c.body(null, 204);
    },
  }),
];
