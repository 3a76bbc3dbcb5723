/** Answers other PCs: chooses chunks for them and sends these at the pace at which they are read, packed where that pays. */
import { type FileHandle, open } from 'node:fs/promises';
import { PresentBitmap } from '../bitmap.ts';
import { ImagesError } from '../errors.ts';
import { chunkHash, type Manifest } from '../manifest.ts';
import { answerHead, frameHead, MAX_ANSWER_CHUNKS } from './answer.ts';
import type { Budget } from './budget.ts';
import { isChunk, readChunk } from './chunk.ts';
import { type Frame, pack } from './frame.ts';
import type { FrameCache } from './frame-cache.ts';
import type { Growth } from './growth.ts';
import type { Seeding } from './seeding.ts';
import type { TakeRequest } from './source.ts';

/** Who would wait longer gets nothing now and asks elsewhere: it would take this PC for one that is gone. */
const CHOKED_SECONDS = 5;
/** Whoever would wait longer asks again: those that went away meanwhile are forgotten. */
const LONGEST_WAIT_MS = 2000;
/** More PCs than a cloud has. */
const MAX_REACH = 1024;

export interface Shared {
  readonly manifest: Manifest;
  /** What may be given away: verified and in the file. Zero chunks count. */
  readonly present: PresentBitmap;
  readonly diskPath: string;
  readonly seeding: Seeding;
  readonly growth: Growth;
}

export interface Sender {
  /** A chunk on this disk is not what it was: it was not sent. */
  readonly onDamaged: (versionId: string, chunk: number) => void;
  readonly cache: FrameCache;
  /** What this PC sends in all is bounded. */
  readonly budget: Budget;
  readonly now: () => number;
  readonly random: () => number;
}

/** @throws ImagesError `images.bad_request` */
export async function serveTake(
  shared: Shared,
  sender: Sender,
  askerId: string,
  request: TakeRequest,
): Promise<ReadableStream<Uint8Array>> {
  const { manifest, present, seeding } = shared;
  const want = PresentBitmap.read(request.want, present.chunks);
  if (want === null) throw new ImagesError('images.bad_request', { field: 'want' });
  if (!Number.isInteger(request.max) || request.max < 1 || request.max > MAX_ANSWER_CHUNKS)
    throw new ImagesError('images.bad_request', { field: 'max' });
  if (request.reach.length > MAX_REACH) throw new ImagesError('images.bad_request', { field: 'reach' });
  for (let chunk = 0; chunk < want.chunks; chunk++) {
    if (want.has(chunk) && chunkHash(manifest, chunk) === null)
      throw new ImagesError('images.bad_request', { field: 'want' });
  }
  const ask = { ...request, want, askerId, reach: new Set(request.reach) };
  const waitMs = Math.min(LONGEST_WAIT_MS, request.waitMs);
  const have = waitMs > 0 ? await shared.growth.oneOf(want, request.insist, waitMs) : present;
  const isChoked = sender.budget.backlogSeconds > CHOKED_SECONDS;
  const chosen = isChoked ? [] : seeding.choose(have, ask, sender.now(), sender.random());
  const disk = new LazyDisk(shared.diskPath);
  const left = [...chosen];
  const end = async () => {
    for (const chunk of left.splice(0)) seeding.unsent(chunk);
    await disk.close();
  };
  const head = answerHead(present, chosen);
  let isFirst = true;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          if (isFirst) {
            isFirst = false;
            controller.enqueue(head);
            if (left.length > 0) return;
          }
          const chunk = left[0];
          if (chunk === undefined) {
            await end();
            controller.close();
            return;
          }
          const frame = await frameOf(shared, sender, disk, chunk);
          await sender.budget.take(frame.bytes.length, askerId);
          left.shift();
          controller.enqueue(frameHead(frame));
          controller.enqueue(frame.bytes);
        } catch (error) {
          await end();
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** Opened when a chunk has to be read: most of those that are passed on are still in memory. */
class LazyDisk {
  readonly #path: string;
  #handle: Promise<FileHandle> | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  open(): Promise<FileHandle> {
    this.#handle ??= open(this.#path, 'r');
    return this.#handle;
  }

  async close(): Promise<void> {
    await (await this.#handle)?.close();
  }
}

/** Hashed before it leaves, as a disk may have forgotten bits: else this PC would count as a liar. */
async function frameOf(
  { manifest, present }: Shared,
  sender: Sender,
  disk: LazyDisk,
  chunk: number,
): Promise<Frame> {
  const { versionId } = manifest;
  const cached = sender.cache.get(versionId, chunk);
  if (cached !== undefined) return cached;
  const bytes = await readChunk(await disk.open(), manifest, chunk);
  if (!isChunk(manifest, chunk, bytes)) {
    present.clear(chunk); // others hear from the next answer on that it is not here
    sender.onDamaged(versionId, chunk);
    throw new ImagesError('images.wrong_chunk', { chunk });
  }
  const frame = await pack(bytes);
  sender.cache.put(versionId, chunk, frame);
  return frame;
}
