/** Capture: the disk of a VM, as its overlay says it, becomes a version. Look, refuse or write and hash, seal, publish with one rename. */
import { mkdir, rm } from 'node:fs/promises';
import { withFile } from '../durable.ts';
import { namedWriteError } from '../errors.ts';
import { DISK_MODE, type ImportContext, type ImportedVersion, publishFolder, seal } from '../import.ts';
import {
  checkHead,
  chunkCount,
  type ManifestHead,
  manifestHash,
  newBytesOf,
  type OsFamily,
} from '../manifest.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import { cancelled } from '../qemu-img.ts';
import { requireSpace, watchSpace } from '../space.ts';
import { loadVersion } from '../versions.ts';
import { BaseChunks } from './base.ts';
import { buildDisk, cloneDisk } from './build.ts';
import { mapOverlay, type OpenOverlay, openOverlay } from './overlay.ts';
import type { OverlayMap } from './overlay-map.ts';
import { type CaptureForm, type CapturePlan, planCapture } from './plan.ts';

export interface CaptureRequest {
  readonly versionId: string;
  readonly imageId: string;
  readonly number: number;
  readonly author: string;
  readonly os: OsFamily;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** A qcow2 layer that nobody writes: its VM is off, or works on a layer above. */
  readonly overlay: string;
  /** The version under it, whole here; null: an empty disk (installed from a CD). */
  readonly baseVersionId: string | null;
  readonly form: CaptureForm;
  /** Size of the overlay's disk, bytes: one of another size is refused. */
  readonly virtualBytes: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface CapturedVersion extends ImportedVersion {
  /** Bytes of chunks that the base does not have at the same place: what travels to a PC that holds the base. */
  readonly newBytes: number;
}

/** @throws ImagesError; whatever it wrote is then gone */
export async function captureVersion(
  context: ImportContext,
  request: CaptureRequest,
): Promise<CapturedVersion> {
  const { layout, limits } = context;
  const stop = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, stop.signal]) : stop.signal;
  const meter = new ProgressMeter(request.onProgress, limits.progressEveryMs);
  meter.enter('inspect', 0);
  const overlay = await openOverlay(request.overlay, request.virtualBytes, limits, signal);
  const unwatch = watchSpace(layout.images, limits.reserveBytes, stop);
  try {
    return await withBase(context, request.baseVersionId, async (base) => {
      const map = await mapOverlay(overlay, request.virtualBytes, limits, signal);
      const plan = planCapture(request.form, map, base, request.virtualBytes);
      return await build(context, { request, overlay, map, base, plan, meter, signal });
    });
  } finally {
    unwatch();
    await overlay.handle.close();
  }
}

interface Job {
  readonly request: CaptureRequest;
  readonly overlay: OpenOverlay;
  readonly map: OverlayMap;
  readonly base: BaseChunks | null;
  readonly plan: CapturePlan;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
}

async function build({ layout, limits }: ImportContext, job: Job): Promise<CapturedVersion> {
  const { plan, base, signal, meter } = job;
  const head = headOf(job.request, plan);
  const half = layout.importing(head.versionId);
  try {
    await mkdir(half.folder, { mode: 0o700 }); // nobody passes while it is half made
    const isClone =
      plan.form === 'image' && base !== null && (await cloneDisk(layout.version(base.id).disk, half.disk));
    const needBytes = plan.rebuiltBytes + (isClone ? 0 : plan.keptBytes);
    await requireSpace(layout.images, needBytes, limits.reserveBytes);
    const { hashes, storedBytes } = await withFile(half.disk, isClone ? 'r+' : 'wx+', async (target) => {
      await target.truncate(plan.virtualBytes);
      const hashes = await buildDisk({ ...job, overlay: job.overlay.handle, target, isClone });
      await job.overlay.unchanged();
      meter.enter('flush', plan.rebuiltBytes);
      await target.chmod(DISK_MODE);
      await target.sync();
      return { hashes, storedBytes: (await target.stat()).blocks * 512 };
    });
    const manifest = { ...head, hashes };
    const encoded = await seal(half, manifest);
    if (signal.aborted) throw cancelled(signal);
    await publishFolder(layout, head.versionId);
    meter.end();
    return {
      versionId: head.versionId,
      manifestHash: manifestHash(encoded),
      virtualBytes: head.virtualBytes,
      storedBytes,
      newBytes: newBytesOf(manifest, base?.version.manifest ?? null),
      chunks: chunkCount(head),
      kind: head.boot,
      format: job.overlay.format,
    };
  } catch (error) {
    await rm(half.folder, { recursive: true, force: true });
    throw namedWriteError(error);
  }
}

function headOf(request: CaptureRequest, plan: CapturePlan): ManifestHead {
  const head: ManifestHead = {
    versionId: request.versionId,
    imageId: request.imageId,
    number: request.number,
    parent: request.baseVersionId,
    author: request.author,
    os: request.os,
    createdAt: request.createdAt,
    boot: 'disk',
    virtualBytes: plan.virtualBytes,
    chunkBytes: plan.chunkBytes,
  };
  checkHead(head);
  return head;
}

/** Opens the base for as long as the work takes: its bytes stay readable whatever happens to its name. */
async function withBase<T>(
  { layout }: ImportContext,
  versionId: string | null,
  work: (base: BaseChunks | null) => Promise<T>,
): Promise<T> {
  if (versionId === null) return await work(null);
  const paths = layout.version(versionId);
  return await withFile(paths.disk, 'r', async (handle) =>
    work(new BaseChunks(await loadVersion(paths, versionId), handle)),
  );
}
