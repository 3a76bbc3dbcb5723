/** A version brought here: its manifest from anybody, believed by its hash; then its chunks from all at once. */
import { ImagesError, namedWriteError } from '../errors.ts';
import type { Layout } from '../layout.ts';
import type { ImageLimits } from '../limits.ts';
import {
  chunkHash,
  chunkLength,
  decodeManifest,
  type Manifest,
  manifestBytes,
  manifestHash,
} from '../manifest.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import { requireSpace, watchSpace } from '../space.ts';
import { type LoadedVersion, loadVersion } from '../versions.ts';
import type { Budget } from './budget.ts';
import { Download } from './download.ts';
import type { FrameCache } from './frame-cache.ts';
import type { Growth } from './growth.ts';
import { beginPartial, PartialDisk } from './partial.ts';
import { ByteReader, patiently, STALL_MS } from './read.ts';
import { copyFrom, type Relative } from './relatives.ts';
import type { ChunkSource } from './source.ts';

export interface FetchRequest {
  readonly versionId: string;
  /** Hex SHA-256: what makes the manifest, and through it every chunk, believable. */
  readonly manifestHash: string;
  /** How many chunks it is said to have: bounds what its manifest may take. */
  readonly chunks?: number;
  readonly sources: readonly ChunkSource[];
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** A source sent bytes that are not what the manifest says; `chunk` is null for what was no answer, or another manifest. */
  readonly onLie?: (sourceId: string, chunk: number | null) => void;
  /** How long a source may send nothing. Default 20 s. */
  readonly stallMs?: number;
  /** How long all of them together may bring nothing new. Default 60 s. */
  readonly giveUpMs?: number;
  /** Called once, when chunks begin to come: what is needed first, and who else may be asked, is told to it while it runs. */
  readonly onBegun?: (transfer: Transfer) => void;
}

/** A transfer under way. */
export type Transfer = Pick<Download, 'setSources' | 'demand' | 'expect' | 'peers'> & {
  /** Called for each chunk once it can be read from `disk.raw`. */
  onArrived(listener: (chunk: number) => void): void;
};

export interface FetchContext {
  readonly layout: Layout;
  readonly limits: ImageLimits;
  readonly cache: FrameCache;
  /** A part of it is here. */
  readonly isBegun: boolean;
  /** Called when the version's folder is there. */
  readonly onBegun: () => Promise<void>;
  /** What this PC fetches in all is bounded. */
  readonly budget: Budget;
  /** Versions here that may hold some of the chunks, the likeliest first. */
  readonly relatives: (manifest: Manifest) => Promise<readonly Relative[]>;
  /** Called when chunks can be given to others: `loaded.present` grows while the transfer runs. Gives what is told of each chunk that comes. */
  readonly onShared: (loaded: LoadedVersion) => Growth;
}

/** @throws ImagesError `images.no_source`, `images.no_space`, `images.disk_full`, `images.cancelled`; what came stays for the next try */
export async function fetchVersion(context: FetchContext, request: FetchRequest): Promise<void> {
  if (!context.isBegun) {
    const manifest = await fetchManifest(request);
    await beginPartial(context.layout, manifest).catch((error: unknown) => {
      throw namedWriteError(error);
    });
    await context.onBegun();
  }
  const paths = context.layout.version(request.versionId);
  const loaded = await loadVersion(paths, request.versionId);
  if (loaded.info.complete) return;
  const disk = await PartialDisk.open(paths, loaded);
  try {
    const growth = context.onShared(loaded);
    await copyFrom(await context.relatives(loaded.manifest), loaded.manifest, disk, request.signal);
    await fetchChunks(context, request, loaded.manifest, disk, growth);
    await disk.seal();
  } catch (error) {
    await disk.flush().catch(() => {}); // the reason is what the caller needs; unsynced chunks come again
    throw namedWriteError(error);
  } finally {
    await disk.close();
  }
}

/** Asks one after the other. */
async function fetchManifest(request: FetchRequest): Promise<Manifest> {
  const { versionId, sources, onLie, stallMs = STALL_MS } = request;
  let reason: unknown = null;
  for (const source of sources) {
    if (request.signal?.aborted) throw new ImagesError('images.cancelled', {});
    const ending = new AbortController();
    const signal = request.signal ? AbortSignal.any([ending.signal, request.signal]) : ending.signal;
    const patience = { stallMs, signal };
    let reader: ByteReader | undefined;
    try {
      reader = new ByteReader(await patiently(source.manifest(versionId, signal), patience), patience);
      const encoded = await reader.all(manifestBytes(request.chunks));
      if (manifestHash(encoded) === request.manifestHash) return manifestOf(encoded, versionId);
      reason = new ImagesError('images.manifest_invalid', { reason: 'another manifest' });
      onLie?.(source.id, null);
    } catch (error) {
      reason = error;
    } finally {
      reader?.cancel();
      ending.abort();
    }
  }
  if (request.signal?.aborted) throw new ImagesError('images.cancelled', {});
  const code = reason instanceof ImagesError ? reason.code : null;
  throw new ImagesError('images.no_source', { versionId, asked: sources.length, code }, { cause: reason });
}

/** @throws ImagesError `images.manifest_invalid`: whoever made the version lied, and nobody has a better one */
function manifestOf(encoded: Uint8Array, versionId: string): Manifest {
  const manifest = decodeManifest(encoded);
  if (manifest.versionId === versionId) return manifest;
  throw new ImagesError('images.manifest_invalid', { reason: 'it belongs to another version' });
}

async function fetchChunks(
  { layout, limits, cache, budget }: FetchContext,
  request: FetchRequest,
  manifest: Manifest,
  disk: PartialDisk,
  growth: Growth,
): Promise<void> {
  const { total, here } = amounts(manifest, disk);
  await requireSpace(layout.images, total - here, limits.reserveBytes);
  const meter = new ProgressMeter(request.onProgress, limits.progressEveryMs);
  meter.enter('fetch', total);
  let done = here;
  const broken = new AbortController();
  const listeners: ((chunk: number) => void)[] = [];
  const download = new Download({
    manifest,
    here: disk.written,
    stallMs: request.stallMs ?? STALL_MS,
    ...(request.giveUpMs === undefined ? {} : { giveUpMs: request.giveUpMs }),
    signal: request.signal ? AbortSignal.any([broken.signal, request.signal]) : broken.signal,
    onLie: (sourceId, chunk) => request.onLie?.(sourceId, chunk),
    mayCome: (bytes) => budget.take(bytes, manifest.versionId),
    onChunk: async (chunk, bytes, { frame, isFirstHand }) => {
      await disk.put(chunk, bytes);
      cache.put(manifest.versionId, chunk, frame);
      growth.arrived(chunk, isFirstHand);
      done += bytes.length;
      meter.at(done);
      for (const listener of listeners) listener(chunk);
    },
  });
  request.onBegun?.({
    setSources: (sources) => download.setSources(sources),
    demand: (chunks) => download.demand(chunks),
    expect: (chunks) => download.expect(chunks),
    peers: () => download.peers(),
    onArrived: (listener) => listeners.push(listener),
  });
  download.setSources(request.sources);
  const unwatch = watchSpace(layout.images, limits.reserveBytes, broken);
  try {
    await download.run();
  } catch (error) {
    throw broken.signal.aborted ? broken.signal.reason : error;
  } finally {
    unwatch();
    await download.settled();
  }
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
