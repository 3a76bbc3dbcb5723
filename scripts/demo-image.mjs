// Makes the demo image: a small real Linux guest from Debian packages, without installing them on this machine.
//
//   node scripts/demo-image.mjs [--cache DIR] [--sata]     prints the path of the image
//
// The image is kept in the cache folder under the hash of its recipe (this file and scripts/demo), so that it is made
// once and every later call answers at once, with or without a network.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { cpio } from './demo/cpio.mjs';
import { makeDisk } from './demo/disk.mjs';
import { drivers } from './demo/drivers.mjs';
import { CLOUD_KERNEL, PC_KERNEL, unpackedPackages } from './demo/packages.mjs';
import { cacheFolder } from './lib/cache.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const RECIPE = join(HERE, 'demo');
const ROOTFS = join(RECIPE, 'rootfs');

/**
 * The path of the demo image, made now if this machine has none yet. Needs Debian's apt, dpkg-deb, mke2fs and qemu-img.
 *
 * @param {{ cache?: string, sata?: boolean, say?: (line: string) => void }} [options] say hears one line when there is work to do;
 *   sata: with a kernel that drives disks of real PCs, which is 70 MB to fetch, as the cloud kernel drives virtio only
 * @returns {Promise<string>} a qcow2 of 128 MiB virtual size
 * @throws an Error with a sentence for people; nothing half made is left behind
 */
export async function demoImage({ cache = cacheFolder(), sata = false, say = () => {} } = {}) {
  const image = join(cache, `demo-${sata ? 'sata-' : ''}${recipeHash()}.qcow2`);
  if (existsSync(image)) return image;
  checkMachine();
  say('Making the demo image from Debian packages (once, about 10 s).');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'demo-making-'));
  try {
    const packages = await unpackedPackages(folder, sata ? PC_KERNEL : CLOUD_KERNEL);
    const output = join(folder, 'demo.qcow2');
    const mke2fs = ['/sbin/mke2fs', '/usr/sbin/mke2fs'].find(existsSync) ?? 'mke2fs';
    await makeDisk({ folder, packages, ...bootParts(packages), mke2fs, output });
    renameSync(output, image);
    return image;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function recipeHash() {
  const hash = createHash('sha256');
  for (const path of [fileURLToPath(import.meta.url), ...filesUnder(RECIPE)]) {
    hash.update(`${relative(HERE, path)}\0`).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function checkMachine() {
  for (const tool of ['apt-get', 'dpkg-deb', 'qemu-img']) {
    const found = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, tool)));
    if (found) continue;
    throw new Error(
      `The demo image is made with Debian's ${tool}, which is not on this machine. Install it (package qemu-utils for qemu-img), or import an image of your own with "labmesh image import".`,
    );
  }
  const machine = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  if (machine !== 'amd64') {
    throw new Error(
      `The demo image exists for amd64 only; this machine is ${machine}. Import an image of your own.`,
    );
  }
}

function bootParts(packages) {
  const version = readdirSync(join(packages, 'lib/modules')).at(0) ?? '';
  const modules = drivers(join(packages, 'lib/modules', version));
  const busybox = ['bin/busybox', 'usr/bin/busybox'].map((path) => join(packages, path)).find(existsSync);
  if (version === '' || busybox === undefined) {
    throw new Error(
      'The Debian packages for the demo image are not laid out as expected. Please report this.',
    );
  }
  const names = modules.map(({ name }) => `${name}\n`).join('');
  const archive = cpio([
    ...['bin', 'dev', 'lib', 'lib/modules'].map((path) => ({ path, kind: 'folder' })),
    { path: 'bin/busybox', kind: 'file', mode: 0o755, content: readFileSync(busybox) },
    { path: 'bin/sh', kind: 'link', mode: 0o777, content: Buffer.from('busybox') },
    { path: 'lib/drivers', kind: 'file', content: Buffer.from(names) },
    ...modules.map(({ name, content }) => ({ path: `lib/modules/${name}`, kind: 'file', content })),
    ...rootfsEntries(),
  ]);
  const kernel = join(packages, 'boot', `vmlinuz-${version}`);
  return { kernel, initrd: gzipSync(archive, { level: 9 }) };
}

function rootfsEntries() {
  return readdirSync(ROOTFS, { withFileTypes: true, recursive: true })
    .map((entry) => ({ folder: entry.isDirectory(), full: join(entry.parentPath ?? entry.path, entry.name) }))
    .sort((a, b) => (a.full < b.full ? -1 : 1))
    .map(({ folder, full }) => entryOf(relative(ROOTFS, full), full, folder))
    .filter((entry) => entry.path !== 'bin');
}

function entryOf(path, full, folder) {
  if (folder) return { path, kind: 'folder' };
  const content = readFileSync(full);
  // Git keeps the executable bit, an archive of the sources may not: the first line says the same.
  const runs = content.subarray(0, 2).toString() === '#!' || (statSync(full).mode & 0o111) !== 0;
  const mode = path === 'etc/shadow' ? 0o600 : runs ? 0o755 : 0o644;
  return { path, kind: 'file', mode, content };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const at = argv.indexOf('--cache');
  const cache = at > 0 ? argv[at + 1] : undefined;
  try {
    const options = { ...(cache ? { cache } : {}), sata: argv.includes('--sata') };
    console.log(await demoImage({ ...options, say: (line) => console.error(line) }));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
