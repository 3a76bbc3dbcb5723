/** CD and DVD images: ISO 9660 (ECMA-119) and UDF (ECMA-167), told by the volume descriptors from sector 16 on. */
import { ImagesError } from '../errors.ts';

const SECTOR = 2048;
const FIRST_DESCRIPTOR = 16 * SECTOR;
const PRIMARY = 1;

export function isIso(head: Buffer): boolean {
  const id = head.toString('latin1', FIRST_DESCRIPTOR + 1, FIRST_DESCRIPTOR + 6);
  return id === 'CD001' || id === 'BEA01';
}

/** Refuses an ISO that is shorter than its primary volume. */
export function inspectIso(head: Buffer, fileBytes: number): void {
  const isPrimary =
    head[FIRST_DESCRIPTOR] === PRIMARY &&
    head.toString('latin1', FIRST_DESCRIPTOR + 1, FIRST_DESCRIPTOR + 6) === 'CD001';
  if (!isPrimary || head.length < FIRST_DESCRIPTOR + 130) return;
  const blocks = head.readUInt32LE(FIRST_DESCRIPTOR + 80);
  const blockBytes = head.readUInt16LE(FIRST_DESCRIPTOR + 128);
  const needBytes = blocks * blockBytes;
  if (needBytes > fileBytes) {
    throw new ImagesError('images.truncated', { format: 'iso', haveBytes: fileBytes, needBytes });
  }
}
