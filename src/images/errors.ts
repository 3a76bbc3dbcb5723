import { LabmeshError } from '../state/errors.ts';
import type { UrlErrors } from './url/errors.ts';

export type { UrlErrors } from './url/errors.ts';

/** What can go wrong in the image store, with the data that its sentence needs. Sizes are bytes. */
export interface ImagesErrorData extends UrlErrors {
  /** An id that is not a ULID: it would have become part of a path. */
  'images.bad_id': { value: string };
  /** A request field outside its bounds. */
  'images.bad_request': { field: string };
  'images.version_exists': { versionId: string };
  'images.version_unknown': { versionId: string };
  /** Another import, export, check or removal works on this version. */
  'images.busy': { versionId: string };
  /** Not every chunk is here yet. */
  'images.version_incomplete': { versionId: string; present: number; chunks: number };
  'images.manifest_invalid': { reason: string };

  'images.source_missing': { name: string };
  'images.source_unreadable': { name: string; reason: string };
  'images.source_not_file': { name: string };
  'images.source_empty': { name: string };
  'images.source_changed': { name: string };
  'images.not_an_image': { name: string };
  'images.format_unsupported': { format: string };
  'images.encrypted': { format: string };
  /** The header names another image as its base. */
  'images.backing_file': { format: string; reference: string };
  /** The header keeps its data in another file. */
  'images.external_data': { format: string; reference: string };
  'images.truncated': { format: string; haveBytes: number; needBytes: number };
  'images.damaged': { format: string; detail: string };
  'images.too_large': { virtualBytes: number; limitBytes: number };
  /** A chunk of the version under a VM's disk is not what its manifest says: nothing is built on it. */
  'images.base_damaged': { versionId: string; chunk: number };
  /** Refused before anything was written. */
  'images.no_space': { needBytes: number; freeBytes: number; reserveBytes: number };
  /** The disk filled while writing; what was written is gone again. */
  'images.disk_full': { freeBytes: number };

  'images.ova_unsafe_entry': { entry: string; reason: string };
  'images.ova_no_descriptor': { name: string };
  'images.ova_bad_descriptor': { reason: string };
  'images.ova_disks': { count: number };
  'images.ova_missing_disk': { entry: string };
  'images.ova_checksum': { entry: string };

  'images.tool_missing': { tool: string };
  'images.tool_failed': { tool: string; detail: string };
  'images.timed_out': { seconds: number };
  'images.over_limit': { limit: string };
  'images.cancelled': Record<string, never>;

  /** Nobody that holds the version could send it; `code` says why the last one could not, where it is known. */
  'images.no_source': { versionId: string; asked: number; code: string | null };
  /** What another PC sent is not what the manifest says. */
  'images.wrong_chunk': { chunk: number };
  /** The process that gives images to QEMU did not come up. */
  'images.serving_failed': { afterMs: number };
  /** It could not open the version. */
  'images.not_served': { versionId: string; reason: string };
  /** Another PC stopped in the middle. */
  'images.cut_off': { chunk: number };

  'images.export_exists': { file: string };
  'images.export_unwritable': { file: string; reason: string };

  'images.upload_unknown': { uploadId: string };
  /** Carries the offset to go on from. */
  'images.upload_wrong_offset': { offset: number };
  'images.upload_too_long': { sizeBytes: number; offset: number };
  'images.upload_piece_too_large': { limitBytes: number; offset: number };
  'images.upload_busy': { uploadId: string };
  'images.upload_incomplete': { offset: number; sizeBytes: number };
  'images.upload_wrong_sum': { expected: string; actual: string };
  'images.upload_too_many': { limit: number };
}

export type ImagesErrorCode = keyof ImagesErrorData;

/** Everything that `images/` throws on purpose. */
export class ImagesError<C extends ImagesErrorCode = ImagesErrorCode> extends LabmeshError {
  constructor(code: C, data: ImagesErrorData[C], options?: { cause?: unknown }) {
    super(code, data, options);
  }
}

/** The `code` of a failed system call (`ENOENT`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A full disk or quota met while writing, told by name; every other error is returned as it is. */
export function namedWriteError(error: unknown): unknown {
  const code = systemCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new ImagesError('images.disk_full', { freeBytes: 0 }, { cause: error });
}
