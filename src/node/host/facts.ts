/** What this PC has: measured at start, announced to the cloud. */
import { readFile, statfs } from 'node:fs/promises';
import { cpus, hostname, totalmem } from 'node:os';
import type { NodeCapacity } from '../../state/index.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Memory kept for the PC itself: an eighth, at least 512 MiB (a desktop with this node idles in that), at most 4 GiB. */
function reserveMiB(totalMiB: number): number {
  return Math.min(4096, Math.max(512, Math.floor(totalMiB / 8)));
}

/** A tenth of the disk stays free: file systems slow down and the log must always be able to grow. */
const DISK_SHARE = 0.9;
/** Of what may be used, this much for images and system disks, the rest for data disks and saved memory. */
const STORAGE_SHARE = 0.7;

/** What VMs may use of this PC. */
export async function hostCapacity(dataDir: string): Promise<NodeCapacity> {
  const totalMiB = Math.floor(totalmem() / MIB);
  const disk = await statfs(dataDir);
  const usableGiB = ((disk.blocks * disk.bsize) / GIB) * DISK_SHARE;
  return {
    cores: await physicalCores(),
    ramMiB: Math.max(0, totalMiB - reserveMiB(totalMiB)),
    storageGiB: Math.floor(usableGiB * STORAGE_SHARE),
    tempGiB: Math.floor(usableGiB * (1 - STORAGE_SHARE)),
  };
}

/** Physical cores, by their (socket, core) pairs; where the kernel does not tell, the processors it shows. */
async function physicalCores(): Promise<number> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const pairs = new Set<string>();
  for (const block of text.split('\n\n')) {
    const socket = /^physical id\s*:\s*(\d+)/m.exec(block)?.[1];
    const core = /^core id\s*:\s*(\d+)/m.exec(block)?.[1];
    if (socket !== undefined && core !== undefined) pairs.add(`${socket}:${core}`);
  }
  return pairs.size || cpus().length;
}

/** A name for this PC that fits an entity's name. */
export function defaultName(): string {
  return (hostname().split('.')[0] ?? '').slice(0, 63) || 'pc';
}
