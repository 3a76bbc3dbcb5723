/**
 * Uploads in pieces that survive a broken connection and a restart of the node. The length of `data` is the offset to go on from:
 * each piece is on disk before it is confirmed, and no other record of progress exists that could disagree.
 */
import { type FileHandle, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { ulid } from 'ulid';
import * as z from 'zod';
import { isUlid } from '../state/index.ts';
import { syncFolder, withFile, writeDurable } from './durable.ts';
import { ImagesError, namedWriteError } from './errors.ts';
import type { Layout } from './layout.ts';
import type { ImageLimits } from './limits.ts';
import { freeBytes } from './space.ts';

// A file name is at most 255 bytes on any file system that people upload from.
const MAX_NAME = 255;
const MAX_OWNER = 128;
const MAX_META_BYTES = 4096;
const HASH_PIECE = 4 * 1024 * 1024;
// The folder is closed to others, so that only the file's own mode counts for the sandbox that reads it by descriptor.
const FOLDER_MODE = 0o700;
const DATA_MODE = 0o644;
const META_MODE = 0o600;

const metaSchema = z.strictObject({
  name: z.string().min(1).max(MAX_NAME),
  sizeBytes: z.number().int().positive().max(Number.MAX_SAFE_INTEGER),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  owner: z.string().min(1).max(MAX_OWNER),
  createdAt: z.number().int().nonnegative(),
});
type UploadMeta = z.infer<typeof metaSchema>;

export interface UploadRequest {
  /** What the file is called where it comes from; only shown, never a path. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Hex SHA-256 of the whole file, if it is known beforehand. */
  readonly sha256?: string;
  /** Id of the user; the door lets nobody else append. */
  readonly owner: string;
}

export interface UploadStatus {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly sizeBytes: number;
  readonly sha256: string | null;
  /** Bytes that are here for good: the next piece starts at this offset. */
  readonly offset: number;
  readonly createdAt: number;
  /** When the newest byte came. */
  readonly touchedAt: number;
}

export interface Uploads {
  /** @throws ImagesError `images.bad_request`, `images.too_large`, `images.no_space`, `images.upload_too_many` */
  create(request: UploadRequest): Promise<UploadStatus>;
  /** @throws ImagesError `images.upload_unknown` */
  status(id: string): Promise<UploadStatus>;
  list(): Promise<UploadStatus[]>;
  /**
   * Adds one piece. Bytes that came before a broken stream stay, and count.
   * @throws ImagesError `images.upload_wrong_offset` (with the right one), `images.upload_too_long`,
   *   `images.upload_piece_too_large`, `images.upload_busy`, `images.disk_full`
   */
  append(id: string, offset: number, bytes: ReadableStream<Uint8Array> | Uint8Array): Promise<UploadStatus>;
  /** All bytes are here: checks the sum. Removes the upload if the sum is wrong. @throws ImagesError `images.upload_incomplete`, `images.upload_wrong_sum` */
  finish(id: string): Promise<{ path: string; sha256: string }>;
  /** Gone, whether it was there or not. */
  discard(id: string): Promise<void>;
  /** Removes uploads that got no byte for the limit's time. Returns their ids. */
  expire(now: number): Promise<string[]>;
}

export class UploadFolder implements Uploads {
  private readonly layout: Layout;
  private readonly limits: ImageLimits;
  private readonly now: () => number;
  /** Uploads that somebody works on right now. */
  private readonly busy = new Set<string>();

  constructor(layout: Layout, limits: ImageLimits, now: () => number) {
    this.layout = layout;
    this.limits = limits;
    this.now = now;
  }

  /** Makes the folder and removes what a crash left half made. Returns the ids of what it removed. */
  async start(): Promise<string[]> {
    await mkdir(this.layout.uploads, { recursive: true, mode: FOLDER_MODE });
    const removed: string[] = [];
    for (const name of await readdir(this.layout.uploads)) {
      if (isUlid(name) && (await this.read(name)) !== null) continue;
      if (!isUlid(name.replace(/^\./, ''))) continue; // not ours
      await rm(`${this.layout.uploads}/${name}`, { recursive: true, force: true });
      removed.push(name.replace(/^\./, ''));
    }
    return removed;
  }

  async create(request: UploadRequest): Promise<UploadStatus> {
    const meta = { ...request, sha256: request.sha256?.toLowerCase() ?? null, createdAt: this.now() };
    const checked = metaSchema.safeParse(meta);
    if (!checked.success)
      throw new ImagesError('images.bad_request', { field: checked.error.issues[0]?.path.join('.') ?? '' });
    await this.admit(checked.data.sizeBytes);
    const id = ulid(checked.data.createdAt);
    const half = `${this.layout.uploads}/.${id}`;
    try {
      await mkdir(half, { mode: FOLDER_MODE });
      await writeDurable(`${half}/data`, new Uint8Array(), DATA_MODE);
      await writeDurable(`${half}/meta.json`, Buffer.from(JSON.stringify(checked.data)), META_MODE);
      await syncFolder(half);
      await rename(half, this.layout.upload(id).folder);
      await syncFolder(this.layout.uploads);
    } catch (error) {
      await rm(half, { recursive: true, force: true });
      throw namedWriteError(error);
    }
    await this.touch(id);
    return this.status(id);
  }

  async status(id: string): Promise<UploadStatus> {
    const found = isUlid(id) ? await this.read(id) : null;
    if (found === null) throw new ImagesError('images.upload_unknown', { uploadId: String(id).slice(0, 64) });
    return found;
  }

  async list(): Promise<UploadStatus[]> {
    const found: UploadStatus[] = [];
    for (const name of (await readdir(this.layout.uploads)).sort()) {
      const status = isUlid(name) ? await this.read(name) : null;
      if (status !== null) found.push(status);
    }
    return found;
  }

  async append(
    id: string,
    offset: number,
    bytes: ReadableStream<Uint8Array> | Uint8Array,
  ): Promise<UploadStatus> {
    return await this.alone(id, async (status) => {
      if (offset !== status.offset)
        throw new ImagesError('images.upload_wrong_offset', { offset: status.offset });
      await withFile(this.layout.upload(id).data, 'r+', (data) => this.writePiece(data, status, bytes)).catch(
        (error: unknown) => {
          throw namedWriteError(error);
        },
      );
      await this.touch(id);
      return await this.status(id);
    });
  }

  async finish(id: string): Promise<{ path: string; sha256: string }> {
    return await this.alone(id, async (status) => {
      if (status.offset !== status.sizeBytes) {
        throw new ImagesError('images.upload_incomplete', {
          offset: status.offset,
          sizeBytes: status.sizeBytes,
        });
      }
      const path = this.layout.upload(id).data;
      // Read back from disk: what counts is what the import will read.
      const actual = await withFile(path, 'r', (data) => sha256Of(data, status.sizeBytes));
      if (status.sha256 !== null && actual !== status.sha256) {
        await this.remove(id);
        throw new ImagesError('images.upload_wrong_sum', { expected: status.sha256, actual });
      }
      return { path, sha256: actual };
    });
  }

  async discard(id: string): Promise<void> {
    if (!isUlid(id)) return;
    await this.remove(id);
  }

  async expire(now: number): Promise<string[]> {
    const gone: string[] = [];
    for (const status of await this.list()) {
      if (this.busy.has(status.id) || now - status.touchedAt < this.limits.uploadIdleMs) continue;
      await this.remove(status.id);
      gone.push(status.id);
    }
    return gone;
  }

  private async admit(sizeBytes: number): Promise<void> {
    if (sizeBytes > this.limits.maxVirtualBytes) {
      throw new ImagesError('images.too_large', {
        virtualBytes: sizeBytes,
        limitBytes: this.limits.maxVirtualBytes,
      });
    }
    const open = await this.list();
    if (open.length >= this.limits.maxUploads)
      throw new ImagesError('images.upload_too_many', { limit: this.limits.maxUploads });
    // What others have announced and not yet sent is spoken for.
    const promised = open.reduce((sum, one) => sum + one.sizeBytes - one.offset, 0);
    const free = (await freeBytes(this.layout.uploads)) - promised;
    const { reserveBytes } = this.limits;
    if (free - reserveBytes < sizeBytes)
      throw new ImagesError('images.no_space', { needBytes: sizeBytes, freeBytes: free, reserveBytes });
  }

  private async writePiece(
    data: FileHandle,
    status: UploadStatus,
    bytes: ReadableStream<Uint8Array> | Uint8Array,
  ): Promise<void> {
    let at = status.offset;
    try {
      for await (const part of partsOf(bytes)) {
        if (at + part.byteLength > status.sizeBytes) {
          throw new ImagesError('images.upload_too_long', {
            sizeBytes: status.sizeBytes,
            offset: status.offset,
          });
        }
        if (at + part.byteLength - status.offset > this.limits.maxPieceBytes) {
          throw new ImagesError('images.upload_piece_too_large', {
            limitBytes: this.limits.maxPieceBytes,
            offset: status.offset,
          });
        }
        at += await writeAll(data, part, at);
      }
    } catch (error) {
      // A piece that breaks the rules does not count at all, one that was cut off counts as far as it came.
      if (error instanceof ImagesError) at = status.offset;
      await data.truncate(at);
      await data.sync();
      throw error;
    }
    await data.sync();
  }

  private async read(id: string): Promise<UploadStatus | null> {
    const paths = this.layout.upload(id);
    try {
      const [meta, data] = [await stat(paths.meta), await stat(paths.data)];
      if (meta.size > MAX_META_BYTES) return null;
      const checked = metaSchema.safeParse(JSON.parse(await readFile(paths.meta, 'utf8')));
      if (!checked.success || data.size > checked.data.sizeBytes) return null;
      return statusOf(id, checked.data, data.size, data.mtimeMs);
    } catch {
      return null; // gone, or not readable: both mean that there is no upload to go on with
    }
  }

  /** The time of the newest byte is the file's own, by the clock that was handed in. */
  private async touch(id: string): Promise<void> {
    const at = new Date(this.now());
    await utimes(this.layout.upload(id).data, at, at);
  }

  private async alone<T>(id: string, work: (status: UploadStatus) => Promise<T>): Promise<T> {
    if (this.busy.has(id)) throw new ImagesError('images.upload_busy', { uploadId: id });
    this.busy.add(id);
    try {
      return await work(await this.status(id));
    } finally {
      this.busy.delete(id);
    }
  }

  /** Hidden by a rename first: a crash in the middle leaves a name that `start` removes. */
  private async remove(id: string): Promise<void> {
    const hidden = `${this.layout.uploads}/.${id}`;
    await rename(this.layout.upload(id).folder, hidden).catch(() => {});
    await rm(hidden, { recursive: true, force: true });
  }
}

function statusOf(id: string, meta: UploadMeta, offset: number, touchedAt: number): UploadStatus {
  return { id, ...meta, offset, touchedAt };
}

async function* partsOf(bytes: ReadableStream<Uint8Array> | Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes instanceof Uint8Array) yield bytes;
  else yield* bytes;
}

async function writeAll(data: FileHandle, part: Uint8Array, position: number): Promise<number> {
  let written = 0;
  while (written < part.byteLength) {
    const { bytesWritten } = await data.write(part, written, part.byteLength - written, position + written);
    written += bytesWritten;
  }
  return written;
}

async function sha256Of(data: FileHandle, sizeBytes: number): Promise<string> {
  const hasher = new Bun.CryptoHasher('sha256');
  const buffer = Buffer.alloc(HASH_PIECE);
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead } = await data.read(buffer, 0, Math.min(HASH_PIECE, sizeBytes - at), at);
    if (bytesRead === 0) break;
    hasher.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hasher.digest('hex');
}
