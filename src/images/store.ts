import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isUlid } from '../state/index.ts';
import type { Logger } from '../state/logger.ts';
import { type CapturedVersion, type CaptureRequest, captureVersion } from './capture/index.ts';
import { syncFolder } from './durable.ts';
import { ImagesError, namedWriteError } from './errors.ts';
import { type ExportOptions, exportVersion } from './export.ts';
import { FOLDER_MODE, type ImportedVersion, type ImportRequest, importVersion } from './import.ts';
import { checkedId, IMPORT_PREFIX, Layout, REMOVE_PREFIX } from './layout.ts';
import { defaultLimits, type ImageLimits } from './limits.ts';
import { encodeManifest, type Manifest } from './manifest.ts';
import { freeBytes } from './space.ts';
import { type FetchRequest, FrameCache, fetchVersion, Shares, type TakeRequest } from './swarm/index.ts';
import { UploadFolder, type Uploads } from './uploads.ts';
import { type LongWork, type VerifyReport, verifyVersion } from './verify.ts';
import { type LoadedVersion, loadVersion, type VersionInfo } from './versions.ts';

export interface ImageStoreOptions {
  /** The node's data folder. Everybody must be able to pass through it (mode 0711), or QEMU's user cannot reach the disks. */
  readonly dataDir: string;
  readonly logger: Logger;
  readonly limits?: Partial<ImageLimits>;
  /** Milliseconds since 1970, for uploads. Default: the PC's clock. */
  readonly now?: () => number;
}

export interface StartReport {
  readonly versions: VersionInfo[];
  /** Ids of versions whose import or removal had been cut off; their files are gone now. */
  readonly removedHalfMade: string[];
  /** Folders of versions that cannot be used; they are left as they are. */
  readonly damaged: { readonly versionId: string; readonly code: string; readonly reason: string }[];
  /** Uploads that had been cut off while they were made or removed. */
  readonly removedUploads: string[];
}

/** The images on this PC. Every method but `start` may be called after `start` only. */
export interface ImageStore {
  /** Makes the folders, removes what a crash left half made, reads what is there. */
  start(): Promise<StartReport>;
  /** Cancels what is under way and waits for its end. */
  stop(): Promise<void>;
  /** Brings in a file as a new version: complete and verified, or not at all. See ImagesErrorData for the refusals. */
  import(request: ImportRequest): Promise<ImportedVersion>;
  /**
   * Makes a version of the disk of a VM, or of what differs on it from its base: complete, or not at all. Neither layer nor base is changed.
   * @throws ImagesError `images.no_space` before anything moves, `images.version_incomplete` where the base is not whole, `images.base_damaged`,
   *   `images.damaged`, `images.source_changed`, `images.disk_full`, `images.cancelled`
   */
  capture(request: CaptureRequest): Promise<CapturedVersion>;
  /**
   * Brings a version here from other PCs, or what is missing of it; does nothing when it is whole. What came stays for the next try.
   * @throws ImagesError `images.no_source`, `images.no_space`, `images.disk_full`, `images.cancelled`, `images.busy`
   */
  fetch(request: FetchRequest): Promise<void>;
  /** For another PC: some of the chunks that it wants, of a version that is here whole or in part. @throws ImagesError */
  take(versionId: string, askerId: string, request: TakeRequest): Promise<ReadableStream<Uint8Array>>;
  versions(): VersionInfo[];
  /** Whether anything of it is here, whole or not. */
  has(versionId: string): boolean;
  /** Whether every chunk is here. */
  isWhole(versionId: string): boolean;
  /** `disk.raw`, to put a VM's overlay on. Never write to it. @throws ImagesError `images.version_unknown`, `images.version_incomplete` */
  localPath(versionId: string): string;
  manifest(versionId: string): Promise<Manifest>;
  /** The manifest in its one encoding, for another PC. @throws ImagesError */
  encodedManifest(versionId: string): Promise<Buffer>;
  /** Reads every chunk that is here again. Damaged ones are told, nothing is changed. */
  verify(versionId: string, work?: LongWork): Promise<VerifyReport>;
  export(versionId: string, file: string, options: ExportOptions): Promise<void>;
  /** Removes the version from this PC, whoever uses it: who may, and when, is decided elsewhere. */
  remove(versionId: string): Promise<void>;
  readonly uploads: Uploads;
  /** Bytes that images take on disk. */
  usedBytes(): number;
  /** Bytes that may still be written to the disk of the images. */
  freeBytes(): Promise<number>;
}

