/** A version that is on its way: chunks are written where they belong, and count as here only when they are durable. */
import { chmod, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { PresentBitmap } from '../bitmap.ts';
import { syncFolder, withFile, writeDurable } from '../durable.ts';
import { DISK_MODE, FILE_MODE, FOLDER_MODE } from '../import.ts';
import type { Layout, VersionPaths } from '../layout.ts';
import { chunkCount, chunkHash, chunkLength, encodeManifest, type Manifest } from '../manifest.ts';
import type { LoadedVersion } from '../versions.ts';

/** What a crash costs at most: so much is fetched again. */
const FLUSH_EVERY = 64 * 1024 * 1024;

/** Makes the folder of a version of which nothing but its zeros is here, whole or not at all. */
export async function beginPartial(layout: Layout, manifest: Manifest): Promise<void> {
  const half = layout.importing(manifest.versionId);
  try {
    await mkdir(half.folder, { mode: 0o700 });
    await withFile(half.disk, 'wx', async (disk) => {
      await disk.chmod(FILE_MODE); // its owner still writes
      await disk.truncate(manifest.virtualBytes);
      await disk.sync();
    });
    const present = PresentBitmap.empty(chunkCount(manifest));
    for (let i = 0; i < present.chunks; i++) if (chunkHash(manifest, i) === null) present.set(i);
    await writeDurable(half.present, present.bytes, FILE_MODE);
    await writeDurable(half.manifest, encodeManifest(manifest), FILE_MODE);
    await chmod(half.folder, FOLDER_MODE);
    await syncFolder(half.folder);
    await rename(half.folder, layout.version(manifest.versionId).folder);
    await syncFolder(layout.images);
  } catch (error) {
    await rm(half.folder, { recursive: true, force: true });
    throw error;
  }
}

export class PartialDisk {
  /** Chunks that are written, durable or not yet. */
  readonly written: PresentBitmap;
  readonly #manifest: Manifest;
  readonly #disk: FileHandle;
  readonly #present: FileHandle;
  #unsynced = 0;
  #flushing: Promise<void> = Promise.resolve();

  private constructor(manifest: Manifest, written: PresentBitmap, disk: FileHandle, present: FileHandle) {
    this.#manifest = manifest;
    this.written = written;
    this.#disk = disk;
    this.#present = present;
  }

  static async open(paths: VersionPaths, { manifest, present }: LoadedVersion): Promise<PartialDisk> {
    const disk = await open(paths.disk, 'r+');
    try {
      return new PartialDisk(manifest, present, disk, await open(paths.present, 'r+'));
    } catch (error) {
      await disk.close();
      throw error;
    }
  }

  /** Takes a chunk that was verified. */
  async put(chunk: number, bytes: Uint8Array): Promise<void> {
    const at = chunk * this.#manifest.chunkBytes;
    let done = 0;
    while (done < bytes.length)
      done += (await this.#disk.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    this.written.set(chunk);
    this.#unsynced += chunkLength(this.#manifest, chunk);
    if (this.#unsynced < FLUSH_EVERY) return;
    await this.#flushing; // a disk that cannot keep up holds the network back
    if (this.#unsynced >= FLUSH_EVERY) this.flush().catch(() => {}); // the next one, or the end, fails with its reason
  }

  /** Makes durable what is written, and says so in the bitmap afterwards. */
  flush(): Promise<void> {
    this.#unsynced = 0;
    const run = async () => {
      const bits = Buffer.from(this.written.bytes); // later ones are not durable yet
      await this.#disk.datasync();
      // In place: a bit that turns to 1 is true already, one that turns to 0 costs a chunk; so either half that a power cut leaves will do.
      await this.#present.write(bits, 0, bits.length, 0);
      await this.#present.datasync();
    };
    this.#flushing = this.#flushing.then(run);
    return this.#flushing;
  }

  /** Every chunk is here: nobody writes to it any more. */
  async seal(): Promise<void> {
    await this.flush();
    await this.#disk.chmod(DISK_MODE);
    await this.#disk.sync();
  }

  async close(): Promise<void> {
    await this.#flushing.catch(() => {});
    await this.#disk.close();
    await this.#present.close();
  }
}
