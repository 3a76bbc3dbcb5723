/** The versions on this disk: reading them at start, and what is known of each without its hashes in memory. */
import { readFile, stat } from 'node:fs/promises';
import { PresentBitmap } from './bitmap.ts';
import { ImagesError } from './errors.ts';
import type { VersionPaths } from './layout.ts';
import {
  chunkCount,
  dataChunks,
  decodeManifest,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type ManifestHead,
  manifestHash,
} from './manifest.ts';

export interface VersionInfo extends ManifestHead {
  readonly manifestHash: string;
  /** All chunks of the disk. */
  readonly chunks: number;
  /** Those that are not zeros. */
  readonly dataChunks: number;
  /** Chunks that are here; zero ones always are. */
  readonly presentChunks: number;
  /** Every chunk is here: a VM may use `disk.raw` as it is. */
  readonly complete: boolean;
  /** Bytes that it takes on disk. */
  readonly storedBytes: number;
}

export interface LoadedVersion {
  readonly info: VersionInfo;
  readonly manifest: Manifest;
  readonly present: PresentBitmap;
}

/** @throws ImagesError `images.manifest_invalid` where the folder does not hold what its name says */
export async function loadVersion(paths: VersionPaths, versionId: string): Promise<LoadedVersion> {
  const encoded = await boundedFile(paths.manifest, MAX_MANIFEST_BYTES);
  const manifest = decodeManifest(encoded);
  if (manifest.versionId !== versionId) throw invalid('it belongs to another version');
  const chunks = chunkCount(manifest);
  const disk = await stat(paths.disk).catch(() => null);
  if (disk === null || !disk.isFile()) throw invalid('its disk.raw is gone');
  if (disk.size !== manifest.virtualBytes) throw invalid('its disk.raw has another size');
  const present = PresentBitmap.read(await boundedFile(paths.present, Math.ceil(chunks / 8)), chunks);
  if (present === null) throw invalid('its present.bitmap does not fit');
  const { hashes: _, ...head } = manifest;
  const presentChunks = present.count();
  const info = {
    ...head,
    manifestHash: manifestHash(encoded),
    chunks,
    dataChunks: dataChunks(manifest),
    presentChunks,
    complete: presentChunks === chunks,
    storedBytes: disk.blocks * 512, // st_blocks counts in 512 bytes whatever the file system
  };
  return { info, manifest, present };
}

async function boundedFile(path: string, limit: number): Promise<Buffer> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile()) throw invalid('a file of it is gone');
  if (found.size > limit) throw invalid('a file of it is too long');
  return await readFile(path);
}

function invalid(reason: string): ImagesError {
  return new ImagesError('images.manifest_invalid', { reason });
}
