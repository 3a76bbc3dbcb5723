import { crc32c, unmaskCrc } from '../crc32c.ts';

/**
 * LevelDB's log format, used for the write-ahead log and for MANIFEST (doc/log_format.md in google/leveldb): blocks of
 * 32 KiB; in them pieces of header (masked CRC-32C of type and data, 4 bytes; length, 2; type, 1; little-endian) and
 * data; a record is one FULL piece (type 1), or FIRST (2), MIDDLE (3)…, LAST (4). What is left of a block under 7 bytes is zero.
 */
const BLOCK = 32 * 1024;
const HEADER = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

export interface LogFile {
  /** The whole records, in order. */
  readonly records: readonly Buffer[];
  /** Where reading stopped before the end, if it did. */
  readonly bad: BadEnd | null;
}

export interface BadEnd {
  /** The end of the last whole record: where the file would be cut. */
  readonly offset: number;
  readonly detail: string;
  /** Whether a further record begins after the bad place: then this one had been finished once, and was changed since. */
  readonly followed: boolean;
  /** Whether the file just ends inside the record. */
  readonly short: boolean;
}

interface Piece {
  readonly type: number;
  readonly data: Buffer;
  readonly next: number;
}

export function readLogFile(bytes: Buffer): LogFile {
  const records: Buffer[] = [];
  let parts: Buffer[] | null = null;
  let wholeUntil = 0;
  let at = 0;
  for (;;) {
    at = skipTrailer(at);
    if (at >= bytes.length) break;
    const piece = pieceAt(bytes, at);
    if (typeof piece === 'string') return { records, bad: badEnd(bytes, wholeUntil, at, piece) };
    const begins = piece.type === FULL || piece.type === FIRST;
    if (begins !== (parts === null))
      return { records, bad: badEnd(bytes, wholeUntil, at, 'pieces out of order') };
    parts = [...(parts ?? []), piece.data];
    at = piece.next;
    if (piece.type !== FULL && piece.type !== LAST) continue;
    records.push(Buffer.concat(parts));
    parts = null;
    wholeUntil = at;
  }
  if (parts === null) return { records, bad: null };
  return {
    records,
    bad: { offset: wholeUntil, detail: 'a record without its end', followed: false, short: true },
  };
}

/** Fewer bytes than a header are left in the block: the next piece begins with the next block. */
function skipTrailer(at: number): number {
  const left = BLOCK - (at % BLOCK);
  return left < HEADER ? at + left : at;
}

/** The piece at `at`, or what is wrong there. */
function pieceAt(bytes: Buffer, at: number): Piece | string {
  const data = at + HEADER;
  if (data > bytes.length) return 'cut short';
  const length = bytes.readUInt16LE(at + 4);
  const type = bytes.readUInt8(at + 6);
  const next = data + length;
  if (next > at - (at % BLOCK) + BLOCK) return 'a length beyond its block';
  if (next > bytes.length) return 'cut short';
  if (type < FULL || type > LAST) return `a piece of type ${type}`;
  const found = crc32c(bytes.subarray(data - 1, next));
  if (found !== unmaskCrc(bytes.readUInt32LE(at))) return 'checksum differs';
  return { type, data: bytes.subarray(data, next), next };
}

function badEnd(bytes: Buffer, offset: number, at: number, detail: string): BadEnd {
  return {
    offset,
    detail: `${detail} at byte ${at}`,
    followed: beginsAfter(bytes, at),
    short: detail === 'cut short',
  };
}

/**
 * Whether any record begins after `at`. Every record of ours is forced to disk before the next is written, so a
 * bad record that is followed was whole once. Its length may be the damaged part: so each byte is tried as a header
 * (few look like one, and the checksum settles it). MIDDLE and LAST pieces may belong to the bad record itself.
 */
function beginsAfter(bytes: Buffer, at: number): boolean {
  for (let here = at + 1; here + HEADER <= bytes.length; here++) {
    const type = bytes[here + 6];
    if (type !== FULL && type !== FIRST) continue;
    if (typeof pieceAt(bytes, here) !== 'string') return true;
  }
  return false;
}
