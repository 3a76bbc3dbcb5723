/** Chunks as bytes: held against the manifest, read from a disk. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { chunkHash, chunkLength, type Manifest } from '../manifest.ts';

/** Not by WebCrypto: it copies first, and where a PC hashes in hardware that costs as much as the hash. */
export function isChunk(manifest: Manifest, chunk: number, bytes: Uint8Array): boolean {
  return chunkHash(manifest, chunk)?.equals(createHash('sha256').update(bytes).digest()) === true;
}

/** As the disk has it; a file that ends early gives zeros, whose hash fits nothing. */
export async function readChunk(
  disk: FileHandle,
  manifest: Manifest,
  chunk: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Buffer.allocUnsafeSlow(chunkLength(manifest, chunk));
  const position = chunk * manifest.chunkBytes;
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await disk.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) {
      bytes.fill(0, filled);
      break;
    }
    filled += bytesRead;
  }
  return bytes;
}
