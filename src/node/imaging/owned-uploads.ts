/** Uploads as their owner sees them: another's upload is as unknown as none. */
import { type ImageStore, ImagesError, type UploadStatus } from '../../images/index.ts';
import type { Uploads } from '../interface.ts';

export function ownedUploads(store: ImageStore): Uploads {
  const owned = async (id: string, ownerId: string | null): Promise<UploadStatus> => {
    const status = await store.uploads.status(id);
    if (ownerId !== null && status.owner !== ownerId)
      throw new ImagesError('images.upload_unknown', { uploadId: id });
    return status;
  };
  return {
    create: ({ ownerId, ...request }) => store.uploads.create({ ...request, owner: ownerId }),
    status: owned,
    async append(id, ownerId, offset, bytes) {
      await owned(id, ownerId);
      return await store.uploads.append(id, offset, bytes);
    },
    async discard(id, ownerId) {
      await owned(id, ownerId);
      await store.uploads.discard(id);
    },
  };
}
