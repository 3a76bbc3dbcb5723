/** Tells a restart of the node from a restart of the whole PC. */
import { readFile, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { bootId } from './identity.ts';

/**
 * When this PC came up, in ms since the epoch, if that was after the node last ran; null otherwise. Remembers this boot.
 */
export async function pcRestartedAt(dataDir: string, now: number): Promise<number | null> {
  const file = join(dataDir, 'boot-id');
  const [current, former] = await Promise.all([bootId(), readFile(file, 'utf8').catch(() => null)]);
  if (former?.trim() === current) return null;
  await writeFile(file, `${current}\n`, { mode: 0o600 });
  return former === null ? null : now - uptime() * 1000;
}
