/** Bytes that are to be sent: a file, which can be read from any place on, so that a break costs little. */
import { type FileHandle, open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { CliError } from '../errors.ts';

export interface Source {
  /** What the upload is called. */
  readonly name: string;
  readonly sizeBytes: number;
  /** The `length` bytes from `offset` on. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Names longer than this are cut: the API's own bound. */
const MAX_NAME = 255;

/** @throws CliError `cli.file_missing`, `cli.file_unreadable` */
export async function fileSource(file: string, cwd: string): Promise<Source & { readonly path: string }> {
  const path = resolve(cwd, file);
  const handle = await openFile(path);
  const { size, mtimeMs } = await handle.stat();
  return {
    name: basename(path).slice(-MAX_NAME),
    path,
    sizeBytes: size,
    close: () => handle.close(),
    async read(offset, length) {
      const bytes = new Uint8Array(Math.min(length, size - offset));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      const now = await handle.stat();
      if (filled < bytes.length || now.size !== size || now.mtimeMs !== mtimeMs) {
        throw new CliError('cli.file_changed', { file: path });
      }
      return bytes;
    },
  };
}

async function openFile(path: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const found = await handle.stat();
    // A block device has no size here, and a folder no bytes.
    if (!found.isFile())
      throw new CliError('cli.file_unreadable', { file: path, reason: 'not a plain file' });
    if (found.size === 0) throw new CliError('cli.file_unreadable', { file: path, reason: 'empty' });
    return handle;
  } catch (error) {
    await handle?.close();
    if (error instanceof CliError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (reason === 'ENOENT') throw new CliError('cli.file_missing', { file: path });
    throw new CliError('cli.file_unreadable', { file: path, reason });
  }
}
