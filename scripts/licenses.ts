// Writes static/licenses.txt: what is inside the binary, by whom, under which licence. `labmesh version --licenses` shows
// it, and the page links to it. Run it after any change of dependencies; `--check` only says whether it was.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { bunNotice } from './licenses/bun.ts';

const root = dirname(import.meta.dir);
const target = join(root, 'static', 'licenses.txt');
const rule = '-'.repeat(100);

const Lock = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), optional: z.boolean().optional() })),
});
const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().default('see below'),
  homepage: z.string().optional(),
});

/** Native code that comes along inside a package, with licence files of its own. */
const inside: Readonly<Record<string, readonly string[]>> = {
  'classic-level': ['deps/leveldb/leveldb-1.20', 'deps/snappy/snappy'],
};

/** The whole text, the same for the same package-lock.json and node_modules. */
export function licences(): string {
  const lock = Lock.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const folders = Object.entries(lock.packages)
    .filter(([path, { dev, optional }]) => path !== '' && dev !== true && optional !== true)
    .map(([path]) => join(root, path));
  const own =
    'labmesh is licensed under the Apache License 2.0. Inside its binary are the following works.\n';
  return [own, ...folders.flatMap(noticesOf), bunNotice].join(`\n${rule}\n`);
}

function noticesOf(folder: string): readonly string[] {
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const { name, version, license, homepage } = manifest;
  const title = `${name} ${version} (${license})${homepage === undefined ? '' : `\n${homepage}`}`;
  const parts = (inside[name] ?? []).map(
    (part) => `${part} (part of ${name})\n\n${texts(join(folder, part), part)}`,
  );
  return [`${title}\n\n${texts(folder, name)}`, ...parts];
}

function texts(folder: string, name: string): string {
  const places = [folder, join(folder, 'docs')].filter(existsSync);
  const files = places.flatMap((place) =>
    readdirSync(place)
      .filter((file) => /^(licen[cs]e|copying|notice|authors)/i.test(file) && !/OFL/.test(file))
      .sort()
      .map((file) => readFileSync(join(place, file), 'utf8').trim()),
  );
  if (files.length > 0) return `${files.join('\n\n')}\n`;
  return `${name} carries no licence text of its own; the name of its licence, above, is what its authors state.\n`;
}

if (import.meta.main) {
  const text = licences();
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
  } else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error(
      'static/licenses.txt does not match the dependencies. Run "bun scripts/licenses.ts" and commit.',
    );
    process.exitCode = 1;
  }
}
