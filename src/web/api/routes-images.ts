/** Images and the files that become them. */
import * as z from 'zod';
import type { Accepted } from '../../node/interface.ts';
import {
  type CommandType,
  type Image,
  isUlid,
  mayManageImage,
  type Payload,
  Refusal,
  usableImages,
  versionsOf,
} from '../../state/index.ts';
import { WebError } from '../errors.ts';
import { resolveImage, resolveNode } from '../resolve.ts';
import { type Call, route } from './route.ts';
import { fileField } from './routes-nodes.ts';
import { imageChangeSchema, imageSchema, uploadSchema } from './schemas-images.ts';
import { imageView, operationView, readerOf } from './views.ts';

const osField = z.enum(['linux', 'windows', 'other']);
/** PCs by name, id or beginning of an id. */
const nodesField = z.array(z.string().min(1).max(80)).max(1000).default([]);
/** 64 MiB a piece: a break costs little, and the number of requests stays small. */
const MAX_PIECE = 64 * 1024 * 1024;
/** 64 TiB, the largest disk that the settings allow; the settings' own bound comes with the import. */
const MAX_UPLOAD = 2 ** 46;
/** Reading every chunk of a large image again from a slow disk. */
const VERIFY_SECONDS = 3600;

function imageOf({ state, actor, param }: Call): Image {
  return resolveImage(state, actor, param('id'));
}

/** An image to manage: one that may only be used is refused by the reducers with a reason, here as well. */
function ownImageOf(call: Call): Image {
  const image = imageOf(call);
  if (!mayManageImage(call.actor, image)) throw new Refusal('image.forbidden', { name: image.name });
  return image;
}

async function change<T extends CommandType>(call: Call, type: T, payload: Payload<T>) {
  return changed(call, await call.node.submit(type, payload, call.author, call.once(type)));
}

function changed({ c, state, actor }: Call, { targetId, operationId }: Accepted) {
  const reader = readerOf(c, actor);
  const image = targetId === null ? undefined : state.tables.image.get(targetId);
  const operation = operationId === null ? undefined : state.tables.operation.get(operationId);
  return {
    image: image ? imageView(reader, image) : null,
    operation: operation ? operationView(reader, operation) : null,
  };
}

/** In whose name an upload is kept. */
function ownerOf({ actor, node }: Call): string {
  return actor?.id ?? node.me.nodeId;
}

/** Ids reach file names: anything but ULIDs (of its node and its own) is no upload. */
function uploadIdFrom(given: string): string {
  const id = given.toUpperCase();
  const parts = id.split('.', 3);
  if (parts.length > 2 || !parts.every(isUlid))
    throw new Refusal('not_found', { kind: 'upload', id: id.slice(0, 80) });
  return id;
}

