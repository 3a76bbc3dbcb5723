/** The token of `join`: typed, in a file, or on standard input, where other users of the PC cannot read it off the list of processes. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliError } from './errors.ts';
import type { Session } from './session.ts';

/** A token has some 200 characters; a file that is longer is another one. */
const MAX_BYTES = 4096;

/**
 * @param given the token, `-` for standard input, or a file
 * @throws CliError `cli.usage`, `cli.file_missing`, `cli.file_unreadable`
 */
export async function joinToken(session: Session, given: string): Promise<string> {
  const text = given.trim() === '-' ? await session.io.readInput(MAX_BYTES) : await fromFile(session, given);
  // What `token create` prints is the whole line to run.
  const token = text.trim().replace(/^labmesh\s+join\s+/, '');
  if (token === '')
    throw session.usage('The token is missing; "token create" on a PC of the cloud makes one.');
  return token;
}

async function fromFile(session: Session, given: string): Promise<string> {
  if (given.trim() === '') return '';
  const path = resolve(session.io.cwd, given);
  try {
    const text = await readAtMost(path, MAX_BYTES + 1);
    if (text.length <= MAX_BYTES) return text;
    throw new CliError('cli.file_unreadable', { file: path, reason: 'larger than a token' });
  } catch (error) {
    if (error instanceof CliError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (reason !== 'ENOENT' && reason !== 'ENAMETOOLONG')
      throw new CliError('cli.file_unreadable', { file: path, reason });
    // Letters, digits, hyphens: no file of that name, so it is the token itself.
    if (/^[\w\s-]+$/.test(given)) return given;
    throw new CliError('cli.file_missing', { file: path });
  }
}

/** Also of pipes and devices, which have no length. */
async function readAtMost(path: string, maxBytes: number): Promise<string> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(maxBytes);
    let size = 0;
    while (size < maxBytes) {
      const { bytesRead } = await file.read(bytes, size, maxBytes - size);
      if (bytesRead === 0) break;
      size += bytesRead;
    }
    return bytes.subarray(0, size).toString('utf8');
  } finally {
    await file.close();
  }
}
