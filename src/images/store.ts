/** The images on this PC: one face over the files of this folder, each of which has one part of the work. */
import { rename, rm } from 'node:fs/promises';
import { ulid } from 'ulid';
import type { Logger } from '../state/logger.ts';
import type { PresentBitmap } from './bitmap.ts';
import { type CapturedVersion, type CaptureRequest, captureVersion } from './capture/index.ts';
import { syncFolder } from './durable.ts';
import { ImagesError } from './errors.ts';
import { type ExportOptions, exportVersion } from './export.ts';
import { mergedReads, readFirstReads, writeFirstReads } from './first-reads.ts';
import { downloadFile } from './from-web.ts';
import { type ImportedVersion, type ImportRequest, importVersion } from './import.ts';
import type {
  DamageListener,
  DownloadedFile,
  ImageStore,
  ImageStoreOptions,
  StartReport,
} from './interface.ts';
import { KnownVersions } from './known-versions.ts';
import { checkedId, Layout } from './layout.ts';
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
import { UnderWay } from './under-way.ts';
import { UploadFolder } from './uploads.ts';
import type { DownloadRequest } from './url/index.ts';
import { type LongWork, type VerifyReport, verifyVersion } from './verify.ts';
import type { LoadedVersion, VersionInfo } from './versions.ts';
import { type RestoreRequest, restoreWork } from './work/index.ts';

export function openImageStore(options: ImageStoreOptions): ImageStore {
  return new LocalImageStore(options);
}

class LocalImageStore implements ImageStore {
  readonly uploads: UploadFolder;
  private readonly layout: Layout;
  private readonly limits: ImageLimits;
  private readonly logger: Logger;
  private readonly known: KnownVersions;
  private readonly underWay = new UnderWay();
  private readonly cache = new FrameCache();
  private readonly shares: Shares;
  private readonly down: Budget;
  private readonly up: Budget;
  /** What is here of versions that are on their way. */
  private readonly growing = new Map<string, PresentBitmap>();
  private readonly struck: Struck;

