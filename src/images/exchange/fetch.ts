/** Brings a version here from PCs that hold it: manifest, then the chunks that are missing, each hashed before it counts. */
import { ImagesError, namedWriteError } from '../errors.ts';
import type { Layout } from '../layout.ts';
import type { ImageLimits } from '../limits.ts';
import {
  chunkHash,
  chunkLength,
  decodeManifest,
  MAX_MANIFEST_BYTES,
  type Manifest,
  manifestHash,
} from '../manifest.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import { requireSpace, watchSpace } from '../space.ts';
import { loadVersion } from '../versions.ts';
import { beginPartial, PartialDisk } from './partial.ts';
import { Peers } from './peers.ts';
import { type Range, Ranges } from './ranges.ts';
import { ByteReader, patiently, STALL_MS } from './read.ts';
import type { ChunkSource } from './source.ts';

/** Requests under way: one is hashed and written while two travel. */
const LANES = 3;

export interface FetchRequest {
  readonly versionId: string;
  /** Hex SHA-256: what makes the manifest, and through it every chunk, believable. */
  readonly manifestHash: string;
  readonly sources: readonly ChunkSource[];
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** A source sent bytes that are not what the manifest says; `chunk` is null for the manifest itself. */
  readonly onLie?: (sourceId: string, chunk: number | null) => void;
  /** How long a source may send nothing. Default 20 s. */
  readonly stallMs?: number;
}

export interface FetchContext {
  readonly layout: Layout;
  readonly limits: ImageLimits;
  /** A part of it is here. */
  readonly isBegun: boolean;
  /** Called when the version's folder is there. */
  readonly onBegun: () => Promise<void>;
}

/** @throws ImagesError `images.no_source`, `images.no_space`, `images.disk_full`, `images.cancelled`; what came stays for the next try */
export async function fetchVersion(context: FetchContext, request: FetchRequest): Promise<void> {
  const peers = new Peers(request.sources);
  if (!context.isBegun) await begin(context, request, peers);
  const paths = context.layout.version(request.versionId);
  const loaded = await loadVersion(paths, request.versionId);
  if (loaded.info.complete) return;
  const disk = await PartialDisk.open(paths, loaded);
  try {
    await fetchChunks(context, request, loaded.manifest, disk, peers);
    await disk.seal();
  } catch (error) {
    await disk.flush().catch(() => {}); // the reason is what the caller needs; unsynced chunks come again
    throw namedWriteError(error);
  } finally {
    await disk.close();
  }
}

async function begin(context: FetchContext, request: FetchRequest, peers: Peers): Promise<void> {
  const manifest = await fetchManifest(request, peers);
  await beginPartial(context.layout, manifest).catch((error: unknown) => {
    throw namedWriteError(error);
  });
  await context.onBegun();
}

async function fetchManifest(request: FetchRequest, peers: Peers): Promise<Manifest> {
  const { versionId, onLie, stallMs = STALL_MS } = request;
  for (;;) {
    const source = nextSource(request, peers);
    const ending = new AbortController();
    const patience = { stallMs, signal: bothOf(ending, request) };
    let reader: ByteReader | undefined;
    try {
      reader = new ByteReader(
        await patiently(source.manifest(versionId, patience.signal), patience),
        patience,
      );
      const encoded = await reader.all(MAX_MANIFEST_BYTES);
      if (manifestHash(encoded) === request.manifestHash) {
        peers.served(source);
        return decodeManifest(encoded);
      }
      peers.lied(source, new ImagesError('images.manifest_invalid', { reason: 'another manifest' }));
      onLie?.(source.id, null);
    } catch (error) {
      peers.failed(source, error);
    } finally {
      reader?.cancel();
      ending.abort();
    }
  }
}

