/** Images: import, change, removal. The bytes are the image store's; the log says what they mean. */
import * as z from 'zod';
import { mayManageImage } from '../access.ts';
import { type Context, needFreeName, refTo } from '../context.ts';
import { failImport, forgetVersion } from '../copies.ts';
import { define } from '../definition.ts';
import { type Image, type ImageVersion, newImage, newVersion } from '../entities/index.ts';
import { nameField, osField, problemField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { needNodeInUse } from '../nodes.ts';
import { beginOperation, endOperation, runningOn } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { retireOldWork } from '../work.ts';

/** A day: the largest disk over the slowest link that anybody would wait for. */
const IMPORT_LIMIT_MS = 24 * 3_600_000;
/** Deleting is unlinking files; a node that is down does it when it returns. */
const REMOVE_LIMIT_MS = 10 * 60_000;

/** Announces an import that a node is about to do: takes the name, shows the work. */
export const imageBeginImport = define(
  z.object({ id: idSchema, name: nameField, os: osField, shared: z.boolean(), nodeId: idSchema }),
  (context, { id, name, os, shared, nodeId }) => {
    context.needTeacher();
    needFreeName(context, 'image', name);
    const target = refTo('image', { id, name });
    context.put('image', {
      ...newImage,
      id,
      name,
      os,
      ownerId: context.ownerId(),
      shared,
      state: 'importing',
      currentVersionId: null,
      importNodeId: nodeId,
      createdAt: context.now,
    });
    return { target, operationId: beginOperation(context, 'image.import', target, IMPORT_LIMIT_MS) };
  },
);

/** The importing node has every byte, verified and durable. */
export const imageFinishImport = define(
  z.object({
    id: idSchema,
    versionId: idSchema,
    manifestHash: z.string().regex(/^[0-9a-f]{64}$/),
    kind: z.enum(['disk', 'iso']),
    virtualBytes: z.int().positive(),
    storedBytes: z.int().min(0),
    chunks: z.int().min(0),
  }),
  (context, { id, versionId, ...facts }) => {
    const image = needImporting(context, id);
    context.put('version', {
      ...newVersion,
      ...facts,
      id: versionId,
      imageId: id,
      newBytes: facts.storedBytes,
      number: 1,
      authorId: image.ownerId,
      nodeIds: [context.needNode()],
      createdAt: context.now,
    });
    context.put('image', { ...image, state: 'ready', currentVersionId: versionId, importNodeId: null });
    for (const operation of runningOn(context, id)) endOperation(context, operation, 'done', null);
    context.notify(image.ownerId, 'image.imported', { image: image.name });
    return { target: refTo('image', image) };
  },
);

/** The importing node gave up; the name is free again. */
export const imageFailImport = define(
  z.object({ id: idSchema, cause: problemField }),
  (context, { id, cause }) => {
    const image = needImporting(context, id);
    failImport(context, image, cause);
    return { target: refTo('image', image) };
  },
);

/** The person changed their mind: the node cleans up when it sees the image gone. */
export const imageCancelImport = define(z.object({ id: idSchema }), (context, { id }) => {
  const image = needOwnImage(context, id);
  if (image.state !== 'importing') throw new Refusal('image.not_importing', { name: image.name });
  for (const operation of runningOn(context, id)) endOperation(context, operation, 'cancelled', null);
  context.remove('image', id);
  // It was to come of a VM's disk, which is free again.
  for (const vm of context.state.tables.vm.all())
    if (vm.publishing?.imageId === id) context.put('vm', { ...vm, publishing: null });
  return { target: refTo('image', image) };
});

export const imageUpdate = define(
  z.object({
    id: idSchema,
    name: nameField.optional(),
    os: osField.optional(),
    shared: z.boolean().optional(),
  }),
  (context, { id, name, os, shared }) => {
    const image = needOwnImage(context, id);
    if (name !== undefined) needFreeName(context, 'image', name, id);
    context.put('image', {
      ...image,
      name: name ?? image.name,
      os: os ?? image.os,
      shared: shared ?? image.shared,
    });
    return { target: refTo('image', image) };
  },
);

/** Deletes an image that nobody edits and no VM, course or reservation uses, on every PC: those that are off do it when they return. */
export const imageRemove = define(z.object({ id: idSchema }), (context, { id }) => {
  const image = needOwnImage(context, id);
  needReady(image);
  if (image.edit) {
    const { userId, endsAt: until } = image.edit;
    const user = context.state.tables.user.get(userId)?.name ?? userId;
    throw new Refusal('image.delete_edited', { name: image.name, user, until });
  }
  const vms = context.state.tables.vm.countBy('image', id);
  if (vms > 0) throw new Refusal('image.in_use', { name: image.name, vms });
  const courses = context.state.tables.course.by('image', id).map((course) => course.name);
  if (courses.length > 0) throw new Refusal('image.linked', { name: image.name, courses });
  const { reservation } = context.state.tables;
  const count = reservation.by('image', id).filter((one) => one.state === 'active').length;
  if (count > 0) throw new Refusal('image.reserved', { name: image.name, count });
  const target = refTo('image', image);
  context.put('image', { ...image, state: 'deleting' });
  const operationId = beginOperation(context, 'image.remove', target, REMOVE_LIMIT_MS);
  for (const version of context.state.tables.version.by('image', id)) {
    // Whose holders were all retired: nobody is there to delete it.
    if (version.nodeIds.length === 0) forgetVersion(context, version);
    else context.put('version', { ...version, wantedOn: [], failures: [] });
  }
  return { target, operationId };
});

/** A node has no byte of the version any more; with the last one of what leaves, it is gone. */
export const imageDropped = define(
  z.object({ id: idSchema, versionId: idSchema }),
  (context, { id, versionId }) => {
    const nodeId = context.needNode();
    const image = context.need('image', id);
    const version = context.need('version', versionId);
    const nodeIds = version.nodeIds.filter((one) => one !== nodeId);
    const leavingOn = version.leavingOn.filter((one) => one !== nodeId);
    const isLeaving = version.leaving || image.state === 'deleting';
    if (isLeaving && nodeIds.length === 0) forgetVersion(context, version);
    else context.put('version', { ...version, nodeIds, leavingOn });
    return { target: refTo('image', image) };
  },
);

/**
 * A node holds every byte of the version now, or found that it does not. The last holder stays named: somebody has to answer
 * for the image's deletion.
 */
export const imageVersionHeld = define(
  z.object({ versionId: idSchema, held: z.boolean() }),
  (context, { versionId, held }) => {
    const nodeId = context.needNode();
    const version = context.need('version', versionId);
    const image = context.need('image', version.imageId);
    const target = refTo('image', image);
    if (held && (image.state === 'deleting' || version.leaving))
      throw new Refusal('image.not_ready', { name: image.name, state: 'deleting' });
    if (version.nodeIds.includes(nodeId) === held) return { target };
    const nodeIds = held ? [...version.nodeIds, nodeId] : version.nodeIds.filter((one) => one !== nodeId);
    const failures = version.failures.filter((one) => one.nodeId !== nodeId);
    if (nodeIds.length > 0) context.put('version', { ...version, nodeIds, failures });
    const vm = context.state.tables.vm.get(version.vmId ?? '');
    if (vm) retireOldWork(context, vm);
    return { target };
  },
);

/** The nodes that are to have a version: what the scheduler makes of all wishes, replacing what it said before. */
export const imageWant = define(
  z.object({ versionId: idSchema, nodeIds: z.array(idSchema).max(1000) }),
  (context, { versionId, nodeIds }) => {
    context.needScheduler();
    const version = context.need('version', versionId);
    const image = context.need('image', version.imageId);
    if (image.state !== 'ready' || version.leaving)
      throw new Refusal('image.not_ready', { name: image.name, state: 'deleting' });
    const wantedOn = [...new Set(nodeIds)].sort();
    for (const id of wantedOn) needNodeInUse(context, id);
    context.put('version', { ...version, wantedOn });
    return { target: refTo('image', image) };
  },
);

function needImporting(context: Context, id: string): Image {
  const nodeId = context.needNode();
  const image = context.need('image', id);
  if (image.state !== 'importing' || image.importNodeId !== nodeId) {
    throw new Refusal('image.not_importing', { name: image.name });
  }
  return image;
}

/** @throws Refusal `image.not_ready` for one that is still brought in, or is being deleted */
export function needReady({ name, state }: Image): void {
  if (state !== 'ready') throw new Refusal('image.not_ready', { name, state });
}

/** The version that is used of an image. @throws Refusal `image.not_ready` */
export function needCurrentVersion(context: Context, image: Image): ImageVersion {
  const { name, state, currentVersionId } = image;
  if (state !== 'ready' || currentVersionId === null) throw new Refusal('image.not_ready', { name, state });
  return context.need('version', currentVersionId);
}

export function needOwnImage(context: Context, id: string): Image {
  context.needTeacher();
  const image = context.need('image', id);
  if (!mayManageImage(context.person(), image)) throw new Refusal('image.forbidden', { name: image.name });
  return image;
}
