/** Gives chunks of a version out, straight from its file, at the pace of whoever reads. */
import { type FileHandle, open } from 'node:fs/promises';
import { ImagesError } from '../errors.ts';
import { chunkCount, chunkHash, chunkLength, type Manifest } from '../manifest.ts';

/** Chunks of one answer: more is no more use, and a mistake in a number must not stream a whole disk. */
export const MAX_SERVED_CHUNKS = 64;

/**
 * The bytes of `count` chunks from `from` on, zero chunks left out.
 * @throws ImagesError `images.bad_request`
 */
export async function serveChunks(
  disk: string,
  manifest: Manifest,
  from: number,
  count: number,
): Promise<ReadableStream<Uint8Array>> {
  const chunks = chunkCount(manifest);
  if (!Number.isInteger(from) || from < 0 || from >= chunks)
    throw new ImagesError('images.bad_request', { field: 'from' });
  if (!Number.isInteger(count) || count < 1 || count > MAX_SERVED_CHUNKS)
    throw new ImagesError('images.bad_request', { field: 'count' });
  const end = Math.min(from + count, chunks);
  const handle = await open(disk, 'r');
  let chunk = from;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          while (chunk < end && chunkHash(manifest, chunk) === null) chunk++;
          if (chunk >= end) {
            await handle.close();
            controller.close();
            return;
          }
          const bytes = new Uint8Array(chunkLength(manifest, chunk));
          await readWhole(handle, bytes, chunk * manifest.chunkBytes);
          chunk++;
          controller.enqueue(bytes);
        } catch (error) {
          await handle.close();
          controller.error(error);
        }
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  );
}

/** A file that ends early gives zeros, whose hash fits nothing. */
async function readWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) return;
    filled += bytesRead;
  }
}