async function fetchChunks(
  context: FetchContext,
  request: FetchRequest,
  manifest: Manifest,
  disk: PartialDisk,
  peers: Peers,
): Promise<void> {
  const { images } = context.layout;
  const { reserveBytes, progressEveryMs } = context.limits;
  const { total, here } = amounts(manifest, disk);
  await requireSpace(images, total - here, reserveBytes);
  const ranges = new Ranges(disk.written);
  const meter = new ProgressMeter(request.onProgress, progressEveryMs);
  meter.enter('fetch', total);
  let done = here;
  const onChunk = (bytes: number) => {
    done += bytes;
    meter.at(done);
  };
  const broken = new AbortController();
  const unwatch = watchSpace(images, reserveBytes, broken);
  const lane = async () => {
    for (let range = ranges.take(); range !== undefined; range = ranges.take()) {
      if (broken.signal.aborted) return;
      const source = nextSource(request, peers);
      const ended = await fetchRange({ request, manifest, disk, source, range, onChunk, broken });
      if (ended.how === 'done') peers.served(source);
      else if (ended.how === 'lie') {
        peers.lied(source, ended.reason);
        request.onLie?.(source.id, ended.chunk);
      } else peers.failed(source, ended.reason);
      if (ended.how !== 'done') ranges.putBack(disk.written, range);
    }
  };
  const guarded = () =>
    lane().catch((error: unknown) => {
      broken.abort(error);
    });
  // All are awaited even when one fails: the caller closes the file next. A lane that found nothing to take may have left
  // before another one put something back: that one takes it again itself.
  await Promise.all(Array.from({ length: LANES }, guarded));
  unwatch();
  if (broken.signal.aborted) throw broken.signal.reason;
  meter.end();
}

function amounts(manifest: Manifest, { written }: PartialDisk) {
  let [total, here] = [0, 0];
  for (let i = 0; i < written.chunks; i++) {
    if (chunkHash(manifest, i) === null) continue;
    total += chunkLength(manifest, i);
    if (written.has(i)) here += chunkLength(manifest, i);
  }
  return { total, here };
}

type Ended =
  | { readonly how: 'done' }
  | { readonly how: 'failed'; readonly reason: unknown }
  | { readonly how: 'lie'; readonly chunk: number; readonly reason: unknown };

interface RangeJob {
  readonly request: FetchRequest;
  readonly manifest: Manifest;
  readonly disk: PartialDisk;
  readonly source: ChunkSource;
  readonly range: Range;
  readonly onChunk: (bytes: number) => void;
  /** Aborted when another lane failed for good. */
  readonly broken: AbortController;
}

/** What goes wrong with the source is its end; what goes wrong here is thrown. */
async function fetchRange(job: RangeJob): Promise<Ended> {
  const { request, manifest, disk, source, range, broken } = job;
  const ending = new AbortController();
  const signal = AbortSignal.any([bothOf(ending, request), broken.signal]);
  const patience = { stallMs: request.stallMs ?? STALL_MS, signal };
  let reader: ByteReader | undefined;
  try {
    for (let chunk = range.from; chunk < range.from + range.count; chunk++) {
      const expected = chunkHash(manifest, chunk);
      if (expected === null) continue;
      const bytes = new Uint8Array(chunkLength(manifest, chunk));
      try {
        reader ??= new ByteReader(
          await patiently(source.data(request.versionId, range.from, range.count, signal), patience),
          patience,
        );
        if (!(await reader.fill(bytes)))
          return { how: 'failed', reason: new ImagesError('images.cut_off', { chunk }) };
      } catch (reason) {
        return { how: 'failed', reason };
      }
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      if (!expected.equals(hash))
        return { how: 'lie', chunk, reason: new ImagesError('images.wrong_chunk', { chunk }) };
      await disk.put(chunk, bytes);
      job.onChunk(bytes.length);
    }
    return { how: 'done' };
  } finally {
    reader?.cancel();
    ending.abort();
  }
}

/** @throws ImagesError `images.cancelled`, `images.no_source` */
function nextSource({ versionId, sources, signal }: FetchRequest, peers: Peers): ChunkSource {
  if (signal?.aborted) throw new ImagesError('images.cancelled', {});
  const source = peers.take();
  if (source !== undefined) return source;
  const { reason } = peers;
  const code = reason instanceof ImagesError ? reason.code : null;
  throw new ImagesError('images.no_source', { versionId, asked: sources.length, code }, { cause: reason });
}

function bothOf({ signal }: AbortController, request: FetchRequest): AbortSignal {
  return request.signal ? AbortSignal.any([signal, request.signal]) : signal;
}
