// Where things lie in this repository.
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { arch } from 'node:process';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const BINARY = join(ROOT, 'dist', 'labmesh');

const BUN_AT_LEAST = 1024 * 1024; // bytes; npm's placeholder is under 1 kB, the real one over 90 MB

/**
 * npm's `bun` package moves its binary into place with an install script, which npm does not run unless told so. Without
 * it the binary lies in the package of this platform.
 *
 * @returns {string | undefined} the real Bun of node_modules
 */
export function findBun(root = ROOT) {
  const platform = `bun-linux-${arch === 'arm64' ? 'aarch64' : 'x64'}`;
  return [
    join(root, 'node_modules', '@oven', platform, 'bin', 'bun'),
    join(root, 'node_modules', 'bun', 'bin', 'bun.exe'),
  ].find((path) => existsSync(path) && statSync(path).size > BUN_AT_LEAST);
}
