/** Import: look, refuse or convert and hash, seal, publish with one rename. */
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { PresentBitmap } from './bitmap.ts';
import { convertAndHash } from './convert.ts';
import type { DataMap } from './data-map.ts';
import { syncFolder, withFile, writeDurable } from './durable.ts';
import { ImagesError, namedWriteError } from './errors.ts';
import type { SourceFormat } from './formats/detect.ts';
import type { Layout, VersionPaths } from './layout.ts';
import type { ImageLimits } from './limits.ts';
import {
  type BootKind,
  CHUNK_BYTES,
  checkHead,
  chunkCount,
  encodeManifest,
  type Manifest,
  type ManifestHead,
  manifestHash,
  type OsFamily,
} from './manifest.ts';
import { type OnProgress, ProgressMeter } from './progress.ts';
import { SANDBOX_ID } from './qemu-img.ts';
import { mapSource, type OpenSource, openSource } from './source.ts';
import { requireSpace } from './space.ts';

/** Folders of versions may be passed through but not listed: QEMU's user reaches `disk.raw` by its full path. */
export const FOLDER_MODE = 0o711;
/** Nobody writes to a complete version, QEMU's user may read it. libvirt makes that user its owner at a VM's start. */
export const DISK_MODE = 0o444;
export const FILE_MODE = 0o644;

export interface ImportRequest {
  readonly source: { readonly path: string };
  readonly versionId: string;
  readonly imageId: string;
  readonly number: number;
  readonly parent?: string | null;
  readonly author: string;
  readonly os: OsFamily;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Take the bytes as those of a disk, whatever they look like. Default: tell the format from the bytes. */
  readonly asRaw?: boolean;
  /** Largest disk to take, in bytes. Default: the store's limit. */
  readonly maxVirtualBytes?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface ImportedVersion {
  readonly versionId: string;
  readonly manifestHash: string;
  readonly virtualBytes: number;
  /** What it takes on disk. */
  readonly storedBytes: number;
  /** All chunks, zero ones included. */
  readonly chunks: number;
  readonly kind: BootKind;
  readonly format: SourceFormat;
}

export interface ImportContext {
  readonly layout: Layout;
  readonly limits: ImageLimits;
}

/** @throws ImagesError; whatever it wrote is then gone */
export async function importVersion(
  context: ImportContext,
  request: ImportRequest,
): Promise<ImportedVersion> {
  const { layout } = context;
  const { maxVirtualBytes = context.limits.maxVirtualBytes } = request;
  const limits = { ...context.limits, maxVirtualBytes };
  const signal = request.signal ?? new AbortController().signal;
  const meter = new ProgressMeter(request.onProgress, limits.progressEveryMs);
  meter.enter('inspect', 0);
  const source = await openSource(request.source.path, request.asRaw === true, limits, signal);
  try {
    const head = headOf(request, source);
    const map = await mapSource(source, head, limits, signal);
    await requireSpace(layout.images, map.dataBytes, limits.reserveBytes);
    return await build({ layout, limits }, head, source, map, meter, signal);
  } finally {
    await source.handle.close();
  }
}

function headOf(request: ImportRequest, source: OpenSource): ManifestHead {
  const head: ManifestHead = {
    versionId: request.versionId,
    imageId: request.imageId,
    number: request.number,
    parent: request.parent ?? null,
    author: request.author,
    os: request.os,
    createdAt: request.createdAt,
    boot: source.format === 'iso' ? 'iso' : 'disk',
    virtualBytes: source.virtualBytes,
    chunkBytes: CHUNK_BYTES,
  };
  checkHead(head);
  return head;
}

async function build(
  context: ImportContext,
  head: ManifestHead,
  source: OpenSource,
  map: DataMap,
  meter: ProgressMeter,
  signal: AbortSignal,
): Promise<ImportedVersion> {
  const { layout, limits } = context;
  const half = layout.importing(head.versionId);
  try {
    await mkdir(half.folder, { mode: 0o700 }); // nobody passes while it is half made
    const { hashes, storedBytes } = await withFile(half.disk, 'wx+', async (target) => {
      if (process.getuid?.() === 0) await target.chown(SANDBOX_ID, SANDBOX_ID);
      const hashes = await convertAndHash({
        source,
        map,
        target,
        folder: half.folder,
        limits,
        meter,
        signal,
      });
      await source.unchanged();
      meter.enter('flush', map.dataBytes);
      if (process.getuid?.() === 0) await target.chown(0, 0);
      await target.chmod(DISK_MODE);
      await target.sync();
      return { hashes, storedBytes: (await target.stat()).blocks * 512 };
    });
    const encoded = await seal(half, { ...head, hashes });
    throwIfCancelled(signal);
    await publishFolder(layout, head.versionId);
    meter.end();
    return {
      versionId: head.versionId,
      manifestHash: manifestHash(encoded),
      virtualBytes: head.virtualBytes,
      storedBytes,
      chunks: chunkCount(head),
      kind: head.boot,
      format: source.format,
    };
  } catch (error) {
    await rm(half.folder, { recursive: true, force: true });
    throw namedWriteError(error);
  }
}

/** Writes what belongs beside the disk. The manifest comes last: a folder with a manifest is whole. */
export async function seal(paths: VersionPaths, manifest: Manifest): Promise<Buffer> {
  const encoded = encodeManifest(manifest);
  await writeDurable(paths.present, PresentBitmap.full(chunkCount(manifest)).bytes, FILE_MODE);
  await writeDurable(paths.manifest, encoded, FILE_MODE);
  return encoded;
}

/** The one rename by which a version is there, of a folder that `seal` completed. */
export async function publishFolder(layout: Layout, versionId: string): Promise<void> {
  const { folder } = layout.importing(versionId);
  await chmod(folder, FOLDER_MODE);
  await syncFolder(folder);
  await rename(folder, layout.version(versionId).folder);
  await syncFolder(layout.images);
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new ImagesError('images.cancelled', {});
}
