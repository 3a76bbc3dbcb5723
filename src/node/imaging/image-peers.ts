/** Images over the bulk door: `GET /images/<versionId>/manifest`, `GET …/order` for what guests read first, and `POST …/take` for some of the chunks that are wanted. */
import * as z from 'zod';
import type { BulkHandler } from '../../gossip/index.ts';
import {
  type ChunkSource,
  decodeFirstReads,
  type ImageStore,
  ImagesError,
  MAX_ANSWER_CHUNKS,
  MAX_FIRST_READS_BYTES,
  type TakeRequest,
} from '../../images/index.ts';
import { LabmeshError } from '../../state/index.ts';
import type { BulkLink } from '../across/index.ts';

/** Under this name `imageHandler` is to be served. */
export const IMAGES_PATH = 'images';

/** Advice that does not come soon comes too late. */
const ORDER_MS = 3000;
/** 2 Mi chunks in bits, in base64, and the ids of a large cloud. */
const MAX_QUESTION_BYTES = 512 * 1024;

const questionSchema = z.object({
  want: z.base64().max(MAX_QUESTION_BYTES),
  max: z.int().min(1).max(MAX_ANSWER_CHUNKS),
  waitMs: z.number().min(0).max(60_000).default(0),
  insist: z.boolean(),
  reach: z.array(z.string().max(64)).max(1024),
});

/** Serves every member: who may use an image is decided where VMs are made, and a copy of it is on any PC that may run them. */
export function imageHandler(
  store: Pick<ImageStore, 'encodedManifest' | 'firstReads' | 'take'>,
): BulkHandler {
  return async (request, { from }) => {
    const [, , versionId = '', what = '', ...more] = new URL(request.url).pathname.split('/');
    if (more.length > 0) return new Response(null, { status: 404 });
    if (what === 'manifest' && request.method === 'GET')
      return new Response(new Uint8Array(await store.encodedManifest(versionId)));
    if (what === 'order' && request.method === 'GET') return Response.json(await store.firstReads(versionId));
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
      const asked = { method: 'POST', body, signal, reuse: true } as const;
      try {
        return bodyOf(await link.request(nodeId, `${path(versionId)}/take`, asked));
      } catch (error) {
        throw namedRefusal(error, versionId);
      }
    },
  };
}

/** A node that has nothing of the version, or not yet, is none that fails. */
function namedRefusal(error: unknown, versionId: string): unknown {
  const isUnknown = error instanceof LabmeshError && error.data.code === 'images.version_unknown';
  return isUnknown ? new ImagesError('images.version_unknown', { versionId }, { cause: error }) : error;
}

/** What another node knows of the order in which guests read the version first; empty when it knows nothing, or does not say it soon. */
export async function orderFrom(
  link: Pick<BulkLink, 'request'>,
  nodeId: string,
  versionId: string,
): Promise<readonly number[]> {
  const signal = AbortSignal.timeout(ORDER_MS);
  try {
    const { body } = await link.request(nodeId, `/${IMAGES_PATH}/${versionId}/order`, { signal });
    return body === null ? [] : decodeFirstReads(await boundedText(body, MAX_FIRST_READS_BYTES));
  } catch {
    return [];
  }
}

async function boundedText(body: ReadableStream<Uint8Array>, limit: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > limit) return '';
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
