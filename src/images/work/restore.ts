/** Restore: a version of kind `work` becomes a VM's disk again, over the version that the VM was made of. */
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readFully } from '../capture/base.ts';
import { syncFolder, withFile } from '../durable.ts';
import { ImagesError, namedWriteError } from '../errors.ts';
import type { VersionPaths } from '../layout.ts';
import type { ImageLimits } from '../limits.ts';
import { chunkCount, chunkHash, chunkLength, type Manifest } from '../manifest.ts';
import { cancelled } from '../qemu-img.ts';
import { requireSpace } from '../space.ts';
import { type LayerBelow, LayerWriter } from './layer.ts';

export interface RestoreRequest {
  /** Of kind `work`, whole here. */
  readonly versionId: string;
  /** Where the layer is to be; what is there is replaced, whole or not at all. */
  readonly target: string;
  /** What lies beneath; null: an empty disk. */
  readonly below: LayerBelow | null;
  /** The least size of the disk, bytes. */
  readonly virtualBytes: number;
  readonly signal?: AbortSignal;
}

/** @throws ImagesError `images.base_damaged`, `images.no_space`, `images.disk_full`, `images.cancelled` */
export async function restoreWork(
  paths: VersionPaths,
  manifest: Manifest,
  storedBytes: number,
  request: RestoreRequest,
  limits: ImageLimits,
): Promise<void> {
  const folder = dirname(request.target);
  const partial = `${request.target}.part`;
  await requireSpace(folder, storedBytes, limits.reserveBytes);
  await rm(partial, { force: true });
  try {
    await withFile(partial, 'wx', async (file) => {
      const virtualBytes = Math.max(manifest.virtualBytes, request.virtualBytes);
      const layer = new LayerWriter(file, virtualBytes, request.below);
      await withFile(paths.disk, 'r', async (disk) => {
        for (let index = 0; index < chunkCount(manifest); index++) {
          const hash = chunkHash(manifest, index);
          if (hash === null) continue; // as in what lies beneath
          if (request.signal?.aborted) throw cancelled(request.signal);
          const bytes = Buffer.alloc(chunkLength(manifest, index));
          await readFully(disk, bytes, index * manifest.chunkBytes);
          const found = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
          if (!hash.equals(found))
            throw new ImagesError('images.base_damaged', { versionId: manifest.versionId, chunk: index });
          await layer.write(index * manifest.chunkBytes, bytes);
        }
      });
      await layer.end();
      await file.sync();
    });
    await rename(partial, request.target);
    await syncFolder(folder);
  } catch (error) {
    await rm(partial, { force: true });
    throw namedWriteError(error);
  }
}