export const imageRoutes = [
  route({
    method: 'GET',
    path: '/images',
    summary: 'Images that one may use',
    who: 'person',
    answer: z.array(imageSchema),
    run: ({ c, state, actor }) => {
      const reader = readerOf(c, actor);
      return usableImages(state, actor).map((image) => imageView(reader, image));
    },
  }),
  route({
    method: 'POST',
    path: '/images',
    summary: 'Import an image from a finished upload, an address on the web, or (root on this PC) a file',
    who: 'teacher',
    body: z.strictObject({
      name: z.string().max(64),
      os: osField.default('other'),
      shared: z.boolean().default(false).describe('every teacher may use it'),
      asRaw: z
        .boolean()
        .default(false)
        .describe('take the bytes as those of a disk, whatever they look like'),
      uploadId: z.string().max(53).optional(),
      url: z.string().min(1).max(2048).optional().describe('https or http; fetched by the PC that is asked'),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional()
        .describe('of the file behind `url`, where it is known'),
      path: fileField.optional(),
    }),
    answer: imageChangeSchema,
    status: 202,
    maxSeconds: 120,
    run: async (call) => {
      const { node, author, actor, body } = call;
      const { name, os, shared, asRaw, uploadId, url, sha256, path } = body;
      const wanted = { name, os, shared, asRaw };
      if ([uploadId, url, path].filter((one) => one !== undefined).length !== 1) {
        throw new Refusal('payload.invalid', {
          field: 'uploadId',
          problem: 'Invalid input: expected string, received undefined',
        });
      }
      if (path !== undefined) {
        if (actor !== null) throw new WebError('web.control_only', {});
        return changed(call, await node.importImage({ ...wanted, source: { path } }, author));
      }
      if (url !== undefined) {
        const source = sha256 === undefined ? { url } : { url, sha256 };
        return changed(call, await node.importImage({ ...wanted, source }, author));
      }
      const id = uploadIdFrom(uploadId ?? '');
      await node.uploads.status(id, ownerOf(call)); // another's is as unknown as none
      return changed(call, await node.importImage({ ...wanted, source: { uploadId: id } }, author));
    },
  }),
  route({
    method: 'GET',
    path: '/images/{id}',
    summary: 'One image',
    who: 'person',
    answer: imageSchema,
    run: (call) => imageView(readerOf(call.c, call.actor), imageOf(call)),
  }),
  route({
    method: 'PATCH',
    path: '/images/{id}',
    summary: 'Change the name of an image, its family, or whether teachers share it',
    who: 'teacher',
    body: z.strictObject({
      name: z.string().max(64).optional(),
      os: osField.optional(),
      shared: z.boolean().optional(),
    }),
    answer: imageChangeSchema,
    run: (call) => change(call, 'image.update', { id: ownImageOf(call).id, ...call.body }),
  }),
  route({
    method: 'DELETE',
    path: '/images/{id}',
    summary: 'Delete an image that no VM and no course uses',
    who: 'teacher',
    answer: imageChangeSchema,
    status: 202,
    run: (call) => change(call, 'image.remove', { id: ownImageOf(call).id }),
  }),
  route({
    method: 'POST',
    path: '/images/{id}/cancel',
    summary: 'Give up an import or a deployment that runs',
    who: 'teacher',
    answer: imageChangeSchema,
    run: (call) => {
      const { id, state } = ownImageOf(call);
      return change(call, state === 'importing' ? 'image.cancel_import' : 'image.cancel_deploy', { id });
    },
  }),
  route({
    method: 'POST',
    path: '/images/{id}/deploy',
    summary: 'Put an image on PCs, or take it off some; what is left out stays as it is',
    who: 'teacher',
    body: z.strictObject({
      copies: z
        .union([z.number().int().min(1).max(1000), z.literal('all'), z.null()])
        .optional()
        .describe('on so many PCs, on all that run VMs, or on as many as keep it safe'),
      on: nodesField.describe('PCs that are to have it in any case'),
      off: nodesField.describe('PCs that are to delete it'),
    }),
    answer: imageChangeSchema,
    status: 202,
    run: (call) => {
      const { copies, on, off } = call.body;
      const idsOf = (names: readonly string[]) => names.map((name) => resolveNode(call.state, name).id);
      const wish = { id: ownImageOf(call).id, add: idsOf(on), drop: idsOf(off) };
      return change(call, 'image.deploy', copies === undefined ? wish : { ...wish, copies });
    },
  }),
  route({
    method: 'DELETE',
    path: '/images/{id}/versions/{number}',
    summary: 'Delete a version that no VM uses and that is not the current one',
    who: 'teacher',
    answer: imageChangeSchema,
    run: (call) => {
      const image = ownImageOf(call);
      const number = call.param('number');
      const version = versionsOf(call.state, image.id).find((one) => String(one.number) === number);
      if (!version) throw new Refusal('not_found', { kind: 'version', id: number.slice(0, 80) });
      return change(call, 'image.remove_version', { id: image.id, versionId: version.id });
    },
  }),
  route({
    method: 'POST',
    path: '/images/{id}/verify',
    summary: 'Read every chunk on this PC again, name the damaged ones, and bring them anew from other PCs',
    who: 'teacher',
    answer: z.object({
      checked: z.number(),
      damaged: z.array(z.number()),
      repaired: z.array(z.number()).describe('those that came anew from other PCs'),
    }),
    maxSeconds: VERIFY_SECONDS,
    run: async (call) => {
      const { checked, damaged, repaired } = await call.node.verifyImage(ownImageOf(call).id);
      return { checked, damaged: [...damaged], repaired: [...repaired] };
    },
  }),
  route({
    method: 'POST',
    path: '/images/{id}/export',
    summary: 'Write an image into a file of this PC',
    who: 'local',
    body: z.strictObject({ path: fileField }),
    maxSeconds: VERIFY_SECONDS,
    run: async (call) => {
      await call.node.exportImage(imageOf(call).id, call.body.path);
      return call.c.body(null, 204);
    },
  }),
  route({
    method: 'POST',
    path: '/uploads',
    summary: 'Begin to send a file',
    who: 'teacher',
    body: z.strictObject({
      name: z.string().trim().min(1).max(255),
      sizeBytes: z.number().int().min(1).max(MAX_UPLOAD),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
    }),
    answer: uploadSchema,
    status: 201,
    run: (call) => {
      const { name, sizeBytes, sha256 } = call.body;
      const sum = sha256 === undefined ? {} : { sha256 };
      return call.node.uploads.create({ name, sizeBytes, ...sum, ownerId: ownerOf(call) });
    },
  }),
  route({
    method: 'GET',
    path: '/uploads/{id}',
    summary: 'How much of a file has arrived',
    who: 'teacher',
    answer: uploadSchema,
    run: (call) => call.node.uploads.status(uploadIdFrom(call.param('id')), ownerOf(call)),
  }),
  route({
    method: 'PATCH',
    path: '/uploads/{id}',
    summary: 'Send the piece that begins at `offset`, at most 64 MiB',
    who: 'teacher',
    query: z.strictObject({ offset: z.coerce.number().int().min(0).max(MAX_UPLOAD) }),
    takes: 'application/octet-stream',
    maxBytes: MAX_PIECE,
    maxSeconds: 900,
    answer: uploadSchema,
    run: (call) => {
      const bytes = call.c.req.raw.body ?? new Blob([]).stream();
      return call.node.uploads.append(
        uploadIdFrom(call.param('id')),
        ownerOf(call),
        call.query.offset,
        bytes,
      );
    },
  }),
  route({
    method: 'DELETE',
    path: '/uploads/{id}',
    summary: 'Give up sending a file',
    who: 'teacher',
    run: async (call) => {
      await call.node.uploads.discard(uploadIdFrom(call.param('id')), ownerOf(call));
      return call.c.body(null, 204);
    },
  }),
];
