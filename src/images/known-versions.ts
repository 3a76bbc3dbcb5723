/** The versions on this disk: found at the start, read again when one has changed. Their hashes are not kept in memory. */
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isUlid } from '../state/index.ts';
import type { Logger } from '../state/logger.ts';
import { ImagesError, namedWriteError } from './errors.ts';
import { FOLDER_MODE } from './import.ts';
import type { StartReport } from './interface.ts';
import { checkedId, IMPORT_PREFIX, type Layout, REMOVE_PREFIX } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { type LoadedVersion, loadVersion, type VersionInfo } from './versions.ts';

/** Versions that may share chunks with one, at most: each costs its hashes in memory meanwhile. */
const MAX_RELATIVES = 3;

export class KnownVersions {
  readonly #layout: Layout;
  readonly #logger: Logger;
  readonly #known = new Map<string, VersionInfo>();

  constructor(layout: Layout, logger: Logger) {
    this.#layout = layout;
    this.#logger = logger;
  }

  /** Makes the folder, removes what a crash left half made, reads the rest. */
  async start(): Promise<Pick<StartReport, 'removedHalfMade' | 'damaged'>> {
    const { images } = this.#layout;
    await mkdir(images, { recursive: true });
    await chmod(images, FOLDER_MODE);
    const removedHalfMade: string[] = [];
    const damaged: StartReport['damaged'] = [];
    for (const name of (await readdir(images)).sort()) {
      const cutOff = cutOffId(name);
      if (cutOff !== null) {
        await rm(join(images, name), { recursive: true, force: true });
        removedHalfMade.push(cutOff);
      } else if (isUlid(name)) {
        const problem = await this.#find(name);
        if (problem !== null) damaged.push(problem);
      } else {
        this.#logger.warn('a file in the images folder is not ours and stays', { name });
      }
    }
    return { removedHalfMade, damaged };
  }

  all(): VersionInfo[] {
    return [...this.#known.values()].sort((a, b) => (a.versionId < b.versionId ? -1 : 1));
  }

  has(versionId: string): boolean {
    return this.#known.has(versionId);
  }

  isWhole(versionId: string): boolean {
    return this.#known.get(versionId)?.complete === true;
  }

  /** @throws ImagesError `images.version_unknown` */
  need(versionId: string): VersionInfo {
    const info = this.#known.get(checkedId(versionId));
    if (info === undefined) throw new ImagesError('images.version_unknown', { versionId });
    return info;
  }

  /** @throws ImagesError `images.version_unknown`, `images.version_incomplete` */
  needWhole(versionId: string): VersionInfo {
    const info = this.need(versionId);
    if (info.complete) return info;
    const { presentChunks: present, chunks } = info;
    throw new ImagesError('images.version_incomplete', { versionId, present, chunks });
  }

  /** With its hashes, as it lies on the disk now. @throws ImagesError `images.version_unknown`, `images.manifest_invalid` */
  async load(versionId: string): Promise<LoadedVersion> {
    this.need(versionId);
    return await loadVersion(this.#layout.version(versionId), versionId);
  }

  /** The version is new, or what was known of it is out of date. @throws ImagesError `images.manifest_invalid` */
  async readAgain(versionId: string): Promise<void> {
    this.#known.set(versionId, (await loadVersion(this.#layout.version(versionId), versionId)).info);
  }

  forget(versionId: string): void {
    this.#known.delete(versionId);
  }

  /** Whole versions that may have chunks in common with this one: its parent, then others of its image, the newest first. */
  async relativesOf(manifest: Manifest): Promise<Manifest[]> {
    const isParent = ({ versionId }: VersionInfo) => versionId === manifest.parent;
    const near = this.all()
      .filter((one) => one.complete && one.versionId !== manifest.versionId)
      .filter((one) => isParent(one) || one.imageId === manifest.imageId)
      .sort((a, b) => Number(isParent(b)) - Number(isParent(a)) || b.number - a.number)
      .slice(0, MAX_RELATIVES);
    return await Promise.all(near.map(async ({ versionId }) => (await this.load(versionId)).manifest));
  }

  async #find(versionId: string): Promise<StartReport['damaged'][number] | null> {
    try {
      await this.readAgain(versionId);
      return null;
    } catch (error) {
      if (!(error instanceof ImagesError)) throw namedWriteError(error);
      this.#logger.error('an image version cannot be used', { versionId, code: error.code, ...error.data });
      return { versionId, code: error.code, reason: String(error.data.reason ?? '') };
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
