import { crc32c } from './crc32c.ts';

/** `noop` opens a leader's term (Raft section 8); `voters` will change who votes. */
export type EntryKind = 'noop' | 'command' | 'voters';

/** One place in the log. `body` is JSON, empty for a noop. */
export interface Entry {
  readonly index: number;
  readonly term: number;
  readonly kind: EntryKind;
  readonly body: string;
}

/**
 * Form on disk, version 1: version (1 byte), kind (1), term (8, big-endian), CRC-32C (4) of index, kind, term and
 * body, body (UTF-8). CRC-32C guards against accident, not malice, which is all a checksum inside one's own folder
 * can do; it is short, quick on small values, and LevelDB's own files need the same function. The index is in the
 * sum though only in the key on disk: an entry under another's key is noticed.
 */
const ENTRY_VERSION = 1;
const HEADER_BYTES = 14;
const kinds: readonly EntryKind[] = ['noop', 'command', 'voters'];

export function encodeEntry(entry: Entry): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(entry.body));
  bytes[0] = ENTRY_VERSION;
  bytes[1] = kinds.indexOf(entry.kind);
  bytes.writeBigUInt64BE(BigInt(entry.term), 2);
  bytes.write(entry.body, HEADER_BYTES);
  bytes.writeUInt32BE(checksum(entry.index, bytes), 10);
  return bytes;
}

/** @returns the entry, or in words what is wrong with it. */
export function decodeEntry(index: number, bytes: Buffer): Entry | { fault: string; version?: number } {
  if (bytes.length < HEADER_BYTES) return { fault: `${bytes.length} bytes, less than a header` };
  const version = bytes[0] ?? 0;
  if (bytes.readUInt32BE(10) !== checksum(index, bytes)) return { fault: 'checksum differs' };
  if (version !== ENTRY_VERSION) return { fault: `form ${version}`, version };
  const kind = kinds[bytes[1] ?? kinds.length];
  if (kind === undefined) return { fault: `kind ${bytes[1]}` };
  return { index, term: Number(bytes.readBigUInt64BE(2)), kind, body: bytes.toString('utf8', HEADER_BYTES) };
}

const indexBytes = Buffer.alloc(8);

function checksum(index: number, bytes: Buffer): number {
  indexBytes.writeBigUInt64BE(BigInt(index));
  return crc32c(bytes.subarray(HEADER_BYTES), crc32c(bytes.subarray(0, 10), crc32c(indexBytes)));
}
