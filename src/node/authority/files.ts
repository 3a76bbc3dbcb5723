/** The files of DATA/tls. Keys are readable by the node's user alone; each file appears whole or not at all. */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NodeError } from '../errors.ts';

/** For browsers and scripts to trust; on every node, newest authority first. */
export const AUTHORITY = 'authority.pem';
/** On voters only. */
export const AUTHORITY_KEY = 'authority.key';
export const CERTIFICATE = 'node.pem';
export const KEY = 'node.key';

export class TlsFolder {
  readonly path: string;

  constructor(dataDir: string) {
    this.path = join(dataDir, 'tls');
  }

  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 }).catch((error) => this.#fail(this.path, error));
  }

  /** Null where there is no such file. @throws NodeError `authority.files` */
  async read(name: string): Promise<string | null> {
    const path = join(this.path, name);
    try {
      return (await readFile(path, 'utf8')).trim();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      return this.#fail(path, error);
    }
  }

  async write(name: string, text: string): Promise<void> {
    const path = join(this.path, name);
    const mode = name.endsWith('.key') ? 0o600 : 0o644;
    try {
      await writeFile(`${path}.new`, `${text.trim()}\n`, { mode, flush: true });
      await chmod(`${path}.new`, mode); // a file left over from before keeps its own mode otherwise
      await rename(`${path}.new`, path);
    } catch (error) {
      this.#fail(path, error);
    }
  }

  async remove(name: string): Promise<void> {
    const path = join(this.path, name);
    await rm(path, { force: true }).catch((error) => this.#fail(path, error));
  }

  #fail(path: string, error: unknown): never {
    throw new NodeError('authority.files', { path, reason: codeOf(error) }, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