export function openImageStore(options: ImageStoreOptions): ImageStore {
  return new LocalImageStore(options);
}

class LocalImageStore implements ImageStore {
  readonly uploads: UploadFolder;
  private readonly layout: Layout;
  private readonly limits: ImageLimits;
  private readonly logger: Logger;
  private readonly known = new Map<string, VersionInfo>();
  /** Versions that an exclusive piece of work holds. */
  private readonly busy = new Set<string>();
  private readonly cache = new FrameCache();
  private readonly shares: Shares;
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(options: ImageStoreOptions) {
    this.layout = new Layout(options.dataDir);
    this.limits = { ...defaultLimits, ...options.limits };
    this.logger = options.logger.child({ service: 'images' });
    this.shares = new Shares(this.layout, {
      cache: this.cache,
      mayBeSent: async () => {},
      now: () => performance.now(),
      random: Math.random,
      onDamaged: (versionId, chunk) =>
        this.logger.error('a chunk of an image is damaged on this disk', { versionId, chunk }),
    });
    this.uploads = new UploadFolder(this.layout, this.limits, options.now ?? Date.now);
  }

  async start(): Promise<StartReport> {
    await mkdir(this.layout.images, { recursive: true });
    await chmod(this.layout.images, FOLDER_MODE);
    const removedHalfMade: string[] = [];
    const damaged: StartReport['damaged'] = [];
    for (const name of (await readdir(this.layout.images)).sort()) {
      const cutOff = cutOffId(name);
      if (cutOff !== null) {
        await rm(join(this.layout.images, name), { recursive: true, force: true });
        removedHalfMade.push(cutOff);
      } else if (isUlid(name)) {
        const problem = await this.load(name);
        if (problem !== null) damaged.push(problem);
      } else {
        this.logger.warn('a file in the images folder is not ours and stays', { name });
      }
    }
    const removedUploads = await this.uploads.start();
    this.logger.info('image store ready', {
      versions: this.known.size,
      removedHalfMade,
      damaged,
      removedUploads,
    });
    return { versions: this.versions(), removedHalfMade, damaged, removedUploads };
  }

  async stop(): Promise<void> {
    this.stopping.abort(new ImagesError('images.cancelled', {}));
    await Promise.allSettled(this.running);
  }

  async import(request: ImportRequest): Promise<ImportedVersion> {
    const versionId = checkedId(request.versionId);
    return await this.alone(versionId, request.signal, async (signal) => {
      if (this.known.has(versionId)) throw new ImagesError('images.version_exists', { versionId });
      const imported = await importVersion(
        { layout: this.layout, limits: this.limits },
        { ...request, signal },
      );
      this.known.set(versionId, (await loadVersion(this.layout.version(versionId), versionId)).info);
      this.logger.info('image imported', { ...imported });
      return imported;
    });
  }

  async capture(request: CaptureRequest): Promise<CapturedVersion> {
    const versionId = checkedId(request.versionId);
    return await this.alone(versionId, request.signal, async (signal) => {
      if (this.known.has(versionId)) throw new ImagesError('images.version_exists', { versionId });
      if (request.baseVersionId !== null) this.complete(request.baseVersionId);
      const { layout, limits } = this;
      const captured = await captureVersion({ layout, limits }, { ...request, signal });
      this.known.set(versionId, (await loadVersion(layout.version(versionId), versionId)).info);
      this.logger.info('disk of a VM captured', { form: request.form, ...captured });
      return captured;
    });
  }

  async fetch(request: FetchRequest): Promise<void> {
    const versionId = checkedId(request.versionId);
    const { layout, limits } = this;
    const paths = layout.version(versionId);
    const read = async () => void this.known.set(versionId, (await loadVersion(paths, versionId)).info);
    await this.alone(versionId, request.signal, async (signal) => {
      const isBegun = this.known.has(versionId);
      try {
        const onShared = (loaded: LoadedVersion) => this.shares.growing(versionId, loaded);
        const context = { layout, limits, cache: this.cache, isBegun, onBegun: read, onShared };
        await fetchVersion(context, { ...request, signal });
      } finally {
        this.shares.forget(versionId);
        if (this.known.has(versionId)) await read();
      }
      this.logger.info('image fetched', { versionId });
    });
  }

