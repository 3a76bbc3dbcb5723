/** Uploads are continued on the node on which they were begun, whichever node the next piece comes to. */
import type { Author } from '../../state/index.ts';
import { LabmeshError } from '../../state/index.ts';
import type { Accepted, ImportRequest, NodeServices, UploadStatus, Uploads } from '../interface.ts';
import { boundedJson } from './bounded.ts';
import { AcrossError } from './errors.ts';
import { acceptedSchema, MAX_SMALL_JSON, uploadSchema } from './forms.ts';
import { type BulkLink, errorFromAcross } from './link.ts';
import type { LocalParts } from './local.ts';
import { nodeName } from './place.ts';
import { splitUploadId, uploadIdAt } from './upload-id.ts';

/** A piece is at most some ten MB; a slow disk takes its time. */
const PIECE_MS = 5 * 60_000;
/** The import begins when the upload's sum is checked: a pass over the file. */
const IMPORT_MS = 110_000;

interface Place {
  readonly nodeId: string;
  readonly id: string;
}

export function uploadsAcross(local: LocalParts, link: BulkLink | null): Uploads {
  const { nodeId: here, uploads } = local;
  // The store says more of an upload than pages are told.
  const named = (nodeId: string, { id, name, sizeBytes, offset }: UploadStatus): UploadStatus => ({
    id: uploadIdAt(nodeId, id),
    name,
    sizeBytes,
    offset,
  });
  const ask = async (place: Place, query: Record<string, string>, options: Asking) => {
    const target = `/uploads/${place.id}?${new URLSearchParams(query)}`;
    return await askHolder(local, link, place.nodeId, target, options);
  };
  const status = async (response: Response, nodeId: string) =>
    named(nodeId, uploadSchema.parse(await boundedJson(response, MAX_SMALL_JSON)));
  return {
    async create(request) {
      return named(here, await uploads.create(request));
    },
    async status(uploadId, ownerId) {
      const place = placeOfUpload(uploadId, here);
      if (place.nodeId === here) return named(here, await uploads.status(place.id, ownerId));
      return await status(await ask(place, ownerOf(ownerId), {}), place.nodeId);
    },
    async append(uploadId, ownerId, offset, bytes) {
      const place = placeOfUpload(uploadId, here);
      if (place.nodeId === here) return named(here, await uploads.append(place.id, ownerId, offset, bytes));
      const query = { ...ownerOf(ownerId), offset: String(offset) };
      const response = await ask(place, query, { method: 'PUT', body: bytes, timeoutMs: PIECE_MS });
      return await status(response, place.nodeId);
    },
    async discard(uploadId, ownerId) {
      const place = placeOfUpload(uploadId, here);
      if (place.nodeId === here) return await uploads.discard(place.id, ownerId);
      const response = await ask(place, ownerOf(ownerId), { method: 'DELETE' });
      await response.body?.cancel();
    },
  };
}

/** An upload is imported where it is. */
export function importAcross(
  local: LocalParts,
  link: BulkLink | null,
  waitForApplied: NodeServices['waitForApplied'],
): NodeServices['importImage'] {
  return async (request: ImportRequest, author: Author): Promise<Accepted> => {
    const { source, ...wanted } = request;
    if (!('uploadId' in source)) return await local.importImage(request, author);
    const place = placeOfUpload(source.uploadId, local.nodeId);
    if (place.nodeId === local.nodeId)
      return await local.importImage({ ...wanted, source: { uploadId: place.id } }, author);
    const response = await askHolder(local, link, place.nodeId, `/uploads/${place.id}/import`, {
      method: 'POST',
      body: new TextEncoder().encode(JSON.stringify({ request: wanted, author })),
      timeoutMs: IMPORT_MS,
    });
    const accepted = acceptedSchema.parse(await boundedJson(response, MAX_SMALL_JSON));
    await waitForApplied(accepted.index, 10_000); // as long as `submit` waits for the log
    return accepted;
  };
}

type Asking = NonNullable<Parameters<BulkLink['request']>[2]>;

async function askHolder(
  { state }: LocalParts,
  link: BulkLink | null,
  nodeId: string,
  target: string,
  options: Asking,
): Promise<Response> {
  const silent = (cause?: unknown) =>
    new AcrossError('upload.node_silent', { node: nodeName(state, nodeId) }, { cause });
  if (link === null) throw silent();
  try {
    return await link.request(nodeId, target, options);
  } catch (error) {
    throw errorFromAcross(error, silent);
  }
}

/** Root on a PC has no account. */
const ownerOf = (ownerId: string | null): Record<string, string> =>
  ownerId === null ? {} : { owner: ownerId };

function placeOfUpload(uploadId: string, here: string): Place {
  const place = splitUploadId(uploadId, here);
  if (place === null) throw new LabmeshError('not_found', { kind: 'upload', id: uploadId.slice(0, 80) });
  return place;
}
