import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { isUlid } from '../state/index.ts';
import type { Logger } from '../state/logger.ts';
import type { PresentBitmap } from './bitmap.ts';
import { type CapturedVersion, type CaptureRequest, captureVersion } from './capture/index.ts';
import { syncFolder } from './durable.ts';
import { ImagesError, namedWriteError } from './errors.ts';
import { type ExportOptions, exportVersion } from './export.ts';
import { mergedReads, readFirstReads, writeFirstReads } from './first-reads.ts';
import { FOLDER_MODE, type ImportedVersion, type ImportRequest, importVersion } from './import.ts';
import type {
  DamageListener,
  DownloadedFile,
  ImageStore,
  ImageStoreOptions,
  StartReport,
} from './interface.ts';
import { checkedId, IMPORT_PREFIX, Layout, REMOVE_PREFIX } from './layout.ts';
import { defaultLimits, type ImageLimits } from './limits.ts';
import { encodeManifest, type Manifest } from './manifest.ts';
import { lastChecked, type ScrubWork, scrubVersion } from './scrub.ts';
import { freeBytes } from './space.ts';
import { Struck } from './struck.ts';
import {
  Budget,
  type FetchRequest,
  FrameCache,
  fetchVersion,
  type Relative,
  Shares,
  type TakeRequest,
} from './swarm/index.ts';
import { UploadFolder } from './uploads.ts';
import { type DownloadRequest, downloadUrl } from './url/index.ts';
import { type LongWork, type VerifyReport, verifyVersion } from './verify.ts';
import { type LoadedVersion, loadVersion, type VersionInfo } from './versions.ts';
import { type RestoreRequest, restoreWork } from './work/index.ts';

/** Versions of which a fetch may find chunks on this disk, at most: each costs its hashes in memory meanwhile. */
const MAX_RELATIVES = 3;

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
  private readonly down: Budget;
  /** What is here of versions that are on their way. */
  private readonly growing = new Map<string, PresentBitmap>();
  private readonly struck: Struck;
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(options: ImageStoreOptions) {
    this.layout = new Layout(options.dataDir);
    this.limits = { ...defaultLimits, ...options.limits };
    this.logger = options.logger.child({ service: 'images' });
    const now = () => performance.now();
    const unlimited = () => Number.POSITIVE_INFINITY;
    const { up = unlimited, down = unlimited } = options.rates ?? {};
    this.down = new Budget({ rate: down, now });
    this.shares = new Shares(this.layout, {
      cache: this.cache,
      budget: new Budget({ rate: up, now }),
      now,
      random: Math.random,
      onDamaged: (versionId, chunk) => this.struck.found(versionId, chunk),
    });
    this.struck = new Struck({
      layout: this.layout,
      logger: this.logger,
      growing: (versionId) => this.growing.get(versionId),
      onChanged: async (versionId) => {
        this.shares.forget(versionId);
        this.known.set(versionId, (await this.loaded(versionId)).info);
      },
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
    await this.struck.settled();
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

  async restoreWork(request: RestoreRequest): Promise<void> {
    const versionId = checkedId(request.versionId);
    const { storedBytes } = this.complete(versionId);
    await this.alone(versionId, request.signal, async (signal) => {
      const { manifest } = await this.loaded(versionId);
      const paths = this.layout.version(versionId);
      await restoreWork(paths, manifest, storedBytes, { ...request, signal }, this.limits);
      this.logger.info('disk of a VM restored', { versionId, target: request.target });
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
        const onShared = (loaded: LoadedVersion) => {
          this.growing.set(versionId, loaded.present);
          this.shares.growing(versionId, loaded);
        };
        const relatives = (manifest: Manifest) => this.relatives(manifest);
        const { cache, down: budget } = this;
        const context = { layout, limits, cache, budget, relatives, isBegun, onBegun: read, onShared };
        await fetchVersion(context, { ...request, signal });
      } finally {
        this.growing.delete(versionId);
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

  growingPath(versionId: string): string {
    this.info(versionId);
    return this.layout.version(versionId).disk;
  }

  async firstReads(versionId: string): Promise<readonly number[]> {
    this.info(versionId);
    return await readFirstReads(this.layout.version(versionId));
  }

  async noteFirstReads(versionId: string, chunks: readonly number[]): Promise<void> {
    const before = await this.firstReads(versionId);
    await writeFirstReads(this.layout.version(versionId), mergedReads(chunks, before));
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
      if (report.damaged.length > 0) await this.strikeOut(versionId, report.damaged);
      return report;
    });
  }

  async scrub(versionId: string, work: ScrubWork): Promise<VerifyReport> {
    const loaded = await this.loaded(versionId);
    const signal = AbortSignal.any([work.signal, this.stopping.signal]);
    const scrubbing = scrubVersion(this.layout.version(versionId), loaded, { ...work, signal });
    this.running.add(scrubbing);
    try {
      const report = await scrubbing;
      if (report.damaged.length > 0) await this.strikeOut(versionId, report.damaged);
      return report;
    } finally {
      this.running.delete(scrubbing);
    }
  }

  lastChecked(versionId: string): Promise<number> {
    this.info(versionId);
    return lastChecked(this.layout.version(versionId));
  }

  async strikeOut(versionId: string, chunks: readonly number[]): Promise<void> {
    this.info(versionId);
    await this.struck.strikeOut(versionId, chunks);
  }

  onDamaged(listener: DamageListener): () => void {
    return this.struck.onDamaged(listener);
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

  async download(request: DownloadRequest): Promise<DownloadedFile> {
    const id = ulid();
    const { folder } = this.layout.importing(id);
    const remove = () => rm(folder, { recursive: true, force: true });
    const file = join(folder, nameInUrl(request.url));
    return await this.alone(id, request.signal, async (signal) => {
      await mkdir(folder, { mode: FOLDER_MODE });
      const { reserveBytes, progressEveryMs } = this.limits;
      try {
        await downloadUrl({ ...request, signal }, { file, folder, reserveBytes, progressEveryMs });
      } catch (error) {
        await remove();
        throw error;
      }
      return { path: file, remove };
    });
  }

  usedBytes(): number {
    return this.versions().reduce((sum, version) => sum + version.storedBytes, 0);
  }

  async freeBytes(): Promise<number> {
    return await freeBytes(this.layout.images);
  }

  /** Its parent, and other versions of the image that are here whole, the newest first. */
  private async relatives(manifest: Manifest): Promise<Relative[]> {
    const isParent = ({ versionId }: VersionInfo) => versionId === manifest.parent;
    const near = this.versions()
      .filter((one) => one.complete && one.versionId !== manifest.versionId)
      .filter((one) => isParent(one) || one.imageId === manifest.imageId)
      .sort((a, b) => Number(isParent(b)) - Number(isParent(a)) || b.number - a.number);
    return await Promise.all(
      near.slice(0, MAX_RELATIVES).map(async ({ versionId }) => ({
        manifest: await this.manifest(versionId),
        diskPath: this.layout.version(versionId).disk,
        onDamaged: (chunk: number) => this.struck.found(versionId, chunk),
      })),
    );
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

/** What the file is called where it comes from, safe to be a name here: people find it in messages about the file. */
function nameInUrl(url: string): string {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  return /^[\w][\w.-]{0,99}$/.test(last) ? last : 'download';
}

/** The version id of a folder that was on its way in or out, or null. */
function cutOffId(name: string): string | null {
  const prefix = [IMPORT_PREFIX, REMOVE_PREFIX].find((one) => name.startsWith(one));
  if (prefix === undefined) return null;
  const id = name.slice(prefix.length);
  return isUlid(id) ? id : null;
}
