// Where the scripts keep what is costly to make or fetch: shared by start, tests and benches, safe to delete.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env, getuid } from 'node:process';

/** @returns {string} the folder; it may not exist yet */
export function cacheFolder() {
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'labmesh');
  return getuid?.() === 0 ? '/var/cache/labmesh' : join(homedir(), '.cache', 'labmesh');
}