  constructor(options: ImageStoreOptions) {
    this.layout = new Layout(options.dataDir);
    this.limits = { ...defaultLimits, ...options.limits };
    this.logger = options.logger.child({ service: 'images' });
    this.known = new KnownVersions(this.layout, this.logger);
    const now = () => performance.now();
    const unlimited = () => Number.POSITIVE_INFINITY;
    const { up = unlimited, down = unlimited } = options.rates ?? {};
    this.down = new Budget({ rate: down, now });
    this.up = new Budget({ rate: up, now });
    this.shares = new Shares(this.layout, {
      cache: this.cache,
      budget: this.up,
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
        await this.known.readAgain(versionId);
      },
    });
    this.uploads = new UploadFolder(this.layout, this.limits, options.now ?? Date.now);
  }

  async start(): Promise<StartReport> {
    const { removedHalfMade, damaged } = await this.known.start();
    const removedUploads = await this.uploads.start();
    const versions = this.versions();
    const report = { removedHalfMade, damaged, removedUploads };
    this.logger.info('image store ready', { versions: versions.length, ...report });
    return { versions, ...report };
  }

  async stop(): Promise<void> {
    this.up.close();
    await this.underWay.stop();
    this.down.close();
    await this.struck.settled();
  }

  async import(request: ImportRequest): Promise<ImportedVersion> {
    const versionId = checkedId(request.versionId);
    return await this.underWay.alone(versionId, request.signal, async (signal) => {
      if (this.known.has(versionId)) throw new ImagesError('images.version_exists', { versionId });
      const imported = await importVersion(
        { layout: this.layout, limits: this.limits },
        { ...request, signal },
      );
      await this.known.readAgain(versionId);
      this.logger.info('image imported', { ...imported });
      return imported;
    });
  }

  async restoreWork(request: RestoreRequest): Promise<void> {
    const versionId = checkedId(request.versionId);
    const { storedBytes } = this.known.needWhole(versionId);
    await this.underWay.alone(versionId, request.signal, async (signal) => {
      const { manifest } = await this.known.load(versionId);
      const paths = this.layout.version(versionId);
      await restoreWork(paths, manifest, storedBytes, { ...request, signal }, this.limits);
      this.logger.info('disk of a VM restored', { versionId, target: request.target });
    });
  }

  async capture(request: CaptureRequest): Promise<CapturedVersion> {
    const versionId = checkedId(request.versionId);
    return await this.underWay.alone(versionId, request.signal, async (signal) => {
      if (this.known.has(versionId)) throw new ImagesError('images.version_exists', { versionId });
      if (request.baseVersionId !== null) this.known.needWhole(request.baseVersionId);
      const { layout, limits } = this;
      const captured = await captureVersion({ layout, limits }, { ...request, signal });
      await this.known.readAgain(versionId);
      this.logger.info('disk of a VM captured', { form: request.form, ...captured });
      return captured;
    });
  }

  async fetch(request: FetchRequest): Promise<void> {
    const versionId = checkedId(request.versionId);
    const { layout, limits } = this;
    const read = () => this.known.readAgain(versionId);
    await this.underWay.alone(versionId, request.signal, async (signal) => {
      const isBegun = this.known.has(versionId);
      try {
        const onShared = (loaded: LoadedVersion) => {
          this.growing.set(versionId, loaded.present);
          return this.shares.growing(versionId, loaded);
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
    this.known.need(versionId);
    return await this.shares.take(versionId, askerId, request);
  }

  isWhole(versionId: string): boolean {
    return this.known.isWhole(versionId);
  }

  versions(): VersionInfo[] {
    return this.known.all();
  }

  has(versionId: string): boolean {
    return this.known.has(versionId);
  }

  localPath(versionId: string): string {
    this.known.needWhole(versionId);
    return this.layout.version(versionId).disk;
  }

  growingPath(versionId: string): string {
    this.known.need(versionId);
    return this.layout.version(versionId).disk;
  }

  async firstReads(versionId: string): Promise<readonly number[]> {
    this.known.need(versionId);
    return await readFirstReads(this.layout.version(versionId));
  }

  async noteFirstReads(versionId: string, chunks: readonly number[]): Promise<void> {
    const before = await this.firstReads(versionId);
    await writeFirstReads(this.layout.version(versionId), mergedReads(chunks, before));
  }

  async manifest(versionId: string): Promise<Manifest> {
    return (await this.known.load(versionId)).manifest;
  }

  async encodedManifest(versionId: string): Promise<Buffer> {
    return encodeManifest(await this.manifest(versionId));
  }

  async verify(versionId: string, work: LongWork = {}): Promise<VerifyReport> {
    const version = await this.known.load(versionId);
    return await this.underWay.alone(versionId, work.signal, async (signal) => {
      const report = await verifyVersion(this.layout.version(versionId), version, this.limits, {
        ...work,
        signal,
      });
      if (report.damaged.length > 0) await this.strikeOut(versionId, report.damaged);
      return report;
    });
  }

  async scrub(versionId: string, work: ScrubWork): Promise<VerifyReport> {
    const loaded = await this.known.load(versionId);
    return await this.underWay.beside(work.signal, async (signal) => {
      const report = await scrubVersion(this.layout.version(versionId), loaded, { ...work, signal });
      if (report.damaged.length > 0) await this.strikeOut(versionId, report.damaged);
      return report;
    });
  }

  lastChecked(versionId: string): Promise<number> {
    this.known.need(versionId);
    return lastChecked(this.layout.version(versionId));
  }

  async strikeOut(versionId: string, chunks: readonly number[]): Promise<void> {
    this.known.need(versionId);
    await this.struck.strikeOut(versionId, chunks);
  }

  onDamaged(listener: DamageListener): () => void {
    return this.struck.onDamaged(listener);
  }

  async export(versionId: string, file: string, options: ExportOptions): Promise<void> {
    const info = this.known.needWhole(versionId);
    await this.underWay.alone(versionId, options.signal, (signal) =>
      exportVersion(this.layout.version(versionId), info, file, { ...options, signal }, this.limits),
    );
  }

  async remove(versionId: string): Promise<void> {
    this.known.need(versionId);
    await this.underWay.alone(versionId, undefined, async () => {
      const hidden = this.layout.removing(versionId);
      // Hidden by one durable rename: from here on it is gone, whatever happens to the rest.
      await rename(this.layout.version(versionId).folder, hidden);
      await syncFolder(this.layout.images);
      this.known.forget(versionId);
      this.shares.forget(versionId);
      await rm(hidden, { recursive: true, force: true });
      this.logger.info('image removed', { versionId });
    });
  }

  async download(request: DownloadRequest): Promise<DownloadedFile> {
    const id = ulid();
    return await this.underWay.alone(id, request.signal, (signal) =>
      downloadFile(this.layout, this.limits, id, { ...request, signal }),
    );
  }

  usedBytes(): number {
    return this.versions().reduce((sum, version) => sum + version.storedBytes, 0);
  }

  async freeBytes(): Promise<number> {
    return await freeBytes(this.layout.images);
  }

  /** What is here already of a version that is to come. */
  private async relatives(manifest: Manifest): Promise<Relative[]> {
    return (await this.known.relativesOf(manifest)).map((relative) => ({
      manifest: relative,
      diskPath: this.layout.version(relative.versionId).disk,
      onDamaged: (chunk: number) => this.struck.found(relative.versionId, chunk),
    }));
  }
}
