/** VMs. */
import * as z from 'zod';
import type { UsageSpan } from '../../node/interface.ts';
import {
  type CommandType,
  LabmeshError,
  listVms,
  type Payload,
  Refusal,
  type Vm,
  vmState,
} from '../../state/index.ts';
import { needAmount, startVm } from '../actions/index.ts';
import { resolveCourse, resolveImage, resolveNode, resolveUser, resolveVm } from '../resolve.ts';
import { amountField, type Call, nameOrId, pageFields, pageOfSchema, route } from './route.ts';
import { usageSchema } from './schemas.ts';
import { vmChangeSchema, vmSchema } from './schemas-vms.ts';
import { serialPart } from './serial.ts';
import { operationView, readerOf, vmView } from './views.ts';

const STATES = [
  'waiting',
  'placing',
  'fetching',
  'starting',
  'running',
  'suspending',
  'suspended',
  'resuming',
  'stopping',
  'stopped',
  'moving',
  'failed',
  'unreachable',
  'deleted',
] as const;

const hoursField = amountField.describe('whole hours, within the settings');
const batchField = z.boolean().describe('nobody sits before it: people go first');
const preemptibleField = z
  .boolean()
  .describe('false: never suspended for others, for teachers and admins; default true');
const forceField = z.boolean().default(false).describe('pull the plug instead of asking the guest');
export const spanField = z
  .enum(['hour', 'day', 'week', 'month', 'year'] satisfies UsageSpan[])
  .default('hour');

/** Hours as they were given. @throws Refusal `payload.invalid` */
function hoursOf({ body }: Call<unknown, { hours?: number | string | undefined }>): number | undefined {
  return body.hours === undefined ? undefined : needAmount('hours', body.hours);
}

/** The VM that the path names. */
function vmOf({ state, actor, param }: Call) {
  return resolveVm(state, actor, param('id'));
}

/** Submits a command on a VM and answers with what follows. */
async function change<T extends CommandType>(call: Call, type: T, payload: Payload<T>) {
  const accepted = await call.node.submit(type, payload, call.author, call.once(type));
  return changed(call, accepted);
}

export function changed(
  { c, actor, state }: Call,
  done: { targetId: string | null; operationId: string | null },
) {
  const reader = readerOf(c, actor);
  const vm = done.targetId === null ? undefined : state.tables.vm.get(done.targetId);
  const operation = done.operationId === null ? undefined : state.tables.operation.get(done.operationId);
  return {
    vm: vm ? vmView(reader, vm) : null,
    operation: operation ? operationView(reader, operation) : null,
  };
}

export const startBody = z.strictObject({
  hours: hoursField.optional(),
  batch: batchField.optional(),
  preemptible: preemptibleField.optional(),
});

/** What a start again asks for, as commands take it. */
export function startFields(call: Call<unknown, z.output<typeof startBody>>) {
  const { batch, preemptible } = call.body;
  return { hours: hoursOf(call), batch, preemptible };
}

function startAgain(call: Call<unknown, z.output<typeof startBody>>, { id }: Vm) {
  return change(call, 'vm.start', { id, ...startFields(call) });
}

