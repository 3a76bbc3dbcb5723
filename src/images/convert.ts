/** The conversion proper: qemu-img writes `disk.raw` while the chunks behind its writing head are hashed. */
import type { FileHandle } from 'node:fs/promises';
import { hashChunks, hashTable } from './chunk-hasher.ts';
import type { DataMap } from './data-map.ts';
import { ImagesError } from './errors.ts';
import { CONVERT_BASE_MS, type ImageLimits } from './limits.ts';
import { chunkCount } from './manifest.ts';
import type { ProgressMeter } from './progress.ts';
import { runQemuImg, targetSpec } from './qemu-img.ts';
import type { OpenSource } from './source.ts';
import { watchSpace } from './space.ts';
import { Watermark } from './watermark.ts';

// qemu-img reports where it starts to read. Its coroutines work on at most so many pieces of at most 16 MiB each (MAX_BUF_SECTORS in
// qemu-img.c) and, without -W, write them in order: so far behind the report everything is written.
const COROUTINES = 8;
const MAX_PIECE = 16 * 1024 * 1024;
const BEHIND = COROUTINES * MAX_PIECE;
// The report is rounded to a hundredth of a percent.
const ROUNDING = 0.0001;

export interface Conversion {
  readonly source: OpenSource;
  readonly map: DataMap;
  /** An empty file that the sandbox's user may write. */
  readonly target: FileHandle;
  /** Folder of the target, to watch its file system. */
  readonly folder: string;
  readonly limits: ImageLimits;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
}

/** Returns the hash table of the manifest. @throws ImagesError for each way to fail; the target is then worthless */
export async function convertAndHash(job: Conversion): Promise<Buffer> {
  const { map, target, meter, limits } = job;
  await target.truncate(map.shape.virtualBytes);
  meter.enter('copy', map.dataBytes);
  const stop = new AbortController();
  const watermark = new Watermark();
  const forward = () => stop.abort(job.signal.reason);
  job.signal.addEventListener('abort', forward, { once: true });
  stop.signal.addEventListener('abort', () => watermark.fail(stop.signal.reason), { once: true });
  const unwatch = watchSpace(job.folder, limits.reserveBytes, stop);
  if (job.signal.aborted) forward();
  try {
    const table = hashTable(chunkCount(map.shape));
    let hashed = 0;
    const hashing = hashChunks({
      handle: target,
      shape: map.shape,
      wanted: (chunk) => (map.perChunk[chunk] ?? 0) > 0,
      ready: (chunk) => watermark.passed(chunk),
      onHash: (chunk, hash) => {
        table.put(chunk, hash);
        hashed += map.perChunk[chunk] ?? 0;
        meter.at(hashed);
      },
      onFailure: (error) => stop.abort(error),
      signal: stop.signal,
      flush: true,
    });
    const converting = convert(job, stop, watermark);
    // Both are awaited whatever happens: the caller removes the file next. What stopped the work comes first.
    const ends = await Promise.allSettled([converting, hashing]);
    if (stop.signal.aborted && stop.signal.reason instanceof Error) throw reasonOf(stop.signal);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    meter.end();
    return table.hashes;
  } finally {
    unwatch();
    job.signal.removeEventListener('abort', forward);
  }
}

function reasonOf(signal: AbortSignal): unknown {
  if (signal.reason instanceof DOMException) return new ImagesError('images.cancelled', {});
  return signal.reason;
}

async function convert(job: Conversion, stop: AbortController, watermark: Watermark): Promise<void> {
  const { map, limits, source } = job;
  const chunksIn = map.cursor();
  const onStdout = (text: string) => {
    const percent = lastPercent(text);
    if (percent === null) return;
    const written = (percent / 100 - ROUNDING) * map.dataBytes - BEHIND;
    if (written > 0) watermark.raise(chunksIn(written));
  };
  try {
    const result = await runQemuImg({
      args: ['convert', '-p', '-n', '--target-is-zero', '-m', String(COROUTINES), source.spec, targetSpec],
      sourceFd: source.handle.fd,
      targetFd: job.target.fd,
      worldReadable: source.worldReadable,
      timeoutMs: CONVERT_BASE_MS + (map.dataBytes / limits.slowestBytesPerSecond) * 1000,
      memoryBytes: limits.toolMemoryBytes,
      outputBytes: map.shape.virtualBytes,
      signal: stop.signal,
      onStdout,
    });
    if (result.exit !== 0) throw conversionError(result.complaint, source.format);
    watermark.raise(chunkCount(map.shape));
  } catch (error) {
    stop.abort(error);
    throw error;
  }
}

/** The last "(12.34/100%)" in a piece of output. */
function lastPercent(text: string): number | null {
  const found = [...text.matchAll(/\((\d{1,3}\.\d{2})\/100%\)/g)].pop()?.[1];
  return found === undefined ? null : Number(found);
}

function conversionError(complaint: string, format: string): ImagesError {
  if (/No space left|quota exceeded/i.test(complaint))
    return new ImagesError('images.disk_full', { freeBytes: 0 });
  if (/File too large/i.test(complaint)) return new ImagesError('images.over_limit', { limit: 'output' });
  if (/Cannot allocate memory/i.test(complaint))
    return new ImagesError('images.over_limit', { limit: 'memory' });
  if (/reading/i.test(complaint)) return new ImagesError('images.damaged', { format, detail: complaint });
  return new ImagesError('images.tool_failed', { tool: 'qemu-img convert', detail: complaint });
}
