// The fingerprint of everything that ends up in the binary.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './paths.mjs';

const FOLDERS = ['src', 'static'];
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/compile.ts'];

/** @returns {string} the same for the same sources, whatever their dates */
export function inputsHash(root = ROOT) {
  const hash = createHash('sha256');
  const paths = [
    ...FOLDERS.flatMap((folder) => filesUnder(join(root, folder))),
    ...FILES.map((f) => join(root, f)),
  ];
  for (const path of paths.filter(existsSync).sort()) {
    const content = readFileSync(path);
    hash.update(`${relative(root, path)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
