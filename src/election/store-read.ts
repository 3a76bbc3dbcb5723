import { createHash } from 'node:crypto';
import { crc32c } from './crc32c.ts';
import { decodeEntry, type Entry } from './entry.ts';
import type { DamageReason, ElectionError } from './errors.ts';
import { entryKey, indexOfEntryKey, pieceKey } from './keys.ts';
import type { Level } from './level.ts';
import type { SnapshotInfo } from './store.ts';

export type Damaged = (reason: DamageReason, detail: string) => ElectionError;

/** Rows fetched from LevelDB at a time: one crossing into native code per so many, bounded by its 16 KiB high-water mark times 16. */
const ROWS = 1000;
const ROW_BYTES = 256 * 1024;

/** Entries `from..to`, each one checked, none missing. */
export async function* readEntries(
  level: Level,
  from: number,
  to: number,
  damaged: Damaged,
): AsyncGenerator<Entry> {
  let next = from;
  const rows = level.iterator({ gte: entryKey(from), lte: entryKey(to), highWaterMarkBytes: ROW_BYTES });
  try {
    for (;;) {
      const page = await rows.nextv(ROWS);
      if (page.length === 0) break;
      for (const [key, value] of page) {
        const index = indexOfEntryKey(key);
        if (index !== next) throw damaged('entry_gap', `entry ${next} is missing before ${index}`);
        const entry = decodeEntry(index, value);
        if ('fault' in entry) throw damaged('entry_checksum', `entry ${index}: ${entry.fault}`);
        next += 1;
        yield entry;
      }
    }
  } finally {
    await rows.close();
  }
  if (next <= to && to !== Number.MAX_SAFE_INTEGER)
    throw damaged('entry_gap', `entry ${next} of ${to} is missing`);
}

/** One piece, checked by itself. */
export async function readSnapshotPiece(
  level: Level,
  info: SnapshotInfo,
  piece: number,
  damaged: Damaged,
): Promise<Buffer> {
  const value = await level.get(pieceKey(info.index, piece));
  const name = `piece ${piece} of ${info.pieces} of the snapshot at ${info.index}`;
  if (value === undefined) throw damaged('snapshot_checksum', `${name} is missing`);
  const bytes = value.subarray(4);
  if (value.length < 4 || value.readUInt32BE(0) !== crc32c(bytes)) throw damaged('snapshot_checksum', name);
  return bytes;
}

/** The pieces of `info` in order; throws at the end if they are not what was written. */
export async function* readSnapshotPieces(
  level: Level,
  info: SnapshotInfo,
  damaged: Damaged,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for (let piece = 0; piece < info.pieces; piece++) {
    const bytes = await readSnapshotPiece(level, info, piece, damaged);
    hash.update(bytes);
    yield bytes;
  }
  if (hash.digest('hex') !== info.sha256)
    throw damaged('snapshot_checksum', `the snapshot at ${info.index} as a whole`);
}
