/** Images over the bulk door: `GET /images/<versionId>/manifest`, and `POST /images/<versionId>/take` for some of the chunks that are wanted. */
import * as z from 'zod';
import type { BulkHandler } from '../../gossip/index.ts';
import {
  type ChunkSource,
  type ImageStore,
  ImagesError,
  MAX_ANSWER_CHUNKS,
  type TakeRequest,
} from '../../images/index.ts';
import type { BulkLink } from '../across/index.ts';

/** Under this name `imageHandler` is to be served. */
export const IMAGES_PATH = 'images';

/** 2 Mi chunks in bits, in base64, and the ids of a large cloud. */
const MAX_QUESTION_BYTES = 512 * 1024;

const questionSchema = z.object({
  want: z.base64().max(MAX_QUESTION_BYTES),
  max: z.int().min(1).max(MAX_ANSWER_CHUNKS),
  insist: z.boolean(),
  reach: z.array(z.string().max(64)).max(1024),
});

/** Serves every member: who may use an image is decided where VMs are made, and a copy of it is on any PC that may run them. */
export function imageHandler(store: Pick<ImageStore, 'encodedManifest' | 'take'>): BulkHandler {
  return async (request, { from }) => {
    const [, , versionId = '', what = '', ...more] = new URL(request.url).pathname.split('/');
    if (more.length > 0) return new Response(null, { status: 404 });
    if (what === 'manifest' && request.method === 'GET')
      return new Response(new Uint8Array(await store.encodedManifest(versionId)));
    if (what !== 'take' || request.method !== 'POST') return new Response(null, { status: 404 });
    return new Response(await store.take(versionId, from, await questionOf(request)));
  };
}

/** @throws ImagesError `images.bad_request` */
async function questionOf(request: Request): Promise<TakeRequest> {
  const told = Number(request.headers.get('content-length') ?? Number.NaN);
  const body = told <= MAX_QUESTION_BYTES ? await request.json().catch(() => null) : null;
  const question = questionSchema.safeParse(body).data;
  if (question) return { ...question, want: Buffer.from(question.want, 'base64') };
  throw new ImagesError('images.bad_request', { field: 'want' });
}

/** Another node as a source of chunks. */
export function peerSource(link: Pick<BulkLink, 'request'>, nodeId: string): ChunkSource {
  const path = (versionId: string) => `/${IMAGES_PATH}/${versionId}`;
  const bodyOf = ({ body }: Response) => body ?? new Blob([]).stream();
  return {
    id: nodeId,
    manifest: async (versionId, signal) =>
      bodyOf(await link.request(nodeId, `${path(versionId)}/manifest`, { signal })),
    take: async (versionId, { want, ...question }, signal) => {
      const text = JSON.stringify({ ...question, want: Buffer.from(want).toString('base64') });
      const body = new TextEncoder().encode(text);
      return bodyOf(
        await link.request(nodeId, `${path(versionId)}/take`, { method: 'POST', body, signal, reuse: true }),
      );
    },
  };
}
