/** Images over the bulk door: `/images/<versionId>/manifest`, and `/images/<versionId>/data?from=&count=` for ranges of chunks. */
import * as z from 'zod';
import type { BulkHandler } from '../../gossip/index.ts';
import { type ChunkSource, type ImageStore, ImagesError } from '../../images/index.ts';
import type { BulkLink } from '../across/index.ts';

/** Under this name `imageHandler` is to be served. */
export const IMAGES_PATH = 'images';

const rangeSchema = z.object({ from: z.coerce.number().int(), count: z.coerce.number().int() });

/** Serves every member: who may use an image is decided where VMs are made, and a copy of it is on any PC that may run them. */
export function imageHandler(store: Pick<ImageStore, 'encodedManifest' | 'chunks'>): BulkHandler {
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const [, , versionId = '', what = '', ...more] = pathname.split('/');
    if (more.length > 0 || request.method !== 'GET') return new Response(null, { status: 404 });
    if (what === 'manifest') return new Response(new Uint8Array(await store.encodedManifest(versionId)));
    if (what !== 'data') return new Response(null, { status: 404 });
    const range = rangeSchema.safeParse(Object.fromEntries(searchParams)).data;
    if (range === undefined) throw new ImagesError('images.bad_request', { field: 'from' });
    return new Response(await store.chunks(versionId, range.from, range.count));
  };
}

/** Another node as a source of chunks. */
export function peerSource(link: Pick<BulkLink, 'request'>, nodeId: string): ChunkSource {
  const get = async (target: string, signal: AbortSignal) => {
    const { body } = await link.request(nodeId, `/${IMAGES_PATH}/${target}`, { signal });
    return body ?? new Blob([]).stream();
  };
  return {
    id: nodeId,
    manifest: (versionId, signal) => get(`${versionId}/manifest`, signal),
    data: (versionId, from, count, signal) => get(`${versionId}/data?from=${from}&count=${count}`, signal),
  };
}
