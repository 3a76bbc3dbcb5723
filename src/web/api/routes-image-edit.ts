/** Changing images, publishing VMs, and which version new VMs take. */
import * as z from 'zod';
import type { Accepted } from '../../node/interface.ts';
import { type Image, mayManageImage, Refusal, type Vm, versionsOf } from '../../state/index.ts';
import { beginEdit, publishVm } from '../actions/index.ts';
import { resolveImage, resolveVm } from '../resolve.ts';
import { amountField, type Call, nameOrId, route } from './route.ts';
import { operationSchema } from './schemas.ts';
import { imageChangeSchema, imageSchema, versionSchema } from './schemas-images.ts';
import { vmSchema } from './schemas-vms.ts';
import { imageView, operationView, readerOf, versionView, vmView } from './views.ts';

const editAnswer = z.object({
  image: imageSchema.nullable(),
  vm: vmSchema.nullable(),
  operation: operationSchema.nullable(),
});

function ownImageOf({ state, actor, param }: Call): Image {
  const image = resolveImage(state, actor, param('id'));
  if (!mayManageImage(actor, image)) throw new Refusal('image.forbidden', { name: image.name });
  return image;
}

function vmOf({ state, actor, param }: Call): Vm {
  return resolveVm(state, actor, param('id'));
}

/** The image and the VM as they are now, and the work that goes on. */
function answer({ c, actor, state }: Call, imageId: string, vmId: string | null, done: Accepted) {
  const reader = readerOf(c, actor);
  const image = state.tables.image.get(imageId);
  const vm = state.tables.vm.get(vmId ?? '');
  const operation = state.tables.operation.get(done.operationId ?? '');
  return {
    image: image ? imageView(reader, image) : null,
    vm: vm ? vmView(reader, vm) : null,
    operation: operation ? operationView(reader, operation) : null,
  };
}

async function changeEdit(call: Call, type: 'image.renew_edit' | 'image.take_edit' | 'image.abandon_edit') {
  const { id, edit } = resolveImage(call.state, call.actor, call.param('id'));
  const done = await call.node.submit(type, { id }, call.author, call.once(type));
  return answer(call, id, edit?.vmId ?? null, done);
}

export const imageEditRoutes = [
  route({
    method: 'POST',
    path: '/images/{id}/edit',
    summary: 'Open an image for change, in a VM that keeps its disk; nobody else changes it meanwhile',
    who: 'teacher',
    body: z.strictObject({
      size: nameOrId.optional(),
      hours: amountField.describe('whole hours of its first lease').optional(),
      name: z.string().max(64).optional().describe('of the VM'),
      sshKeys: z.array(z.string().max(16_384)).max(20).optional(),
      on: nameOrId.optional().describe('the only PC it may run on, for admins'),
      preemptible: z.boolean().optional().describe('true: may be suspended for a better claim'),
    }),
    answer: editAnswer,
    status: 202,
    run: async (call) => {
      const image = ownImageOf(call);
      const done = await beginEdit(call.node, call.author, image, call.body, call.once('image.begin_edit'));
      return answer(call, image.id, done.targetId, done);
    },
  }),
  route({
    method: 'POST',
    path: '/images/{id}/edit/renew',
    summary: 'Keep the right to change an image for another while; use of its VM does so by itself',
    who: 'teacher',
    answer: editAnswer,
    run: (call) => changeEdit(call, 'image.renew_edit'),
  }),
  route({
    method: 'POST',
    path: '/images/{id}/edit/take',
    summary: 'Take an edit over as far as it has come: admins at any time, others once its time has run out',
    who: 'teacher',
    answer: editAnswer,
    run: (call) => changeEdit(call, 'image.take_edit'),
  }),
  route({
    method: 'DELETE',
    path: '/images/{id}/edit',
    summary: 'Give the changes to an image up: the VM goes with its disk, the image stays as it is',
    who: 'teacher',
    answer: editAnswer,
    status: 202,
    run: (call) => changeEdit(call, 'image.abandon_edit'),
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/publish',
    summary: 'Make a version of a VM’s disk; a VM that runs is shut down first',
    who: 'teacher',
    body: z.strictObject({
      as: z
        .string()
        .trim()
        .min(1)
        .max(64)
        .describe('the image that is changed in this VM, or the name of a new image'),
      os: z.enum(['linux', 'windows', 'other']).optional().describe('of a new image'),
      shared: z.boolean().optional().describe('a new image: every teacher may use it'),
      force: z.boolean().default(false).describe('pull the plug instead of asking the guest'),
    }),
    answer: imageChangeSchema,
    status: 202,
    run: async (call) => {
      const { node, actor, author, body } = call;
      const done = await publishVm(node, actor, author, vmOf(call), body, call.once('image.begin_publish'));
      const { image, operation } = answer(call, done.targetId ?? '', null, done);
      return { image, operation };
    },
  }),
  route({
    method: 'DELETE',
    path: '/vms/{id}/publish',
    summary: 'Give up publishing a VM; its disk stays as it is',
    who: 'teacher',
    answer: vmSchema,
    run: async (call) => {
      const { id } = vmOf(call);
      await call.node.submit(
        'image.cancel_publish',
        { vmId: id },
        call.author,
        call.once('image.cancel_publish'),
      );
      return vmView(readerOf(call.c, call.actor), vmOf(call));
    },
  }),
  route({
    method: 'GET',
    path: '/images/{id}/versions',
    summary: 'Versions of an image, the newest first',
    who: 'person',
    answer: z.array(versionSchema),
    run: ({ c, state, actor, param }) => {
      const image = resolveImage(state, actor, param('id'));
      const reader = readerOf(c, actor);
      return versionsOf(state, image.id)
        .toReversed()
        .map((one) => versionView(reader, image, one));
    },
  }),
  route({
    method: 'POST',
    path: '/images/{id}/use',
    summary: 'Let new VMs take this version, older or newer; those that exist keep theirs',
    who: 'teacher',
    body: z.strictObject({ version: amountField.describe('its number') }),
    answer: imageChangeSchema,
    run: async (call) => {
      const image = ownImageOf(call);
      const number = String(call.body.version);
      const version = versionsOf(call.state, image.id).find((one) => String(one.number) === number);
      if (!version) throw new Refusal('not_found', { kind: 'version', id: number });
      const wish = { id: image.id, versionId: version.id };
      const done = await call.node.submit(
        'image.use_version',
        wish,
        call.author,
        call.once('image.use_version'),
      );
      const { image: now, operation } = answer(call, image.id, null, done);
      return { image: now, operation };
    },
  }),
];
