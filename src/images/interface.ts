/** What the images folder gives to the rest of the house. */
import type { Logger } from '../state/logger.ts';
import type { CapturedVersion, CaptureRequest } from './capture/index.ts';
import type { ExportOptions } from './export.ts';
import type { ImportedVersion, ImportRequest } from './import.ts';
import type { ImageLimits } from './limits.ts';
import type { Manifest } from './manifest.ts';
import type { ScrubWork } from './scrub.ts';
import type { FetchRequest, TakeRequest } from './swarm/index.ts';
import type { Uploads } from './uploads.ts';
import type { DownloadRequest } from './url/index.ts';
import type { LongWork, VerifyReport } from './verify.ts';
import type { VersionInfo } from './versions.ts';
import type { RestoreRequest } from './work/index.ts';

export interface ImageStoreOptions {
  /** The node's data folder. Everybody must be able to pass through it (mode 0711), or QEMU's user cannot reach the disks. */
  readonly dataDir: string;
  readonly logger: Logger;
  readonly limits?: Partial<ImageLimits>;
  /** Bytes a second that this PC sends to others and fetches from them, in all, as of now. Default: no limit. */
  readonly rates?: { readonly up: () => number; readonly down: () => number };
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
  /** Makes a VM's disk of a version of kind `work`, durable and whole, or leaves what was there. @throws ImagesError */
  restoreWork(request: RestoreRequest): Promise<void>;
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
  /** `disk.raw`, whole or not: bytes that are not here read as zeros, so only for one who waits for them. @throws ImagesError `images.version_unknown` */
  growingPath(versionId: string): string;
  /** In which order a guest read the chunks first: advice, may be empty. @throws ImagesError `images.version_unknown` */
  firstReads(versionId: string): Promise<readonly number[]>;
  /** Keeps what a guest read first, before what was known of earlier boots. */
  noteFirstReads(versionId: string, chunks: readonly number[]): Promise<void>;
  manifest(versionId: string): Promise<Manifest>;
  /** The manifest in its one encoding, for another PC. @throws ImagesError */
  encodedManifest(versionId: string): Promise<Buffer>;
  /** Reads every chunk that is here again. Damaged ones are struck out. */
  verify(versionId: string, work?: LongWork): Promise<VerifyReport>;
  /** The same at a bounded rate, beside whatever else happens to the version. @throws ImagesError `images.cancelled` */
  scrub(versionId: string, work: ScrubWork): Promise<VerifyReport>;
  /** When the version was last read through or arrived, ms since 1970. */
  lastChecked(versionId: string): Promise<number>;
  /** Takes chunks that were found damaged out of what is here: the version is not whole until a fetch has brought them again. */
  strikeOut(versionId: string, chunks: readonly number[]): Promise<void>;
  /** Called after chunks were struck out, whoever found them damaged. */
  onDamaged(listener: DamageListener): () => void;
  export(versionId: string, file: string, options: ExportOptions): Promise<void>;
  /** Removes the version from this PC, whoever uses it: who may, and when, is decided elsewhere. */
  remove(versionId: string): Promise<void>;
  /**
   * Brings a file from the web here, to be imported. It is in nobody's way and gone with the next start, or when it is removed.
   * @throws ImagesError `images.url_…`, `images.no_space`, `images.disk_full`, `images.cancelled`
   */
  download(request: DownloadRequest): Promise<DownloadedFile>;
  readonly uploads: Uploads;
  /** Bytes that images take on disk. */
  usedBytes(): number;
  /** Bytes that may still be written to the disk of the images. */
  freeBytes(): Promise<number>;
}

export type DamageListener = (versionId: string, chunks: readonly number[]) => void;

/** A file that came from the web, until it is removed. */
export interface DownloadedFile {
  readonly path: string;
  remove(): Promise<void>;
}
