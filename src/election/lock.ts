import { Database } from 'bun:sqlite';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ElectionError, reasonOf } from './errors.ts';

/** Held as long as the process lives; the kernel frees it at any death. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder for this process, before a byte in it is looked at: the write-ahead log of a running node
 * looks torn to anybody else. LevelDB's own lock comes too late for that, and is gone while it is reopened. Neither
 * Bun nor Node can lock a file; an exclusive transaction of Bun's built-in SQLite on an empty file does exactly that
 * (fcntl on Unix), writes nothing, and so works on a full disk too.
 * @throws ElectionError log.in_use
 */
export function lockFolder(dir: string): FolderLock {
  const pidFile = join(dir, 'lock.pid');
  let handle: Database | undefined;
  try {
    handle = new Database(join(dir, 'lock'), { create: true });
    handle.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    handle?.close();
    if (/lock|busy/i.test(reasonOf(error)))
      throw new ElectionError('log.in_use', { dir, pid: pidIn(pidFile) });
    throw error;
  }
  noteFor(pidFile);
  const held = handle;
  return { release: () => held.close() };
}

/** Only for the sentence in the other process; a full disk must not stop a start. */
function noteFor(pidFile: string): void {
  try {
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch {}
}

function pidIn(pidFile: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
