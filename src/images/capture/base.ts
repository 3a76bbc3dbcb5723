/** The version under an overlay: its chunks are believed only when they are what its manifest says. */
import type { FileHandle } from 'node:fs/promises';
import { ImagesError } from '../errors.ts';
import { chunkCount, chunkHash, chunkLength } from '../manifest.ts';
import type { LoadedVersion } from '../versions.ts';

export class BaseChunks {
  readonly version: LoadedVersion;
  readonly handle: FileHandle;
  readonly #chunks: number;

  constructor(version: LoadedVersion, handle: FileHandle) {
    this.version = version;
    this.handle = handle;
    this.#chunks = chunkCount(version.manifest);
  }

  get id(): string {
    return this.version.manifest.versionId;
  }

  /** The hash that chunk `index` has here; null: zeros, or beyond the end. */
  hash(index: number): Buffer | null {
    return index < this.#chunks ? chunkHash(this.version.manifest, index) : null;
  }

  /** Bytes of chunk `index`; 0 beyond the end. */
  length(index: number): number {
    return index < this.#chunks ? chunkLength(this.version.manifest, index) : 0;
  }

  /** Fills `into` with chunk `index` and zeros behind it. @throws ImagesError `images.base_damaged`: nobody builds on that */
  async read(index: number, into: Buffer<ArrayBuffer>): Promise<void> {
    const expected = this.hash(index);
    const bytes = into.subarray(0, expected === null ? 0 : this.length(index));
    into.fill(0, bytes.length);
    if (expected === null) return;
    await readFully(this.handle, bytes, index * this.version.manifest.chunkBytes);
    const hash = await crypto.subtle.digest('SHA-256', bytes);
    if (expected.equals(new Uint8Array(hash))) return;
    throw new ImagesError('images.base_damaged', { versionId: this.id, chunk: index });
  }
}

/** Fills `into` from `position`; what lies beyond the end of the file is zeros. */
export async function readFully(handle: FileHandle, into: Buffer, position: number): Promise<void> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await handle.read(into, filled, into.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  into.fill(0, filled);
}
