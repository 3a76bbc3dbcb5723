/** The demo guest on a disk as large and as full as one for a class: what travels is no toy, and it still boots. */
import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { swarmDisk } from '../../bench/parts/swarm-disk.ts';
import { demoImage } from './node.ts';

const MIB = 2 ** 20;
/** The demo guest's own disk is half of it. */
export const CLASS_BYTES = 256 * MIB;

/**
 * Writes a raw disk of 256 MiB: the demo guest, most of whose half is zeros, and behind it as much text as noise, so that in all four tenths
 * are zeros. @param seed 0 to 255: another one, another disk
 */
export function writeClassImage(file: string, seed = 0): void {
  const made = Bun.spawnSync(['qemu-img', 'convert', '-O', 'raw', demoImage(), file]);
  if (made.exitCode !== 0) throw new Error(`qemu-img: ${made.stderr}`);
  truncateSync(file, CLASS_BYTES);
  const descriptor = openSync(file, 'r+');
  const mixed = swarmDisk(CLASS_BYTES);
  let to = CLASS_BYTES / 2;
  for (let at = 0; at < mixed.length && to < CLASS_BYTES; at += MIB) {
    const part = mixed.subarray(at, at + MIB);
    if (part[0] === 0 && part[1] === 0) continue; // of zeros
    part[0] = seed; // so that no piece of one disk is a piece of another
    to += writeSync(descriptor, part, 0, MIB, to);
  }
  closeSync(descriptor);
}
