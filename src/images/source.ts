/** The file that an import reads: opened once and then known by its descriptor, so that nobody can swap it behind the checks. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { DataMap, type DiskShape } from './data-map.ts';
import { ImagesError, systemCode } from './errors.ts';
import { type Detected, type DiskFormat, detect, type SourceFormat } from './formats/detect.ts';
import { ByteWindow } from './formats/window.ts';
import type { ImageLimits } from './limits.ts';
import { runQemuImg, sourceSpec, type ToolResult } from './qemu-img.ts';

export const OTHERS_MAY_READ = 0o004;
// Formats whose own tables `qemu-img check` can walk.
const CHECKABLE: readonly DiskFormat[] = ['qcow2', 'vmdk', 'vdi'];
const CHECK_LEAKS_ONLY = 3; // wasted space: harms nobody

/** What `qemu-img info` says, as far as it is used (qapi/block-core.json, ImageInfo). */
const infoSchema = z.object({
  'virtual-size': z.number().int().nonnegative(),
  format: z.string(),
  encrypted: z.boolean().optional(),
  'backing-filename': z.string().optional(),
  'format-specific': z
    .object({ data: z.object({ 'data-file': z.string().optional() }).optional() })
    .optional(),
});
const checkSchema = z.object({ 'image-end-offset': z.number().int().optional() });

/** A file that qemu-img may be asked about. */
export interface MappableSource {
  readonly handle: FileHandle;
  readonly format: SourceFormat;
  readonly disk: DiskFormat;
  /** How qemu-img is to open it. */
  readonly spec: string;
  readonly worldReadable: boolean;
  /** Bytes of the file, or of the disk within an OVA. */
  readonly fileBytes: number;
}

export interface OpenSource extends MappableSource {
  readonly name: string;
  readonly virtualBytes: number;
  /** Throws `images.source_changed` if anybody wrote to the file since it was opened. */
  unchanged(): Promise<void>;
}

/** Opens, recognises and checks. The caller closes `handle`. @throws ImagesError for everything that must not come in */
export async function openSource(
  path: string,
  asRaw: boolean,
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<OpenSource> {
  const name = basename(path);
  const handle = await openFile(path, name);
  try {
    const opened = await handle.stat({ bigint: true });
    if (!opened.isFile()) throw new ImagesError('images.source_not_file', { name });
    if (opened.size === 0n) throw new ImagesError('images.source_empty', { name });
    const found = await detect(new ByteWindow(handle, 0, Number(opened.size)), name, asRaw);
    const source = {
      name,
      handle,
      format: found.format,
      disk: found.disk,
      spec: sourceSpec(found.disk, partOf(found, Number(opened.size))),
      worldReadable: (Number(opened.mode) & OTHERS_MAY_READ) !== 0,
      fileBytes: found.window.size,
      virtualBytes: 0,
      unchanged: async () => {
        const now = await handle.stat({ bigint: true });
        if (now.size === opened.size && now.mtimeNs === opened.mtimeNs && now.ctimeNs === opened.ctimeNs)
          return;
        throw new ImagesError('images.source_changed', { name });
      },
    };
    return { ...source, virtualBytes: await checkInfo(source, limits, signal) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function partOf(found: Detected, fileBytes: number): { offset: number; size: number } | null {
  const { offset, size } = found.window;
  return offset === 0 && size === fileBytes ? null : { offset, size };
}

/** @throws ImagesError `images.source_missing`, `images.source_unreadable` */
export async function openFile(path: string, name: string): Promise<FileHandle> {
  try {
    // NONBLOCK: opening a pipe that nobody writes must not hang.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new ImagesError('images.source_missing', { name }, { cause: error });
    throw new ImagesError('images.source_unreadable', { name, reason: code ?? 'unknown' }, { cause: error });
  }
}

/** A second opinion on what our own reading of the header said, and the virtual size. */
async function checkInfo(source: OpenSource, limits: ImageLimits, signal: AbortSignal): Promise<number> {
  const result = await ask(source, ['info', '--output=json', source.spec], limits, signal);
  if (result.exit !== 0) throw damaged(source, result.complaint);
  const info = infoSchema.safeParse(jsonOrNull(result.stdout));
  if (!info.success) throw damaged(source, 'qemu-img cannot describe it');
  const backing = info.data['backing-filename'];
  if (backing !== undefined)
    throw new ImagesError('images.backing_file', { format: source.format, reference: backing });
  const dataFile = info.data['format-specific']?.data?.['data-file'];
  if (dataFile !== undefined)
    throw new ImagesError('images.external_data', { format: source.format, reference: dataFile });
  if (info.data.encrypted === true) throw new ImagesError('images.encrypted', { format: source.format });
  const virtualBytes = info.data['virtual-size'];
  if (virtualBytes === 0) throw damaged(source, 'its disk has no size');
  if (virtualBytes > limits.maxVirtualBytes) {
    throw new ImagesError('images.too_large', { virtualBytes, limitBytes: limits.maxVirtualBytes });
  }
  return virtualBytes;
}

/** Which chunks hold data; refuses a file that was cut or whose own tables contradict each other. */
export async function mapSource(
  source: OpenSource,
  shape: DiskShape,
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<DataMap> {
  const map = new DataMap(shape, source.format, source.fileBytes);
  const result = await ask(source, ['map', '--output=json', source.spec], limits, signal, (text) =>
    map.take(text),
  );
  if (result.exit !== 0) throw damaged(source, result.complaint);
  map.end();
  await checkTables(source, limits, signal);
  return map;
}

/** Refuses a file whose own tables contradict each other. Space that it wastes harms nobody. */
export async function checkTables(
  source: MappableSource,
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<void> {
  if (!CHECKABLE.includes(source.disk)) return;
  const result = await ask(source, ['check', '--output=json', source.spec], limits, signal);
  if (result.exit === 0 || result.exit === CHECK_LEAKS_ONLY) return;
  const end = checkSchema.safeParse(jsonOrNull(result.stdout)).data?.['image-end-offset'];
  if (end !== undefined && end > source.fileBytes) {
    throw new ImagesError('images.truncated', {
      format: source.format,
      haveBytes: source.fileBytes,
      needBytes: end,
    });
  }
  throw damaged(source, result.complaint === '' ? 'its tables contradict each other' : result.complaint);
}

/** Asks qemu-img about the file; it may not write. */
export function ask(
  source: MappableSource,
  args: readonly string[],
  limits: ImageLimits,
  signal: AbortSignal,
  onStdout?: (text: string) => void,
): Promise<ToolResult> {
  return runQemuImg({
    args,
    sourceFd: source.handle.fd,
    worldReadable: source.worldReadable,
    timeoutMs: limits.inspectMs,
    memoryBytes: limits.toolMemoryBytes,
    outputBytes: 0, // it only answers
    signal,
    ...(onStdout === undefined ? {} : { onStdout }),
  });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function damaged(source: MappableSource, detail: string): ImagesError {
  return new ImagesError('images.damaged', { format: source.format, detail });
}
