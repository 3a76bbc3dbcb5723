/** What a file is, told from its bytes alone: names and extensions are not believed. */
import { ImagesError } from '../errors.ts';
import { inspectIso, isIso } from './iso.ts';
import { findOvaDisk, isTar } from './ova.ts';
import { inspectQcow2, isQcow2 } from './qcow2.ts';
import { inspectVdi, isVdi } from './vdi.ts';
import { inspectVmdk, isVmdk } from './vmdk.ts';
import type { ByteWindow } from './window.ts';

/** What QEMU's driver of the disk is called. */
export type DiskFormat = 'qcow2' | 'raw' | 'vmdk' | 'vdi';
/** What the person brought. */
export type SourceFormat = DiskFormat | 'ova' | 'iso';

export interface Detected {
  readonly format: SourceFormat;
  readonly disk: DiskFormat;
  /** Where in the file the disk is: all of it but for an OVA. */
  readonly window: ByteWindow;
}

// Enough for every signature: ISO 9660's is the furthest in, at 32,769.
const HEAD_BYTES = 34 * 1024;

// Formats that QEMU could read and labmesh does not take, so that the refusal can say what the file is.
const OTHERS: readonly { name: string; at: number; magic: string }[] = [
  { name: 'VHDX', at: 0, magic: 'vhdxfile' },
  { name: 'VHD', at: 0, magic: 'conectix' },
  { name: 'QED', at: 0, magic: 'QED\0' },
  { name: 'Parallels', at: 0, magic: 'WithoutFreeSpace' },
  { name: 'Parallels', at: 0, magic: 'WithouFreSpacExt' },
  { name: 'VMDK (ESX)', at: 0, magic: 'COWD' },
  { name: 'gzip', at: 0, magic: '\x1f\x8b' },
  { name: 'xz', at: 0, magic: '\xfd7zXZ\0' },
  { name: 'zstd', at: 0, magic: '\x28\xb5\x2f\xfd' },
  { name: 'zip', at: 0, magic: 'PK\x03\x04' },
  { name: '7z', at: 0, magic: '7z\xbc\xaf' },
];

/**
 * Says what the file is and refuses what must not come in: see each format's file for its own ways to name other files.
 * @param asRaw the person said that these are the bytes of a disk, whatever they look like
 */
export async function detect(file: ByteWindow, name: string, asRaw: boolean): Promise<Detected> {
  if (asRaw) return { format: 'raw', disk: 'raw', window: file };
  const head = await file.read(0, HEAD_BYTES);
  if (isTar(head)) {
    const window = await findOvaDisk(file, name);
    return { format: 'ova', disk: await detectDisk(window, await window.read(0, HEAD_BYTES), name), window };
  }
  if (isIso(head)) {
    inspectIso(head, file.size);
    return { format: 'iso', disk: 'raw', window: file };
  }
  const disk = await detectDisk(file, head, name);
  return { format: disk, disk, window: file };
}

async function detectDisk(window: ByteWindow, head: Buffer, name: string): Promise<DiskFormat> {
  if (isQcow2(head)) {
    await inspectQcow2(window, head);
    return 'qcow2';
  }
  if (isVmdk(head)) {
    await inspectVmdk(window, head);
    return 'vmdk';
  }
  if (isVdi(head)) {
    inspectVdi(head, window.size);
    return 'vdi';
  }
  if (head.subarray(0, 6).equals(Buffer.from('LUKS\xba\xbe', 'latin1'))) {
    throw new ImagesError('images.encrypted', { format: 'LUKS' });
  }
  const other = OTHERS.find(
    (one) => head.toString('latin1', one.at, one.at + one.magic.length) === one.magic,
  );
  if (other !== undefined) throw new ImagesError('images.format_unsupported', { format: other.name });
  if (hasBootSector(head)) return 'raw';
  throw new ImagesError('images.not_an_image', { name });
}

/** A raw disk that a PC can boot, or that carries a partition table (GPT's protective one too), ends its first sector in 55 AA. */
function hasBootSector(head: Buffer): boolean {
  return head.length >= 512 && head[510] === 0x55 && head[511] === 0xaa;
}
