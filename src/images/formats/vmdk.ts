/**
 * VMware disks. Source of the format: VMware's "Virtual Disk Format 1.1"; which parts QEMU follows: its block/vmdk.c.
 *
 * A VMDK is made to name other files: a descriptor lists extents by path and may name a parent. Only files that carry
 * everything themselves come in: `monolithicSparse` and `streamOptimized`. QEMU treats the descriptor inside such a file as a list
 * of files when the header's capacity is 0, and looks for a parent at byte 512 whatever the header says: both are closed here.
 */
import { ImagesError } from '../errors.ts';
import type { ByteWindow } from './window.ts';

const MAGIC = 'KDMV';
const TEXT = '# Disk DescriptorFile';
const SECTOR = 512;
const HEADER_BYTES = 77;
// QEMU reads so much descriptor and never more.
const DESCRIPTOR_BYTES = 20 * SECTOR;
const QEMU_DESCRIPTOR_AT = 0x200;
const GD_AT_END = 0xffffffffffffffffn;
// Footer marker, footer and end-of-stream marker close a streamOptimized file: three sectors.
const FOOTER_FROM_END = 1024;
const NO_PARENT = 'ffffffff';
const SELF_CONTAINED = ['monolithicsparse', 'streamoptimized'];
const MAX_REFERENCE = 1023;

export function isVmdk(head: Buffer): boolean {
  const start = head.toString('latin1', 0, TEXT.length);
  return start.startsWith(MAGIC) || start === TEXT;
}

export async function inspectVmdk(window: ByteWindow, head: Buffer): Promise<void> {
  if (!head.toString('latin1', 0, 4).startsWith(MAGIC)) {
    throw new ImagesError('images.external_data', {
      format: 'vmdk',
      reference: firstExtent(head.toString('latin1')),
    });
  }
  await inspectHeader(window, head);
  if (head.length >= 64 && head.readBigUInt64LE(56) === GD_AT_END) await inspectFooter(window);
  const descriptorAt = head.readBigUInt64LE(28) * BigInt(SECTOR);
  const declared = descriptorAt < BigInt(window.size) ? Number(descriptorAt) : 0;
  for (const at of new Set([declared, QEMU_DESCRIPTOR_AT])) {
    if (at > 0)
      inspectDescriptor((await window.read(at, DESCRIPTOR_BYTES)).toString('latin1'), at === declared);
  }
}

async function inspectHeader(window: ByteWindow, head: Buffer): Promise<void> {
  if (head.length < HEADER_BYTES) throw truncated(window, HEADER_BYTES);
  const capacity = head.readBigUInt64LE(12);
  if (capacity === 0n) {
    const descriptor = await window.read(QEMU_DESCRIPTOR_AT, DESCRIPTOR_BYTES);
    throw new ImagesError('images.external_data', {
      format: 'vmdk',
      reference: firstExtent(descriptor.toString('latin1')),
    });
  }
}

async function inspectFooter(window: ByteWindow): Promise<void> {
  const footer = await window.read(window.size - FOOTER_FROM_END, SECTOR);
  if (footer.length < SECTOR || footer.toString('latin1', 0, 4) !== MAGIC)
    throw truncated(window, window.size + FOOTER_FROM_END);
  await inspectHeader(window, footer);
}

function inspectDescriptor(text: string, declared: boolean): void {
  const descriptor = text.split('\0', 1)[0] ?? '';
  // At byte 512 there may be anything when the header puts its descriptor elsewhere; QEMU reads a parent there all the same.
  const parent = /parentFileNameHint\s*=\s*"?([^"\n]*)/i.exec(text)?.[1];
  if (parent !== undefined)
    throw new ImagesError('images.backing_file', {
      format: 'vmdk',
      reference: parent.slice(0, MAX_REFERENCE),
    });
  const parentId = /^\s*parentCID\s*=\s*([0-9a-f]+)/im.exec(descriptor)?.[1];
  if (parentId !== undefined && parentId.toLowerCase() !== NO_PARENT) {
    throw new ImagesError('images.backing_file', { format: 'vmdk', reference: parentId });
  }
  if (!declared) return;
  const type = /^\s*createType\s*=\s*"?([a-z0-9]+)/im.exec(descriptor)?.[1] ?? '';
  if (!SELF_CONTAINED.includes(type.toLowerCase())) {
    throw new ImagesError('images.external_data', { format: 'vmdk', reference: firstExtent(descriptor) });
  }
  const extents = descriptor.match(/^\s*(RW|RDONLY|NOACCESS)\s+\d+\s+\w+/gim) ?? [];
  if (extents.length > 1)
    throw new ImagesError('images.external_data', { format: 'vmdk', reference: firstExtent(descriptor) });
}

/** The file that the first extent of a descriptor names, to say it in the refusal. */
function firstExtent(descriptor: string): string {
  return (/^\s*(?:RW|RDONLY|NOACCESS)\s+\d+\s+\w+\s+"([^"\n]*)"/im.exec(descriptor)?.[1] ?? '').slice(
    0,
    MAX_REFERENCE,
  );
}

function truncated(window: ByteWindow, needBytes: number): ImagesError {
  return new ImagesError('images.truncated', { format: 'vmdk', haveBytes: window.size, needBytes });
}
