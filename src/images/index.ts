export type { CapturedVersion, CaptureForm, CaptureRequest } from './capture/index.ts';
export { ImagesError, type ImagesErrorCode, type ImagesErrorData } from './errors.ts';
export type { ExportOptions } from './export.ts';
export { decodeFirstReads, MAX_FIRST_READS_BYTES } from './first-reads.ts';
export type { SourceFormat } from './formats/detect.ts';
export type { ImportedVersion, ImportRequest } from './import.ts';
export type {
  DamageListener,
  DownloadedFile,
  ImageStore,
  ImageStoreOptions,
  StartReport,
} from './interface.ts';
export { defaultLimits, type ImageLimits } from './limits.ts';
export {
  type BootKind,
  CHUNK_BYTES,
  chunkCount,
  chunkHash,
  chunkLength,
  decodeManifest,
  encodeManifest,
  type Manifest,
  manifestHash,
  newBytesOf,
  type OsFamily,
} from './manifest.ts';
export {
  CONTROL_PROTOCOL,
  Lines,
  line,
  MAX_LISTED_CHUNKS,
  NbdServer,
  type NbdServerOptions,
  type Notice,
  noticeSchema,
  type Order,
} from './nbd/index.ts';
export type { OnProgress, Progress } from './progress.ts';
export { openImageStore } from './store.ts';
export {
  type ChunkSource,
  type FetchRequest,
  MAX_ANSWER_CHUNKS,
  type PeerFigures,
  type TakeRequest,
  type Transfer,
} from './swarm/index.ts';
export type { UploadRequest, UploadStatus, Uploads } from './uploads.ts';
export { checkedUrl, type DownloadRequest, type Reach } from './url/index.ts';
export type { LongWork, VerifyReport } from './verify.ts';
export type { VersionInfo } from './versions.ts';
export type { LayerBelow, RestoreRequest } from './work/index.ts';
