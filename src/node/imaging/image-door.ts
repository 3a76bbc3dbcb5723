/** What people ask of images on this PC: bring in, check, take out. */
import { checkedUrl, type ImageStore } from '../../images/index.ts';
import { type Author, type CloudState, currentVersion, LabmeshError } from '../../state/index.ts';
import type { Submit } from '../door.ts';
import { NodeError } from '../errors.ts';
import type { Accepted, ImportRequest, NodeServices, Uploads } from '../interface.ts';
import type { ImageAgent } from './image-agent.ts';

export interface ImageDoorParts {
  readonly nodeId: string;
  readonly state: CloudState;
  readonly store: ImageStore;
  readonly uploads: Uploads;
  readonly agent: ImageAgent;
  readonly submit: Submit;
  /** Brings damaged chunks from other PCs, if any has them. */
  readonly mend: (versionId: string) => Promise<void>;
  readonly newId: () => string;
}

type ImageDoor = Pick<NodeServices, 'importImage' | 'verifyImage' | 'exportImage'>;

export function openImageDoor(parts: ImageDoorParts): ImageDoor {
  return {
    importImage: (request, author) => importImage(parts, request, author),
    async verifyImage(imageId) {
      const versionId = versionHere(parts, imageId);
      const { checked, damaged } = await parts.store.verify(versionId);
      if (damaged.length > 0) await parts.mend(versionId);
      return { checked, damaged, repaired: parts.store.isWhole(versionId) ? damaged : [] };
    },
    async exportImage(imageId, path) {
      await parts.store.export(versionHere(parts, imageId), path, { format: 'qcow2' });
    },
  };
}

async function importImage(parts: ImageDoorParts, request: ImportRequest, author: Author): Promise<Accepted> {
  const { state, store, uploads, agent, submit, newId, nodeId } = parts;
  const { name, os, shared, source } = request;
  if ('path' in source && author.kind !== 'local') throw new NodeError('import.not_local', {});
  const uploadId = 'uploadId' in source ? source.uploadId : null;
  // Another's upload is as unknown as none. Root on this PC has no account, and its uploads no owner to compare.
  const sent =
    uploadId === null ? null : await uploads.status(uploadId, author.kind === 'user' ? author.id : null);
  // Checked before the name is taken, so that an unfinished upload or a mistyped address leaves nothing in the log.
  if ('url' in source) checkedUrl(source.url);
  const from =
    'uploadId' in source
      ? { path: (await store.uploads.finish(source.uploadId)).path, name: sent?.name ?? name }
      : source;
  const id = newId();
  const accepted = await submit('image.begin_import', { id, name, os, shared, nodeId }, author);
  const image = state.tables.image.get(id);
  if (!image || accepted.operationId === null) throw new LabmeshError('not_found', { kind: 'image', id });
  agent.begin(image, accepted.operationId, { ...from, asRaw: request.asRaw ?? false }, async (failure) => {
    // What looks like no disk may still be one: whoever sent it can take it as raw without sending it again.
    if (uploadId !== null && failure?.code !== 'images.not_an_image') await store.uploads.discard(uploadId);
  });
  return accepted;
}

/** The current version of an image, which must be on this PC. */
function versionHere({ state, store }: ImageDoorParts, imageId: string): string {
  const image = state.tables.image.get(imageId);
  if (!image) throw new LabmeshError('not_found', { kind: 'image', id: imageId });
  const version = currentVersion(state, image);
  if (!version || !store.isWhole(version.id)) throw new NodeError('vm.image_not_here', { image: image.name });
  return version.id;
}
