/** Versions that are being made of disks and that the log may not know yet: after a crash nobody else would ask for them again. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUlid } from '../../state/index.ts';

export class PendingVersions {
  readonly #folder: string;

  /** @param name of the folder: one for each who makes versions */
  constructor(dataDir: string, name = 'work') {
    this.#folder = join(dataDir, name);
  }

  /** Before the first byte of it is written. */
  async begin(versionId: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(join(this.#folder, versionId), '');
  }

  /** The log knows it, or it is gone. */
  async end(versionId: string): Promise<void> {
    await rm(join(this.#folder, versionId), { force: true });
  }

  /** Those that were not ended. */
  async list(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => isUlid(name)).sort();
  }
}
