/** Hashes the chunks of a disk image file that carry data, several at once, off the event loop (WebCrypto's threads). */
import type { FileHandle } from 'node:fs/promises';
import { chunkCount, chunkLength, HASH_BYTES } from './manifest.ts';
import { cancelled } from './qemu-img.ts';

// WebCrypto hashes 0.9 GB/s alone, 1.6 with two at once on two cores; a third hides the reads.
const LANES = 3;
// After so much, start writing to disk in the background, so that the final flush is short.
const FLUSH_EVERY = 64 * 1024 * 1024;

export interface HashJob {
  readonly handle: FileHandle;
  readonly shape: { readonly virtualBytes: number; readonly chunkBytes: number };
  /** False skips the chunk: it is known to be zeros. */
  readonly wanted: (chunk: number) => boolean;
  readonly signal: AbortSignal;
  /** Called with the chunk and its hash, null where it holds zeros only. */
  readonly onHash: (chunk: number, hash: Uint8Array | null) => void;
  /** Resolves when the chunk's bytes are final. */
  readonly ready?: (chunk: number) => Promise<void>;
  /** Called at the first failure, so that whoever raises `ready` can stop too. */
  readonly onFailure?: (error: unknown) => void;
  /** Flush to disk along the way. */
  readonly flush?: boolean;
}

/** Ends when all wanted chunks are hashed. @throws ImagesError `images.cancelled`, or the reason of the signal */
export async function hashChunks(job: HashJob): Promise<void> {
  const chunks = chunkCount(job.shape);
  const flusher = new Flusher(job.handle);
  let next = 0;
  const lane = async () => {
    const buffer = Buffer.alloc(job.shape.chunkBytes);
    while (next < chunks) {
      const chunk = next++;
      if (!job.wanted(chunk)) continue;
      await job.ready?.(chunk);
      if (job.signal.aborted) throw cancelled(job.signal);
      const bytes = buffer.subarray(0, chunkLength(job.shape, chunk));
      job.onHash(chunk, await hashOne(job.handle, chunk * job.shape.chunkBytes, bytes));
      if (job.flush === true) flusher.add(bytes.length);
    }
  };
  const guarded = () =>
    lane().catch((error: unknown) => {
      next = chunks; // the other lanes end after their current chunk
      job.onFailure?.(error);
      throw error;
    });
  // All lanes are awaited even when one fails: the caller closes the file next.
  const ends = await Promise.allSettled(Array.from({ length: LANES }, guarded));
  await flusher.settled();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

const zeros = Buffer.alloc(64 * 1024);

/** SHA-256 of what is at `position`, or null if it is all zeros. A file that ends early gives a hash that fits nothing. */
async function hashOne(
  handle: FileHandle,
  position: number,
  bytes: Buffer<ArrayBuffer>,
): Promise<Uint8Array | null> {
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  const got = bytes.subarray(0, filled);
  if (filled === bytes.length && isZero(got)) return null;
  return new Uint8Array(await crypto.subtle.digest('SHA-256', got));
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const length = Math.min(zeros.length, bytes.length - at);
    if (bytes.compare(zeros, 0, length, at, at + length) !== 0) return false;
  }
  return true;
}

/** Writes back while the work goes on, one flush at a time; a failure is met again by the final, awaited flush. */
export class Flusher {
  private readonly handle: FileHandle;
  private pending = 0;
  private running: Promise<void> | null = null;

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  add(bytes: number): void {
    this.pending += bytes;
    if (this.pending < FLUSH_EVERY || this.running !== null) return;
    this.pending = 0;
    this.running = this.handle
      .datasync()
      .catch(() => {})
      .finally(() => {
        this.running = null;
      });
  }

  async settled(): Promise<void> {
    await this.running;
  }
}

/** Collects hashes at their places. */
export function hashTable(chunks: number): {
  hashes: Buffer;
  put: (chunk: number, hash: Uint8Array | null) => void;
} {
  const hashes = Buffer.alloc(chunks * HASH_BYTES);
  return {
    hashes,
    put: (chunk, hash) => {
      if (hash !== null) hashes.set(hash, chunk * HASH_BYTES);
    },
  };
}
