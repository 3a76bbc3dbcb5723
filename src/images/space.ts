import { statfs } from 'node:fs/promises';
import { ImagesError } from './errors.ts';

// Four looks a second: a fast disk writes less than the reserve between two.
const LOOK_EVERY_MS = 250;

/** Bytes that may still be written to the file system of `folder`. */
export async function freeBytes(folder: string): Promise<number> {
  const stat = await statfs(folder);
  return stat.bavail * stat.bsize;
}

/** Refuses work that would eat into the reserve. @throws ImagesError `images.no_space` */
export async function requireSpace(folder: string, needBytes: number, reserveBytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free - reserveBytes >= needBytes) return;
  throw new ImagesError('images.no_space', { needBytes, freeBytes: free, reserveBytes });
}

/**
 * Stops the work when others fill the disk meanwhile. Half of the reserve is left for that, so that file system
 * bookkeeping does not stop an import that was admitted. Returns the function that ends the watch.
 */
export function watchSpace(folder: string, reserveBytes: number, controller: AbortController): () => void {
  const timer = setInterval(() => {
    freeBytes(folder).then(
      (free) => {
        if (free < reserveBytes / 2)
          controller.abort(new ImagesError('images.disk_full', { freeBytes: free }));
      },
      () => {}, // the write itself meets whatever is wrong with the disk
    );
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