export const vmRoutes = [
  route({
    method: 'GET',
    path: '/vms',
    summary: 'VMs that one may use, filtered, a page at a time',
    who: 'person',
    query: z.strictObject({
      ...pageFields,
      owner: nameOrId.optional(),
      state: z.enum(STATES).optional(),
      node: nameOrId.optional(),
      image: nameOrId.optional(),
      course: nameOrId.optional(),
      text: z.string().trim().max(64).optional().describe('part of the name'),
    }),
    answer: pageOfSchema(vmSchema),
    run: ({ c, state, actor, query }) => {
      const { owner, node, image, course, state: wanted, text, ...request } = query;
      const filter = {
        ownerId: owner === undefined ? undefined : resolveUser(state, actor, owner).id,
        nodeId: node === undefined ? undefined : resolveNode(state, node).id,
        imageId: image === undefined ? undefined : resolveImage(state, actor, image).id,
        courseId: course === undefined ? undefined : resolveCourse(state, actor, course).id,
        state: wanted,
        text,
      };
      const page = listVms(state, actor, filter, request);
      const reader = readerOf(c, actor);
      return { ...page, items: page.items.map((vm) => vmView(reader, vm)) };
    },
  }),
  route({
    method: 'POST',
    path: '/vms',
    summary: 'Make a VM from an image and start it',
    who: 'person',
    body: z.strictObject({
      image: nameOrId,
      size: nameOrId.optional(),
      hours: hoursField.optional(),
      name: z.string().max(64).optional(),
      for: nameOrId.optional().describe('its owner, for teachers and admins'),
      course: nameOrId.optional(),
      persistent: z.boolean().optional().describe('default true; false: it starts clean each time'),
      sshKeys: z.array(z.string().max(16_384)).max(20).optional(),
      on: nameOrId.optional().describe('the only PC it may run on, for admins'),
      batch: batchField.optional(),
      preemptible: preemptibleField.optional(),
    }),
    answer: vmChangeSchema,
    status: 202,
    run: async (call) => {
      const { node, actor, author, body } = call;
      return changed(call, await startVm(node, actor, author, body, call.once('vm.create')));
    },
  }),
  route({
    method: 'GET',
    path: '/vms/{id}',
    summary: 'One VM',
    who: 'person',
    answer: vmSchema,
    run: (call) => vmView(readerOf(call.c, call.actor), vmOf(call)),
  }),
  route({
    method: 'PATCH',
    path: '/vms/{id}',
    summary: 'Rename a VM',
    who: 'person',
    body: z.strictObject({ name: z.string().max(64) }),
    answer: vmChangeSchema,
    run: (call) => change(call, 'vm.rename', { id: vmOf(call).id, name: call.body.name }),
  }),
  route({
    method: 'DELETE',
    path: '/vms/{id}',
    summary: 'Delete a VM with its disks',
    who: 'person',
    answer: vmChangeSchema,
    status: 202,
    run: (call) => change(call, 'vm.remove', { id: vmOf(call).id }),
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/start',
    summary: 'Start a stopped VM again',
    who: 'person',
    body: startBody,
    answer: vmChangeSchema,
    status: 202,
    run: (call) => startAgain(call, vmOf(call)),
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/resume',
    summary: 'Go on with a suspended VM',
    who: 'person',
    body: startBody,
    answer: vmChangeSchema,
    status: 202,
    run: (call) => {
      const vm = vmOf(call);
      const state = vmState(vm);
      if (state !== 'suspended')
        throw new Refusal('vm.wrong_state', { name: vm.name, state, action: 'resume' });
      return startAgain(call, vm);
    },
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/stop',
    summary: 'Shut a VM down',
    who: 'person',
    body: z.strictObject({ force: forceField }),
    answer: vmChangeSchema,
    status: 202,
    run: (call) => change(call, 'vm.stop', { id: vmOf(call).id, force: call.body.force }),
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/reboot',
    summary: 'Restart the guest of a VM',
    who: 'person',
    body: z.strictObject({ force: forceField }),
    answer: vmChangeSchema,
    status: 202,
    run: (call) => change(call, 'vm.reboot', { id: vmOf(call).id, force: call.body.force }),
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/suspend',
    summary: 'Save a VM with its memory and free its cores',
    who: 'person',
    answer: vmChangeSchema,
    status: 202,
    run: (call) => change(call, 'vm.suspend', { id: vmOf(call).id }),
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/renew',
    summary: 'Another lease from now on',
    who: 'person',
    body: z.strictObject({ hours: hoursField }),
    answer: vmChangeSchema,
    run: (call) =>
      change(call, 'vm.renew', { id: vmOf(call).id, hours: needAmount('hours', call.body.hours) }),
  }),
  route({
    method: 'GET',
    path: '/vms/{id}/log',
    summary: 'The serial log: its end, or what came after a place in it',
    who: 'person',
    query: z.strictObject({
      maxBytes: z.coerce.number().int().min(1).max(1_048_576).default(65_536).describe('at most so much'),
      from: z.coerce.number().int().min(0).optional().describe('`totalBytes` of the answer before'),
      wait: z.coerce
        .number()
        .min(0)
        .max(25)
        .default(0)
        .describe('seconds to wait for something new after `from`'),
    }),
    answer: z.object({
      text: z.string(),
      totalBytes: z.number().describe('length of the whole log: `from` of the next request'),
      skipped: z.number().describe('bytes after `from` that were too many to send'),
    }),
    maxSeconds: 60,
    run: (call) => serialPart(call.node, vmOf(call).id, call.query, call.c.req.raw.signal),
  }),
  route({
    method: 'GET',
    path: '/vms/{id}/screenshot',
    summary: 'A picture of the guest’s screen',
    who: 'person',
    gives: 'image/png',
    run: async (call) => {
      const vm = vmOf(call);
      const png = await call.node.screenshot(vm.id);
      if (!png) throw new LabmeshError('vm.no_console', { name: vm.name, state: vmState(vm) });
      return call.c.body(new Uint8Array(png), 200, { 'content-type': 'image/png' });
    },
  }),
  route({
    method: 'GET',
    path: '/vms/{id}/usage',
    summary: 'What a VM has used of its PC, over a span of time',
    who: 'person',
    query: z.strictObject({ span: spanField }),
    answer: usageSchema,
    run: async (call) => {
      const { span } = call.query;
      return { span, points: [...(await call.node.usage(vmOf(call).id, span))] };
    },
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/console',
    summary: 'A ticket for one connection to the screen, valid for 30 seconds',
    who: 'person',
    body: z.strictObject({ viewOnly: z.boolean().default(false) }),
    answer: z.object({
      ticket: z.string(),
      path: z.string().describe('open it as a WebSocket, signed in as the same person'),
      expiresAt: z.number(),
      viewOnly: z.boolean(),
    }),
    status: 201,
    run: async (call) => {
      const vm = vmOf(call);
      // Says why there is no screen (it is off, its PC does not answer) before a ticket is given out.
      (await call.node.openConsole(vm.id)).end();
      return call.c.var.services.tickets.issue(
        call.c.var.visitor,
        vm.id,
        call.body.viewOnly,
        call.node.now(),
      );
    },
  }),
];
