/** What a domain's description says about the disk that its system is on. */
import type { NbdBacking } from '../types.ts';
import type { XmlReader } from './xml.ts';

export interface OsDiskSource {
  /** Target, as `vda`: what libvirt's block jobs are about. */
  device: string;
  /** The overlay. */
  file: string;
  /** Null: what is beneath the overlay is a file, or nothing. */
  nbd: NbdBacking | null;
}

/** Null for a description without such a disk: not one of ours. */
export function readOsDisk(domain: XmlReader): OsDiskSource | null {
  for (const disk of domain.child('devices').children('disk')) {
    const device = disk.child('target').attribute('dev');
    const file = disk.child('source').attribute('file');
    if (file === null || (device !== 'vda' && device !== 'sda')) continue;
    return { device, file, nbd: readNbd(disk.child('backingStore')) };
  }
  return null;
}

function readNbd(backing: XmlReader): NbdBacking | null {
  if (backing.attribute('type') !== 'network') return null;
  const source = backing.child('source');
  const socket = source.child('host').attribute('socket');
  const name = source.attribute('name');
  return source.attribute('protocol') === 'nbd' && socket && name ? { socket, name } : null;
}
