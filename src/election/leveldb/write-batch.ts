import { ByteReader, Malformed } from './reader.ts';

const BATCH_HEADER = 12; // sequence (8), count (4)
const DELETION = 0;
const VALUE = 1;

/** The keys that one record of a write-ahead log puts (db/write_batch.cc). @throws Malformed */
export function keysPutBy(record: Buffer): Buffer[] {
  const reader = new ByteReader(record);
  reader.take(BATCH_HEADER);
  const keys: Buffer[] = [];
  while (reader.left > 0) {
    const kind = reader.byte();
    if (kind !== DELETION && kind !== VALUE) throw new Malformed(`an operation of kind ${kind}`);
    const key = reader.prefixed();
    if (kind === DELETION) continue;
    keys.push(key);
    reader.prefixed();
  }
  return keys;
}
