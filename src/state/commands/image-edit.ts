/** The exclusive right to change an image (I7): begun, kept, taken over, given up. And which version new VMs take (I8). */
import * as z from 'zod';
import { claimFields, queued } from '../claims.ts';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { editMs, needNotPublishing, refuseEdited } from '../edits.ts';
import type { Image, ImageEdit } from '../entities/index.ts';
import { nameField, sshKeyField } from '../fields.ts';
import { findVm, freeVmName, freshVm } from '../fresh-vm.ts';
import { idSchema } from '../ids.ts';
import { beginOperation } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { putVm } from '../vms.ts';
import { needCurrentVersion, needOwnImage, needReady } from './image.ts';
import { removeWithDisks } from './vm-control.ts';
import { needShape, waitLimit } from './vm-create.ts';

/** Room for the word that tells the VM from others of the image, within a name's 63 characters. */
const MAX_STEM = 56;

/**
 * Opens an image for change in a persistent VM of its own, which waits for a place like any other. Nobody else changes the image until that is
 * published or given up, or the right ends and somebody takes it over.
 * @throws Refusal `image.forbidden`, `image.not_ready`, `image.edited`, `image.edit_cd`, `size.too_small`, `name.taken`, and what `vm.create`
 *   throws where no PC could hold it
 */
export const imageBeginEdit = define(
  z.object({
    id: idSchema,
    vmId: idSchema,
    /** Left out: the image's name and the word `edit`. */
    name: nameField.optional(),
    sizeId: idSchema,
    /** Hours of the VM's first lease. How long the edit may take is the setting `edit.hours`. */
    hours: z.number(),
    sshKeys: z.array(sshKeyField).max(20),
    /** The only node it may run on (admins). */
    pinnedNodeId: idSchema.nullable(),
    ...claimFields,
  }),
  (context, payload) => {
    const image = needOwnImage(context, payload.id);
    const version = needCurrentVersion(context, image);
    if (image.edit !== null) refuseEdited(context, image);
    if (version.kind === 'iso') throw new Refusal('image.edit_cd', { name: image.name });
    const size = needShape(context, version, payload);
    const owner = context.need('user', context.ownerId());
    const name =
      payload.name ?? freeVmName(context.state, owner.id, `${image.name.slice(0, MAX_STEM).trim()} edit`);
    if (findVm(context.state, owner.id, name)) throw new Refusal('name.taken', { kind: 'vm', name });
    const vm = freshVm(context.now, {
      id: payload.vmId,
      name,
      ownerId: owner.id,
      courseId: null,
      imageId: image.id,
      versionId: version.id,
      sizeId: size.id,
      vcpus: size.vcpus,
      ramMiB: size.ramMiB,
      osDiskGiB: size.osDiskGiB,
      dataDiskGiB: size.dataDiskGiB,
      persistent: true,
      sshKeys: payload.sshKeys,
      pinnedNodeId: payload.pinnedNodeId,
      leaseHours: payload.hours,
    });
    // Others wait for what is made here: it does not make way unless its author says so.
    const claim = { ...payload, preemptible: payload.preemptible ?? false };
    putVm(context, queued(context, { ...vm, editOf: image.id }, owner, claim));
    context.put('image', { ...image, edit: freshEdit(context, vm.id, owner.id) });
    const target = refTo('vm', vm);
    return { target, operationId: beginOperation(context, 'vm.start', target, waitLimit(context.state)) };
  },
);

function freshEdit(context: Context, vmId: string, userId: string): ImageEdit {
  return { vmId, userId, since: context.now, endsAt: context.now + editMs(context) };
}

/** Keeps the right for another while from now on, as use of the VM does by itself. @throws Refusal `image.not_edited`, `image.edited` */
export const imageRenewEdit = define(z.object({ id: idSchema }), (context, { id }) => {
  const { image, edit } = needEdit(context, id);
  if (!isEditor(context, edit)) refuseEdited(context, image);
  context.put('image', { ...image, edit: { ...edit, endsAt: context.now + editMs(context) } });
  return { target: refTo('image', image) };
});

/**
 * Makes the edit somebody else's, as far as it has come: an admin's at any time, that of anybody who may change the image once the right of
 * the one before has ended.
 * @throws Refusal `image.not_edited`, `image.edited`
 */
export const imageTakeEdit = define(z.object({ id: idSchema }), (context, { id }) => {
  const { image, edit } = needEdit(context, id);
  const target = refTo('image', image);
  const userId = context.ownerId();
  if (userId === edit.userId && !context.isAdmin()) refuseEdited(context, image);
  needTakeable(context, image, edit);
  const vm = context.need('vm', edit.vmId);
  const name = vm.ownerId === userId ? vm.name : freeVmName(context.state, userId, vm.name);
  putVm(context, { ...vm, ownerId: userId, name });
  context.put('image', { ...image, edit: { ...freshEdit(context, vm.id, userId), since: edit.since } });
  if (edit.userId !== userId) {
    const by = context.state.tables.user.get(userId)?.name ?? userId;
    context.notify(edit.userId, 'image.edit_taken', { image: image.name, by });
  }
  return { target };
});

/** Gives the changes up: the VM goes with its disk, the image stays as it is. @throws Refusal `image.not_edited`, `image.edited`, `vm.publishing` */
export const imageAbandonEdit = define(z.object({ id: idSchema }), (context, { id }) => {
  const { image, edit } = needEdit(context, id);
  if (!isEditor(context, edit)) needTakeable(context, image, edit);
  const vm = context.state.tables.vm.get(edit.vmId);
  const target = refTo('image', image);
  if (!vm) {
    context.put('image', { ...image, edit: null });
    return { target };
  }
  needNotPublishing(context, vm);
  return { target, operationId: removeWithDisks(context, vm) };
});

/** Lets new VMs take another version, older or newer (I8). Those that exist keep theirs. @throws Refusal `image.version_leaving` */
export const imageUseVersion = define(
  z.object({ id: idSchema, versionId: idSchema }),
  (context, { id, versionId }) => {
    const image = needOwnImage(context, id);
    const version = context.need('version', versionId);
    needReady(image);
    // Saved work of somebody's VM is no version of the image.
    if (version.imageId !== id || version.vmId !== null)
      throw new Refusal('not_found', { kind: 'version', id: versionId });
    if (version.leaving)
      throw new Refusal('image.version_leaving', { image: image.name, number: version.number });
    context.put('image', { ...image, currentVersionId: versionId });
    return { target: refTo('image', image) };
  },
);

/** Who may not change the image learns nothing of its edit. */
function needEdit(context: Context, id: string): { image: Image; edit: ImageEdit } {
  const image = context.need('image', id);
  const person = context.person();
  // The editor may have lost the image to another owner meanwhile: the work is still theirs.
  if (image.edit === null || image.edit.userId !== person?.id) needOwnImage(context, id);
  if (image.edit === null) throw new Refusal('image.not_edited', { name: image.name });
  return { image, edit: image.edit };
}

function isEditor(context: Context, edit: ImageEdit): boolean {
  return context.author.kind === 'user' && context.author.id === edit.userId;
}

function needTakeable(context: Context, image: Image, edit: ImageEdit): void {
  if (!context.isAdmin() && edit.endsAt > context.now) refuseEdited(context, image);
}
