/** Writes a version to a file of its own, as qcow2 or raw. */
import { link, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder, withFile } from './durable.ts';
import { ImagesError, namedWriteError, systemCode } from './errors.ts';
import type { VersionPaths } from './layout.ts';
import { CONVERT_BASE_MS, type ImageLimits } from './limits.ts';
import { type OnProgress, ProgressMeter } from './progress.ts';
import { runQemuImg, SANDBOX_ID, sourceSpec, targetFile } from './qemu-img.ts';
import { requireSpace } from './space.ts';
import type { VersionInfo } from './versions.ts';

export interface ExportOptions {
  readonly format: 'qcow2' | 'raw';
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

// Tables of a qcow2: 8 bytes per 64 KiB cluster plus refcounts, far below a thousandth; and a base for tiny images.
const QCOW2_OVERHEAD = 0.001;
const QCOW2_BASE = 1024 * 1024;
const EXPORT_MODE = 0o600; // whoever asked decides who else may read it

/**
 * @param file must not exist; it appears complete or not at all
 * @throws ImagesError `images.export_exists`, `images.export_unwritable`, `images.no_space`, `images.disk_full`, `images.cancelled`
 */
export async function exportVersion(
  paths: VersionPaths,
  info: VersionInfo,
  file: string,
  options: ExportOptions,
  limits: ImageLimits,
): Promise<void> {
  const half = join(dirname(file), `.${basename(file)}.${info.versionId}.part`);
  const meter = new ProgressMeter(options.onProgress, limits.progressEveryMs);
  // No reserve: the target is a disk of the person's choice, often a stick.
  await requireSpace(dirname(file), info.storedBytes, 0).catch((error: unknown) => {
    throw unwritable(error, file);
  });
  try {
    await write(paths, info, half, options, limits, meter);
    // A link, not a rename: it fails where a file of that name has come meanwhile.
    await link(half, file);
    await syncFolder(dirname(file));
    meter.end();
  } catch (error) {
    throw unwritable(namedWriteError(error), file);
  } finally {
    await rm(half, { force: true });
  }
}

async function write(
  paths: VersionPaths,
  info: VersionInfo,
  half: string,
  options: ExportOptions,
  limits: ImageLimits,
  meter: ProgressMeter,
): Promise<void> {
  await rm(half, { force: true }); // of an export that was cut short
  const target = await open(half, 'wx+', EXPORT_MODE);
  try {
    if (process.getuid?.() === 0) await target.chown(SANDBOX_ID, SANDBOX_ID);
    meter.enter('export', info.storedBytes);
    const outputBytes = Math.ceil(info.virtualBytes * (1 + QCOW2_OVERHEAD)) + QCOW2_BASE;
    await withFile(paths.disk, 'r', async (source) => {
      const result = await runQemuImg({
        args: ['convert', '-p', '-O', options.format, sourceSpec('raw', null), targetFile],
        sourceFd: source.fd,
        targetFd: target.fd,
        worldReadable: true,
        timeoutMs: CONVERT_BASE_MS + (info.storedBytes / limits.slowestBytesPerSecond) * 1000,
        memoryBytes: limits.toolMemoryBytes,
        outputBytes,
        signal: options.signal ?? new AbortController().signal,
        onStdout: (text) => {
          const percent = [...text.matchAll(/\((\d{1,3}\.\d{2})\/100%\)/g)].pop()?.[1];
          if (percent !== undefined) meter.at((Number(percent) / 100) * info.storedBytes);
        },
      });
      if (result.exit === 0) return;
      if (/No space left|quota exceeded/i.test(result.complaint))
        throw new ImagesError('images.disk_full', { freeBytes: 0 });
      throw new ImagesError('images.tool_failed', { tool: 'qemu-img convert', detail: result.complaint });
    });
    if (process.getuid?.() === 0) await target.chown(0, 0);
    await target.sync();
  } finally {
    await target.close();
  }
}

function unwritable(error: unknown, file: string): unknown {
  if (error instanceof ImagesError) return error;
  const code = systemCode(error);
  if (code === 'EEXIST') return new ImagesError('images.export_exists', { file }, { cause: error });
  if (code === undefined) return error;
  return new ImagesError('images.export_unwritable', { file, reason: code }, { cause: error });
}
