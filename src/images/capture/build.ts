/** Carries a plan out: writes `disk.raw` and tells the hash of every chunk. */
import { chmod, constants, copyFile, type FileHandle } from 'node:fs/promises';
import { Flusher, hashTable } from '../chunk-hasher.ts';
import { systemCode } from '../errors.ts';
import { chunkCount, chunkLength } from '../manifest.ts';
import type { ProgressMeter } from '../progress.ts';
import { cancelled } from '../qemu-img.ts';
import { type BaseChunks, readFully } from './base.ts';
import type { OverlayMap } from './overlay-map.ts';
import type { CapturePlan } from './plan.ts';

// As many as the chunk hasher has lanes, for the same reason: two hash, one reads.
const LANES = 3;
// Zeros within a chunk stay holes down to this; smaller ones cost more calls than they save.
const BLOCK = 64 * 1024;
const zeros = Buffer.alloc(BLOCK);

export interface Build {
  readonly plan: CapturePlan;
  readonly map: OverlayMap;
  readonly overlay: FileHandle;
  readonly base: BaseChunks | null;
  /** `disk.raw`: empty and of its full size, or a clone of the base. */
  readonly target: FileHandle;
  readonly isClone: boolean;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
}

/** Shares the base's blocks where the file system can; false: it cannot, and nothing is there. */
export async function cloneDisk(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    await chmod(to, 0o600); // the base's mode came along, and nobody may write to that
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (
      code === 'ENOTSUP' ||
      code === 'EOPNOTSUPP' ||
      code === 'EXDEV' ||
      code === 'EINVAL' ||
      code === 'ENOTTY'
    )
      return false;
    throw error;
  }
}

/** Returns the hash table of the manifest. @throws ImagesError */
export async function buildDisk(build: Build): Promise<Buffer> {
  const { plan, base, isClone, meter } = build;
  const table = hashTable(chunkCount(plan));
  let done = 0;
  meter.enter('copy', plan.rebuiltBytes + (isClone ? 0 : plan.keptBytes));
  const forward = (chunk: number) => {
    done += chunkLength(plan, chunk);
    meter.at(done);
  };
  for (const chunk of plan.kept) table.put(chunk, base?.hash(chunk) ?? null);
  await inLanes(build, isClone ? [] : plan.kept, async (chunk, bytes) => {
    await base?.read(chunk, bytes);
    await write(build, chunk, bytes);
    forward(chunk);
  });
  await inLanes(build, plan.rebuilt, async (chunk, bytes) => {
    await assemble(build, chunk, bytes);
    const hash = await rebuiltHash(build, chunk, bytes);
    if (hash !== null || isClone) await write(build, chunk, bytes);
    table.put(chunk, hash);
    forward(chunk);
  });
  meter.end();
  return table.hashes;
}

/** What the guest reads there: the base's bytes, and over them what the overlay says. */
async function assemble({ plan, map, overlay, base }: Build, chunk: number, bytes: Buffer<ArrayBuffer>) {
  const from = chunk * plan.chunkBytes;
  const extents = map.within(from, from + bytes.length);
  const covered = extents.reduce((sum, { start, end }) => sum + (end - start), 0);
  if (base !== null && covered < bytes.length) await base.read(chunk, bytes);
  else bytes.fill(0);
  for (const { start, end, offset } of extents) {
    const part = bytes.subarray(start - from, end - from);
    if (offset === null) part.fill(0);
    else await readFully(overlay, part, offset);
  }
}

/** Null: elided. For an image those are zeros; for saved work what the base has too, while what became zeros is listed. */
async function rebuiltHash(build: Build, chunk: number, bytes: Buffer<ArrayBuffer>): Promise<Buffer | null> {
  const isZero = isAllZero(bytes);
  if (build.plan.form === 'image' && isZero) return null;
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', bytes));
  if (build.plan.form === 'image') return hash;
  const isSame = isZero ? (build.base?.hash(chunk) ?? null) === null : sameAsBase(build, chunk, hash);
  return isSame ? null : hash;
}

function sameAsBase({ base, plan }: Build, chunk: number, hash: Buffer): boolean {
  const before = base?.hash(chunk) ?? null;
  return before !== null && base?.length(chunk) === chunkLength(plan, chunk) && before.equals(hash);
}

/** Writes a chunk to its place. What is zeros stays a hole, unless the base's blocks are under it. */
async function write({ target, plan, isClone }: Build, chunk: number, bytes: Buffer): Promise<void> {
  const position = chunk * plan.chunkBytes;
  if (isClone) return await writeFully(target, bytes, position);
  let from = 0;
  for (let at = 0; at < bytes.length; at += BLOCK) {
    if (!isAllZero(bytes.subarray(at, at + BLOCK))) continue;
    await writeFully(target, bytes.subarray(from, at), position + from);
    from = at + BLOCK;
  }
  await writeFully(target, bytes.subarray(Math.min(from, bytes.length)), position + from);
}

async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length)
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

function isAllZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const length = Math.min(BLOCK, bytes.length - at);
    if (bytes.compare(zeros, 0, length, at, at + length) !== 0) return false;
  }
  return true;
}

/** Works on several chunks at once; ends when all lanes have ended, with the first failure if there was one. */
async function inLanes(
  { plan, target, signal }: Build,
  chunks: readonly number[],
  work: (chunk: number, bytes: Buffer<ArrayBuffer>) => Promise<void>,
): Promise<void> {
  const flusher = new Flusher(target);
  let next = 0;
  const lane = async () => {
    const buffer = Buffer.alloc(plan.chunkBytes);
    try {
      for (let chunk = chunks[next++]; chunk !== undefined; chunk = chunks[next++]) {
        if (signal.aborted) throw cancelled(signal);
        const bytes = buffer.subarray(0, chunkLength(plan, chunk));
        await work(chunk, bytes);
        flusher.add(bytes.length);
      }
    } catch (error) {
      next = chunks.length;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  await flusher.settled();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
