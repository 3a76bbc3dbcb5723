/** Reads a version again, slowly, so that nobody notices: disks forget bits, and the other copies should still be there when that is found. */
import { stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFile } from './durable.ts';
import { ImagesError } from './errors.ts';
import type { VersionPaths } from './layout.ts';
import { chunkHash, chunkLength } from './manifest.ts';
import { isChunk, readChunk } from './swarm/chunk.ts';
import type { VerifyReport } from './verify.ts';
import type { LoadedVersion } from './versions.ts';

/** Its time of change is when the version was last read through. */
const CHECKED = 'checked';

export interface ScrubWork {
  /** Asked before each chunk. */
  readonly bytesPerSecond: () => number;
  readonly signal: AbortSignal;
}

/** Chunks without data are holes, and a hole forgets nothing. */
export async function scrubVersion(
  paths: VersionPaths,
  { manifest, present }: LoadedVersion,
  { bytesPerSecond, signal }: ScrubWork,
): Promise<VerifyReport> {
  const damaged: number[] = [];
  let checked = 0;
  await withFile(paths.disk, 'r', async (disk) => {
    for (let chunk = 0; chunk < present.chunks; chunk++) {
      if (!present.has(chunk) || chunkHash(manifest, chunk) === null) continue;
      if (signal.aborted) throw new ImagesError('images.cancelled', {});
      const bytes = await readChunk(disk, manifest, chunk);
      checked++;
      if (!isChunk(manifest, chunk, bytes)) damaged.push(chunk);
      await Bun.sleep((chunkLength(manifest, chunk) / bytesPerSecond()) * 1000);
    }
  });
  await markChecked(paths);
  return { checked, damaged };
}

/** When the version was last known to be what it is, ms; its arrival counts. */
export async function lastChecked(paths: VersionPaths): Promise<number> {
  const times = [join(paths.folder, CHECKED), paths.present].map((path) => stat(path).catch(() => null));
  return Math.max(0, ...(await Promise.all(times)).map((found) => found?.mtimeMs ?? 0));
}

async function markChecked(paths: VersionPaths): Promise<void> {
  const path = join(paths.folder, CHECKED);
  await writeFile(path, '');
  const now = new Date();
  await utimes(path, now, now); // an empty write may leave the old time
}
