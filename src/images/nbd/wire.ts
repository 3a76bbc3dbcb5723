/**
 * The Network Block Device protocol as it stands on the wire: numbers and encoders. All integers are big-endian.
 * Source: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md (fixed newstyle, structured replies, block status).
 */

/** The two magics of the greeting, "NBDMAGIC" and "IHAVEOPT". */
const GREETING = 0x4e42444d41474943n;
export const OPTION_MAGIC = 0x49484156454f5054n;
const OPTION_REPLY_MAGIC = 0x0003e889045565a9n;
export const REQUEST_MAGIC = 0x25609513;
const SIMPLE_REPLY_MAGIC = 0x67446698;
const STRUCTURED_REPLY_MAGIC = 0x668e33ef;

/** Fixed newstyle, and no 124 zeros after an export's name. */
export const HANDSHAKE_FIXED_NEWSTYLE = 1;
export const HANDSHAKE_NO_ZEROES = 2;

export const OPTION = {
  exportName: 1,
  abort: 2,
  list: 3,
  info: 6,
  go: 7,
  structuredReply: 8,
  listMetaContext: 9,
  setMetaContext: 10,
} as const;

export const OPTION_REPLY = { ack: 1, server: 2, info: 3, metaContext: 4 } as const;
export const OPTION_ERROR = {
  unsupported: 0x80000001,
  invalid: 0x80000003,
  unknown: 0x80000006,
  tooBig: 0x80000009,
} as const;

export const INFO = { export: 0, blockSize: 3 } as const;

/** Has flags, read-only, DF flag understood, several connections see the same bytes, cache command. */
export const TRANSMISSION_FLAGS = (1 << 0) | (1 << 1) | (1 << 7) | (1 << 8) | (1 << 10);

export const COMMAND = { read: 0, disconnect: 2, flush: 3, cache: 5, blockStatus: 7 } as const;
export const COMMAND_FLAG = { doNotFragment: 1 << 2, one: 1 << 3 } as const;

export const ERRNO = { EPERM: 1, EIO: 5, EINVAL: 22, EOVERFLOW: 75, ENOTSUP: 95, ESHUTDOWN: 108 } as const;

const CHUNK_DONE = 1;
const CHUNK = { none: 0, data: 1, hole: 2, blockStatus: 5, error: 0x8001 } as const;

/** Bits of `base:allocation`: a range without room of its own on disk, and one that reads as zeros. */
export const STATE_HOLE_ZERO = 3;
export const STATE_DATA = 0;

export const REQUEST_BYTES = 28;

export interface Request {
  readonly flags: number;
  readonly type: number;
  readonly cookie: bigint;
  readonly offset: number;
  readonly length: number;
}

export interface Extent {
  readonly length: number;
  readonly zero: boolean;
}

export function greeting(): Buffer {
  const bytes = Buffer.alloc(18);
  bytes.writeBigUInt64BE(GREETING, 0);
  bytes.writeBigUInt64BE(OPTION_MAGIC, 8);
  bytes.writeUInt16BE(HANDSHAKE_FIXED_NEWSTYLE | HANDSHAKE_NO_ZEROES, 16);
  return bytes;
}

export function optionReply(option: number, type: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(20);
  head.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(type, 12);
  head.writeUInt32BE(data.length, 16);
  return Buffer.concat([head, data]);
}

/** Size and flags, as in the reply to `exportName` and inside an info reply. */
export function exportFacts(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeBigUInt64BE(BigInt(sizeBytes), 0);
  bytes.writeUInt16BE(TRANSMISSION_FLAGS, 8);
  return bytes;
}

/** @returns null when the bytes are no request, after which nothing on this connection can be believed */
export function parseRequest(bytes: Buffer, at: number): Request | null {
  if (bytes.readUInt32BE(at) !== REQUEST_MAGIC) return null;
  return {
    flags: bytes.readUInt16BE(at + 4),
    type: bytes.readUInt16BE(at + 6),
    cookie: bytes.readBigUInt64BE(at + 8),
    offset: Number(bytes.readBigUInt64BE(at + 16)), // beyond 2^53 it is beyond any export, so rounding does no harm
    length: bytes.readUInt32BE(at + 24),
  };
}

/** Bytes before the data of a read's reply. */
export function readHead(structured: boolean, cookie: bigint, offset: number, length: number): Buffer {
  if (!structured) return simpleReply(cookie, 0);
  const head = Buffer.allocUnsafe(28);
  chunkHead(head, CHUNK.data, cookie, 8 + length);
  head.writeBigUInt64BE(BigInt(offset), 20);
  return head;
}

/** A whole read that is zeros. */
export function holeReply(cookie: bigint, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(32);
  chunkHead(bytes, CHUNK.hole, cookie, 12);
  bytes.writeBigUInt64BE(BigInt(offset), 20);
  bytes.writeUInt32BE(length, 28);
  return bytes;
}

export function blockStatusReply(cookie: bigint, contextId: number, extents: readonly Extent[]): Buffer {
  const bytes = Buffer.allocUnsafe(24 + extents.length * 8);
  chunkHead(bytes, CHUNK.blockStatus, cookie, 4 + extents.length * 8);
  bytes.writeUInt32BE(contextId, 20);
  for (const [i, { length, zero }] of extents.entries()) {
    bytes.writeUInt32BE(length, 24 + i * 8);
    bytes.writeUInt32BE(zero ? STATE_HOLE_ZERO : STATE_DATA, 28 + i * 8);
  }
  return bytes;
}

export function doneReply(structured: boolean, cookie: bigint): Buffer {
  if (!structured) return simpleReply(cookie, 0);
  const bytes = Buffer.allocUnsafe(20);
  chunkHead(bytes, CHUNK.none, cookie, 0);
  return bytes;
}

export function errorReply(structured: boolean, cookie: bigint, errno: number): Buffer {
  if (!structured) return simpleReply(cookie, errno);
  const bytes = Buffer.allocUnsafe(26);
  chunkHead(bytes, CHUNK.error, cookie, 6);
  bytes.writeUInt32BE(errno, 20);
  bytes.writeUInt16BE(0, 24); // no message
  return bytes;
}

function simpleReply(cookie: bigint, errno: number): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUInt32BE(SIMPLE_REPLY_MAGIC, 0);
  bytes.writeUInt32BE(errno, 4);
  bytes.writeBigUInt64BE(cookie, 8);
  return bytes;
}

/** Every reply here is of one chunk, so each is its last. */
function chunkHead(into: Buffer, type: number, cookie: bigint, length: number): void {
  into.writeUInt32BE(STRUCTURED_REPLY_MAGIC, 0);
  into.writeUInt16BE(CHUNK_DONE, 4);
  into.writeUInt16BE(type, 6);
  into.writeBigUInt64BE(cookie, 8);
  into.writeUInt32BE(length, 16);
}
