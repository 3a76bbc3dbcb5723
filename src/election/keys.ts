/**
 * Keys in LevelDB, one letter and big-endian numbers, so that the order of bytes is the order of the log:
 * `e` + index (8): an entry · `s` + snapshot's index (8) + piece (4): a piece of a snapshot · `m` + name: the rest.
 */
const ENTRY = 0x65;
const PIECE = 0x73;

export function entryKey(index: number): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = ENTRY;
  key.writeBigUInt64BE(BigInt(index), 1);
  return key;
}

export function indexOfEntryKey(key: Buffer): number {
  return key.length === 9 ? Number(key.readBigUInt64BE(1)) : Number.NaN;
}

export function pieceKey(snapshotIndex: number, piece: number): Buffer {
  const key = Buffer.allocUnsafe(13);
  key[0] = PIECE;
  key.writeBigUInt64BE(BigInt(snapshotIndex), 1);
  key.writeUInt32BE(piece, 9);
  return key;
}

export function metaKey(name: MetaName): Buffer {
  return Buffer.from(`m${name}`);
}

/** `identity`: whose store, which form · `hard`: term and vote · `snapshot`: the current one · `base`: the place before the log's first entry. */
export type MetaName = 'identity' | 'hard' | 'snapshot' | 'base';
