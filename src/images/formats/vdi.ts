/** VirtualBox disks. Source of the format: the comment at the head of QEMU's block/vdi.c. */
import { ImagesError } from '../errors.ts';

const MAGIC = 0xbeda107f;
const HEADER_BYTES = 0x1c8;
const NO_UUID = Buffer.alloc(16);
const DYNAMIC = 1;
const STATIC = 2;

export function isVdi(head: Buffer): boolean {
  return head.length >= 0x44 && head.readUInt32LE(0x40) === MAGIC;
}

/** Refuses differencing images (they need their parent), encryption and a file shorter than its blocks. */
export function inspectVdi(head: Buffer, fileBytes: number): void {
  if (head.length < HEADER_BYTES) {
    throw new ImagesError('images.truncated', {
      format: 'vdi',
      haveBytes: fileBytes,
      needBytes: HEADER_BYTES,
    });
  }
  const link = head.subarray(0x1a8, 0x1b8);
  const parent = head.subarray(0x1b8, 0x1c8);
  const type = head.readUInt32LE(0x4c);
  if (!parent.equals(NO_UUID) || !link.equals(NO_UUID)) {
    const reference = (parent.equals(NO_UUID) ? link : parent).toString('hex');
    throw new ImagesError('images.backing_file', { format: 'vdi', reference });
  }
  if (type !== DYNAMIC && type !== STATIC) {
    throw new ImagesError('images.backing_file', { format: 'vdi', reference: '' });
  }
  const dataOffset = head.readUInt32LE(0x158);
  const blockBytes = head.readUInt32LE(0x178) + head.readUInt32LE(0x17c);
  const needBytes = dataOffset + head.readUInt32LE(0x184) * blockBytes;
  if (needBytes > fileBytes) {
    throw new ImagesError('images.truncated', { format: 'vdi', haveBytes: fileBytes, needBytes });
  }
}
