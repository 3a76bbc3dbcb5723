/** Reads a version again and compares it with its manifest. */
import { hashChunks } from './chunk-hasher.ts';
import { DataMap } from './data-map.ts';
import { withFile } from './durable.ts';
import { ImagesError } from './errors.ts';
import type { VersionPaths } from './layout.ts';
import type { ImageLimits } from './limits.ts';
import { chunkHash, chunkLength, type Manifest, zerosHash } from './manifest.ts';
import { type OnProgress, ProgressMeter } from './progress.ts';
import { runQemuImg, sourceSpec } from './qemu-img.ts';
import type { LoadedVersion } from './versions.ts';

export interface VerifyReport {
  /** Chunks that are here and were compared. */
  readonly checked: number;
  /** Those whose bytes are not what the manifest says, ascending. */
  readonly damaged: number[];
}

export interface LongWork {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export async function verifyVersion(
  paths: VersionPaths,
  version: LoadedVersion,
  limits: ImageLimits,
  work: LongWork,
): Promise<VerifyReport> {
  const { manifest, present } = version;
  const signal = work.signal ?? new AbortController().signal;
  const meter = new ProgressMeter(work.onProgress, limits.progressEveryMs);
  const damaged: number[] = [];
  await withFile(paths.disk, 'r', async (handle) => {
    const map = await allocated(handle.fd, version, limits, signal);
    // An elided chunk that is a hole cannot differ; one that has bytes on disk is read like the others.
    const wanted = (chunk: number) =>
      present.has(chunk) && (chunkHash(manifest, chunk) !== null || (map.perChunk[chunk] ?? 0) > 0);
    let total = 0;
    for (let i = 0; i < present.chunks; i++) if (wanted(i)) total += chunkLength(manifest, i);
    meter.enter('check', total);
    let done = 0;
    const onHash = (chunk: number, hash: Uint8Array | null) => {
      if (!fits(manifest, chunk, hash)) damaged.push(chunk);
      done += chunkLength(manifest, chunk);
      meter.at(done);
    };
    await hashChunks({ handle, shape: manifest, wanted, signal, onHash });
    meter.end();
  });
  return { checked: present.count(), damaged: damaged.sort((a, b) => a - b) };
}

/** @param hash of what was read; null: zeros */
function fits(manifest: Manifest, chunk: number, hash: Uint8Array | null): boolean {
  const expected = chunkHash(manifest, chunk);
  if (expected === null) return hash === null;
  return expected.equals(hash ?? zerosHash(chunkLength(manifest, chunk)));
}

/** Where `disk.raw` has bytes of its own rather than holes. */
async function allocated(
  sourceFd: number,
  version: LoadedVersion,
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<DataMap> {
  const map = new DataMap(version.manifest, 'raw', version.manifest.virtualBytes);
  const result = await runQemuImg({
    args: ['map', '--output=json', sourceSpec('raw', null)],
    sourceFd,
    worldReadable: true,
    timeoutMs: limits.inspectMs,
    memoryBytes: limits.toolMemoryBytes,
    outputBytes: 0,
    signal,
    onStdout: (text) => map.take(text),
  });
  if (result.exit !== 0)
    throw new ImagesError('images.tool_failed', { tool: 'qemu-img map', detail: result.complaint });
  map.end();
  return map;
}
