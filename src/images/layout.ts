/**
 * Where things are in the data folder:
 *
 *   images/<versionId>/manifest.json    the manifest, in its one encoding
 *   images/<versionId>/disk.raw         the guest-visible bytes, sparse
 *   images/<versionId>/present.bitmap   which chunks of disk.raw are there (see bitmap.ts)
 *   images/.import-<versionId>/         the same while it is made; whatever start() finds of it is removed
 *   images/.remove-<versionId>/         on its way out; removed by start()
 *   uploads/<uploadId>/{meta.json,data} a file on its way in from a browser
 */
import { join } from 'node:path';
import { isUlid } from '../state/index.ts';
import { ImagesError } from './errors.ts';

export const IMPORT_PREFIX = '.import-';
export const REMOVE_PREFIX = '.remove-';

export interface VersionPaths {
  readonly folder: string;
  readonly manifest: string;
  readonly disk: string;
  readonly present: string;
}

export class Layout {
  readonly images: string;
  readonly uploads: string;

  constructor(dataDir: string) {
    this.images = join(dataDir, 'images');
    this.uploads = join(dataDir, 'uploads');
  }

  version(versionId: string): VersionPaths {
    return versionPaths(join(this.images, checkedId(versionId)));
  }

  /** Same file system as `version`, so that a rename publishes it. */
  importing(versionId: string): VersionPaths {
    return versionPaths(join(this.images, IMPORT_PREFIX + checkedId(versionId)));
  }

  removing(versionId: string): string {
    return join(this.images, REMOVE_PREFIX + checkedId(versionId));
  }

  upload(uploadId: string): { folder: string; meta: string; data: string } {
    const folder = join(this.uploads, checkedId(uploadId));
    return { folder, meta: join(folder, 'meta.json'), data: join(folder, 'data') };
  }
}

function versionPaths(folder: string): VersionPaths {
  return {
    folder,
    manifest: join(folder, 'manifest.json'),
    disk: join(folder, 'disk.raw'),
    present: join(folder, 'present.bitmap'),
  };
}

/** The id, safe to be a part of a path. @throws ImagesError `images.bad_id` */
export function checkedId(id: string): string {
  // 64 characters are enough to recognise a wrong id in a message.
  if (!isUlid(id)) throw new ImagesError('images.bad_id', { value: String(id).slice(0, 64) });
  return id;
}
