/** qcow2 headers. Source of the format: docs/interop/qcow2.txt of QEMU. */
import { ImagesError } from '../errors.ts';
import type { ByteWindow } from './window.ts';

const MAGIC = 0x514649fb; // "QFI\xfb"
const V2_HEADER_BYTES = 72;
// Incompatible feature bits of version 3.
const CORRUPT = 1n << 1n;
const DATA_FILE = 1n << 2n;
// Dirty, compression type and extended L2 entries change nothing about trust; further bits are of the future.
const HARMLESS = (1n << 0n) | (1n << 3n) | (1n << 4n);
const EXTENSION_DATA_FILE = 0x44415441;
const EXTENSION_ENCRYPTION = 0x0537be77;
const EXTENSION_END = 0;
// Extensions lie in the first cluster: with their 8-byte headers no more than this many are believed.
const MAX_EXTENSIONS = 64;
const MAX_REFERENCE = 1023; // QEMU's own bound for the name of a backing file
const MIN_CLUSTER_BITS = 9;
const MAX_CLUSTER_BITS = 21;

export function isQcow2(head: Buffer): boolean {
  return head.length >= 8 && head.readUInt32BE(0) === MAGIC;
}

/**
 * Refuses a backing file, an external data file, encryption, unknown features, and tables outside the file.
 * @param isOverlay it is a layer of ours: it has a backing file, which whoever reads it switches off
 */
export async function inspectQcow2(window: ByteWindow, head: Buffer, isOverlay = false): Promise<void> {
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) {
    throw new ImagesError('images.format_unsupported', { format: `qcow version ${version}` });
  }
  if (head.length < V2_HEADER_BYTES) throw truncated(window, V2_HEADER_BYTES);
  if (!isOverlay) await refuseBackingFile(window, head);
  if (head.readUInt32BE(32) !== 0) throw new ImagesError('images.encrypted', { format: 'qcow2' });
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < MIN_CLUSTER_BITS || clusterBits > MAX_CLUSTER_BITS)
    throw damaged('cluster size out of bounds');
  if (version === 3) await inspectVersion3(window, head);
  await inspectExtensions(window, version === 3 ? head.readUInt32BE(100) : V2_HEADER_BYTES);
  insideFile(window, head.readBigUInt64BE(40), BigInt(head.readUInt32BE(36)) * 8n);
  insideFile(window, head.readBigUInt64BE(48), BigInt(head.readUInt32BE(56)) << BigInt(clusterBits));
}

/** Size of the disk, of a header that `inspectQcow2` has passed. */
export function qcow2VirtualBytes(head: Buffer): bigint {
  return head.readBigUInt64BE(24);
}

async function refuseBackingFile(window: ByteWindow, head: Buffer): Promise<void> {
  const offset = head.readBigUInt64BE(8);
  if (offset === 0n) return;
  const length = Math.min(head.readUInt32BE(16), MAX_REFERENCE);
  const reference =
    offset > BigInt(window.size) ? '' : (await window.read(Number(offset), length)).toString('utf8');
  throw new ImagesError('images.backing_file', { format: 'qcow2', reference });
}

async function inspectVersion3(window: ByteWindow, head: Buffer): Promise<void> {
  if (head.length < 104) throw truncated(window, 104);
  const features = head.readBigUInt64BE(72);
  if ((features & DATA_FILE) !== 0n) {
    throw new ImagesError('images.external_data', { format: 'qcow2', reference: '' });
  }
  if ((features & CORRUPT) !== 0n) throw damaged('marked as corrupt by its last user');
  if ((features & ~HARMLESS) !== 0n) {
    throw new ImagesError('images.format_unsupported', { format: 'qcow2 with unknown features' });
  }
}

async function inspectExtensions(window: ByteWindow, start: number): Promise<void> {
  let at = start;
  for (let i = 0; i < MAX_EXTENSIONS; i++) {
    const entry = await window.read(at, 8);
    if (entry.length < 8) return;
    const type = entry.readUInt32BE(0);
    const length = entry.readUInt32BE(4);
    if (type === EXTENSION_END) return;
    if (type === EXTENSION_ENCRYPTION) throw new ImagesError('images.encrypted', { format: 'qcow2' });
    if (type === EXTENSION_DATA_FILE) {
      const reference = (await window.read(at + 8, Math.min(length, MAX_REFERENCE))).toString('utf8');
      throw new ImagesError('images.external_data', { format: 'qcow2', reference });
    }
    at += 8 + Math.ceil(length / 8) * 8;
  }
  throw damaged('too many header extensions');
}

function insideFile(window: ByteWindow, offset: bigint, length: bigint): void {
  const end = offset + length;
  if (end <= BigInt(window.size)) return;
  throw truncated(window, end > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(end));
}

function truncated(window: ByteWindow, needBytes: number): ImagesError {
  return new ImagesError('images.truncated', { format: 'qcow2', haveBytes: window.size, needBytes });
}

function damaged(detail: string): ImagesError {
  return new ImagesError('images.damaged', { format: 'qcow2', detail });
}