  async take(versionId: string, askerId: string, request: TakeRequest): Promise<ReadableStream<Uint8Array>> {
    this.info(versionId);
    return await this.shares.take(versionId, askerId, request);
  }

  isWhole(versionId: string): boolean {
    return this.known.get(versionId)?.complete === true;
  }

  versions(): VersionInfo[] {
    return [...this.known.values()].sort((a, b) => (a.versionId < b.versionId ? -1 : 1));
  }

  has(versionId: string): boolean {
    return this.known.has(versionId);
  }

  localPath(versionId: string): string {
    this.complete(versionId);
    return this.layout.version(versionId).disk;
  }

  async manifest(versionId: string): Promise<Manifest> {
    return (await this.loaded(versionId)).manifest;
  }

  async encodedManifest(versionId: string): Promise<Buffer> {
    return encodeManifest(await this.manifest(versionId));
  }

  async verify(versionId: string, work: LongWork = {}): Promise<VerifyReport> {
    const version = await this.loaded(versionId);
    return await this.alone(versionId, work.signal, async (signal) => {
      const report = await verifyVersion(this.layout.version(versionId), version, this.limits, {
        ...work,
        signal,
      });
      if (report.damaged.length > 0)
        this.logger.error('image has damaged chunks', { versionId, damaged: report.damaged.length });
      return report;
    });
  }

  async export(versionId: string, file: string, options: ExportOptions): Promise<void> {
    const info = this.complete(versionId);
    await this.alone(versionId, options.signal, (signal) =>
      exportVersion(this.layout.version(versionId), info, file, { ...options, signal }, this.limits),
    );
  }

  async remove(versionId: string): Promise<void> {
    this.info(versionId);
    await this.alone(versionId, undefined, async () => {
      const hidden = this.layout.removing(versionId);
      // Hidden by one durable rename: from here on it is gone, whatever happens to the rest.
      await rename(this.layout.version(versionId).folder, hidden);
      await syncFolder(this.layout.images);
      this.known.delete(versionId);
      this.shares.forget(versionId);
      await rm(hidden, { recursive: true, force: true });
      this.logger.info('image removed', { versionId });
    });
  }

  usedBytes(): number {
    return this.versions().reduce((sum, version) => sum + version.storedBytes, 0);
  }

  async freeBytes(): Promise<number> {
    return await freeBytes(this.layout.images);
  }

  private async load(versionId: string): Promise<StartReport['damaged'][number] | null> {
    try {
      const { info } = await loadVersion(this.layout.version(versionId), versionId);
      this.known.set(versionId, info);
      return null;
    } catch (error) {
      if (!(error instanceof ImagesError)) throw namedWriteError(error);
      this.logger.error('an image version cannot be used', { versionId, code: error.code, ...error.data });
      return { versionId, code: error.code, reason: String(error.data.reason ?? '') };
    }
  }

  private info(versionId: string): VersionInfo {
    const info = this.known.get(checkedId(versionId));
    if (info === undefined) throw new ImagesError('images.version_unknown', { versionId });
    return info;
  }

  private complete(versionId: string): VersionInfo {
    const info = this.info(versionId);
    if (info.complete) return info;
    throw new ImagesError('images.version_incomplete', {
      versionId,
      present: info.presentChunks,
      chunks: info.chunks,
    });
  }

  private async loaded(versionId: string): Promise<LoadedVersion> {
    this.info(versionId);
    return await loadVersion(this.layout.version(versionId), versionId);
  }

  /** One piece of long work per version; it ends early when the caller or the node stops. */
  private async alone<T>(
    versionId: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.busy.has(versionId)) throw new ImagesError('images.busy', { versionId });
    this.busy.add(versionId);
    const both =
      signal === undefined ? this.stopping.signal : AbortSignal.any([signal, this.stopping.signal]);
    const running = work(both);
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
      this.busy.delete(versionId);
    }
  }
}

/** The version id of a folder that was on its way in or out, or null. */
function cutOffId(name: string): string | null {
  const prefix = [IMPORT_PREFIX, REMOVE_PREFIX].find((one) => name.startsWith(one));
  if (prefix === undefined) return null;
  const id = name.slice(prefix.length);
  return isUlid(id) ? id : null;
}
