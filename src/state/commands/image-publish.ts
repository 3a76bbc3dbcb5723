/** A VM's disk becomes a version (I8): of the image that is changed in it, or the first one of a new image. */
import * as z from 'zod';
import { type Context, needFreeName, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { editedIn, endPublishing, needNotPublishing, refuseEdited } from '../edits.ts';
import { type Image, newImage, newVersion, type Vm } from '../entities/index.ts';
import { nameField, osField, problemField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { beginOperation, endOperation } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { vmState } from '../vm-state.ts';
import { needOwnVm, putVm, refuseState } from '../vms.ts';
import { removeWithDisks } from './vm-control.ts';

/** A day: the largest disk read and written on the slowest PC. */
const PUBLISH_LIMIT_MS = 24 * 3_600_000;

/**
 * Begins to make a version of a VM's disk. A VM that runs is asked to shut down first (`force`: its plug is pulled); then its PC does the
 * work and says how it ended.
 * @throws Refusal `vm.not_persistent`, `vm.no_disk`, `vm.publishing`, `vm.wrong_state`, `image.not_edited`, `image.edited`, `name.taken`
 */
export const imageBeginPublish = define(
  z.object({
    vmId: idSchema,
    versionId: idSchema,
    force: z.boolean(),
    as: z.union([
      /** The next version of the image that is changed in this VM. */
      z.object({ id: idSchema }),
      /** The first version of a new image. Left out: its system is that of the VM's image, and it is not shared. */
      z.object({ newId: idSchema, name: nameField, os: osField.optional(), shared: z.boolean().optional() }),
    ]),
  }),
  (context, { vmId, versionId, force, as }) => {
    context.needTeacher();
    const vm = needOwnVm(context, vmId);
    needNotPublishing(context, vm);
    if (!vm.persistent) throw new Refusal('image.clean_lab', { name: vm.name });
    if (vm.homeNodeId === null) throw new Refusal('vm.no_disk', { name: vm.name });
    if (!['running', 'stopping', 'stopped', 'failed'].includes(vmState(vm))) refuseState(vm, 'publish');
    needHomeUp(context, vm);
    const image = 'id' in as ? needEditedHere(context, vm, as.id) : beginImage(context, vm, as);
    const target = refTo('image', image);
    const operationId = beginOperation(context, 'image.publish', target, PUBLISH_LIMIT_MS);
    const publishing = { operationId, imageId: image.id, versionId };
    const stopping: Partial<Vm> =
      vm.desired === 'running' ? { desired: 'stopped', held: null, leaseEndsAt: null, preemptAt: null } : {};
    putVm(context, { ...vm, ...stopping, force: vm.force || force, publishing });
    return { target, operationId };
  },
);

/** Its PC does the work. One whose work is saved elsewhere is started there first. */
function needHomeUp(context: Context, vm: Vm): void {
  if (context.state.tables.node.get(vm.homeNodeId ?? '')?.reach.state === 'up') return;
  throw new Refusal('vm.wrong_state', { name: vm.name, state: 'unreachable', action: 'publish' });
}

/** GF4, GF40: only what was opened for change is changed. */
function needEditedHere(context: Context, vm: Vm, id: string): Image {
  const image = context.need('image', id);
  if (editedIn(context, vm)?.id === id) return image;
  return refuseEdited(context, image);
}

function beginImage(
  context: Context,
  vm: Vm,
  as: { newId: string; name: string; os?: Image['os'] | undefined; shared?: boolean | undefined },
): Image {
  needFreeName(context, 'image', as.name);
  const image: Image = {
    ...newImage,
    id: as.newId,
    name: as.name,
    os: as.os ?? context.need('image', vm.imageId).os,
    ownerId: context.ownerId(),
    shared: as.shared ?? false,
    state: 'importing',
    currentVersionId: null,
    importNodeId: null, // what a node imports it also concludes; this one ends with the VM's publication
    createdAt: context.now,
  };
  context.put('image', image);
  return image;
}

/**
 * The VM's PC has every byte of the version, verified and durable. In one step the version is there, new VMs take it, the edit is over and its
 * VM goes.
 */
export const imageFinishPublish = define(
  z.object({
    vmId: idSchema,
    versionId: idSchema,
    manifestHash: z.string().regex(/^[0-9a-f]{64}$/),
    virtualBytes: z.int().positive(),
    storedBytes: z.int().min(0),
    newBytes: z.int().min(0),
    chunks: z.int().min(0),
  }),
  (context, { vmId, versionId, ...facts }) => {
    const { nodeId, vm, image, operationId } = needPublishing(context, vmId, versionId);
    const { version, operation } = context.state.tables;
    const base = version.get(vm.versionId);
    const others = version.by('image', image.id).filter((one) => one.vmId === null);
    const edited = editedIn(context, vm)?.id === image.id;
    const authorId = image.edit?.userId ?? image.ownerId;
    const number = Math.max(0, ...others.map((one) => one.number)) + 1;
    context.put('version', {
      ...newVersion,
      ...facts,
      id: versionId,
      imageId: image.id,
      number,
      kind: 'disk',
      parentId: base?.kind === 'disk' ? base.id : null,
      authorId,
      nodeIds: [nodeId],
      createdAt: context.now,
    });
    context.put('image', { ...image, state: 'ready', currentVersionId: versionId, edit: null });
    const done = operation.get(operationId);
    if (done?.state === 'running') endOperation(context, done, 'done', null);
    context.notify(authorId, 'image.published', { image: image.name, number });
    const free: Vm = { ...vm, publishing: null };
    putVm(context, free);
    if (edited) removeWithDisks(context, free);
    return { target: refTo('image', image) };
  },
);

/** The VM's PC gave up, and says why: disk and edit are still there. */
export const imageFailPublish = define(
  z.object({ vmId: idSchema, versionId: idSchema, cause: problemField }),
  (context, { vmId, versionId, cause }) => {
    const { vm, image } = needPublishing(context, vmId, versionId);
    endPublishing(context, vm, 'failed', cause);
    putVm(context, { ...vm, publishing: null });
    context.notify(vm.ownerId, 'image.publish_failed', { image: image.name, vm: vm.name, vmId, cause });
    return { target: refTo('image', image) };
  },
);

/** The person changed their mind: the VM's PC stops when it sees this, and the disk is as it was. @throws Refusal `image.not_publishing` */
export const imageCancelPublish = define(z.object({ vmId: idSchema }), (context, { vmId }) => {
  const vm = needOwnVm(context, vmId);
  if (vm.publishing === null) throw new Refusal('image.not_publishing', { vm: vm.name });
  endPublishing(context, vm, 'cancelled', null);
  putVm(context, { ...vm, publishing: null });
  return { target: refTo('vm', vm) };
});

/** Only the PC that has the VM's disk is believed, and only about what was asked last. */
function needPublishing(context: Context, vmId: string, versionId: string) {
  const nodeId = context.needNode();
  const vm = context.need('vm', vmId);
  if (vm.publishing?.versionId !== versionId || vm.homeNodeId !== nodeId)
    throw new Refusal('image.not_publishing', { vm: vm.name });
  const image = context.need('image', vm.publishing.imageId);
  return { nodeId, vm, image, operationId: vm.publishing.operationId };
}
