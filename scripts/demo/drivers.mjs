// Picks kernel modules and what they need out of an unpacked Debian kernel package.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * What the demo guest drives. One that a kernel has built in, or not at all, is left out without a word: which is which
 * differs between Debian's kernels.
 */
const WANTED = [
  'virtio_pci',
  'virtio_blk',
  'virtio_scsi',
  'sd_mod',
  'virtio_net',
  'virtio_balloon',
  'virtio-rng',
  'virtio_console',
  'ata_piix',
  'ahci',
  'sr_mod',
  'isofs',
  'vfat',
  'nls_ascii',
  'nls_cp437',
  'nls_iso8859-1',
  'nls_utf8',
  'crc32c_generic', // which ext4 asks for by another name than its own
  'ext4',
  'evdev',
  'button',
  'atkbd',
];

const UNPACKED_LIMIT = 64 * 1024 * 1024; // bytes; the largest module of Debian's kernels is under 10 MB

/**
 * @param {string} folder the package's lib/modules/VERSION
 * @returns {{ name: string, content: Buffer }[]} each module after those it depends on
 */
export function drivers(folder) {
  const files = new Map(modulesUnder(folder).map((path) => [canonical(path), path]));
  const taken = new Map();
  const take = (wanted) => {
    const name = wanted.replaceAll('-', '_');
    const path = files.get(name);
    if (taken.has(name) || path === undefined) return;
    const content = unpacked(path);
    taken.set(name, undefined);
    for (const needed of needs(content)) take(needed);
    taken.delete(name);
    taken.set(name, { name: `${name}.ko`, content });
  };
  WANTED.forEach(take);
  return [...taken.values()];
}

function modulesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ko(\.xz|\.zst|\.gz)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

// File names use dashes, dependencies underscores, for the same module.
function canonical(path) {
  return basename(path)
    .replace(/\.ko.*$/, '')
    .replaceAll('-', '_');
}

// Newer kernels ship compressed modules, which busybox's insmod does not open.
function unpacked(path) {
  const tool = { xz: 'xz', zst: 'zstd', gz: 'gzip' }[path.split('.').at(-1)];
  if (tool === undefined) return readFileSync(path);
  return execFileSync(tool, ['-dc', path], { maxBuffer: UNPACKED_LIMIT });
}

// The ".modinfo" section holds "depends=a,b" between two zero bytes.
function needs(content) {
  const mark = Buffer.from('\0depends=');
  const from = content.indexOf(mark);
  if (from < 0) return [];
  const start = from + mark.length;
  const list = content.toString('latin1', start, content.indexOf(0, start));
  return list === '' ? [] : list.split(',');
}
