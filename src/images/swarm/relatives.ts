/** What another version on this PC has at the same place need not come over the line: an edit changes little. */
import { open } from 'node:fs/promises';
import { ImagesError } from '../errors.ts';
import { chunkHash, chunkLength, HASH_BYTES, type Manifest } from '../manifest.ts';
import { isChunk, readChunk } from './chunk.ts';
import type { PartialDisk } from './partial.ts';

export interface Relative {
  readonly manifest: Manifest;
  readonly diskPath: string;
  /** Told of chunks that are not what they were. */
  readonly onDamaged: (chunk: number) => void;
}

/** Takes from them what is the same and still missing, each chunk hashed like one of a peer. @throws ImagesError `images.cancelled` */
export async function copyFrom(
  relatives: readonly Relative[],
  manifest: Manifest,
  disk: PartialDisk,
  signal?: AbortSignal,
): Promise<void> {
  for (const relative of relatives) {
    const same = sameChunks(manifest, relative.manifest).filter((chunk) => !disk.written.has(chunk));
    if (same.length === 0) continue;
    const from = await open(relative.diskPath, 'r');
    try {
      for (const chunk of same) {
        if (signal?.aborted) throw new ImagesError('images.cancelled', {});
        const bytes = await readChunk(from, manifest, chunk);
        if (isChunk(manifest, chunk, bytes)) await disk.put(chunk, bytes);
        else relative.onDamaged(chunk);
      }
    } finally {
      await from.close();
    }
  }
}

/** Chunks, not zeros, that both have at the same place. */
export function sameChunks(one: Manifest, other: Manifest): number[] {
  if (one.chunkBytes !== other.chunkBytes) return [];
  const same: number[] = [];
  const ends = Math.min(one.hashes.length, other.hashes.length) / HASH_BYTES;
  for (let chunk = 0; chunk < ends; chunk++) {
    const hash = chunkHash(one, chunk);
    if (hash === null || chunkHash(other, chunk)?.equals(hash) !== true) continue;
    if (chunkLength(one, chunk) === chunkLength(other, chunk)) same.push(chunk);
  }
  return same;
}
