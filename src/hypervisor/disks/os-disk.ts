/**
 * Which of a VM's two overlays is the true one. While its image still comes, the VM's disk is `os-stream.qcow2` over the server; then it is `os.qcow2`
 * over the file. A move from one to the other may have been cut off at any point.
 */
import { rename, rm } from 'node:fs/promises';
import type { NbdBacking } from '../types.ts';
import { ensureOverlay, ensureStreamOverlay, exists, rebase } from './disks.ts';

export interface OsDisk {
  /** Where the overlay is to be. */
  file: string;
  /** Where it may be instead. */
  other: string;
  /** The one that the domain's description names, null without a domain. */
  defined: string | null;
  image: string | null;
  nbd: NbdBacking | null;
  virtualBytes: number;
}

/** Ensures that the overlay is in its place with its backing, and the only one. The VM is off and has no saved memory. */
export async function ensureOsDisk(disk: OsDisk): Promise<void> {
  const { file, other, defined, image, nbd, virtualBytes } = disk;
  if (await exists(other)) {
    // Both: one is a copy that was not finished, or what was left behind. libvirt writes down which it uses.
    const isOther = !(await exists(file)) || defined !== file;
    if (isOther) await move(other, file, nbd ?? image);
    else await rm(other, { force: true });
  }
  if (nbd !== null) await ensureStreamOverlay(file, nbd, virtualBytes);
  else await ensureOverlay(file, image, virtualBytes);
}

async function move(from: string, to: string, backing: string | NbdBacking | null): Promise<void> {
  if (backing !== null) await rebase(from, backing);
  await rename(from, to);
}
