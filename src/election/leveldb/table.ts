import { crc32c, unmaskCrc } from '../crc32c.ts';
import { ByteReader, Malformed } from './reader.ts';

/**
 * LevelDB's table format (doc/table_format.md): data blocks, filter blocks, index of filters, index of blocks, footer. Each block is
 * followed by its compression (1 byte) and a masked CRC-32C (4). LevelDB checks these when asked; the native module
 * does not ask, and compactions copy what they read.
 */
const FOOTER = 48;
const TRAILER = 5;
const MAGIC = 0xdb4775248b80fb57n;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** @returns what is wrong with the table, or null. Every byte of the file is covered by a checksum or compared. */
export function tableFault(bytes: Buffer): string | null {
  try {
    return findFault(bytes);
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

function findFault(bytes: Buffer): string | null {
  if (bytes.length < FOOTER) return 'shorter than its footer';
  const footer = bytes.subarray(bytes.length - FOOTER);
  if (footer.readBigUInt64LE(FOOTER - 8) !== MAGIC) return 'its footer is not one';
  const reader = new ByteReader(footer.subarray(0, FOOTER - 8));
  const metaIndex = handleFrom(reader);
  const index = handleFrom(reader);
  const blocks = [...handlesIn(bytes, index), ...handlesIn(bytes, metaIndex), metaIndex, index];
  let end = 0;
  for (const block of blocks.sort((a, b) => a.offset - b.offset)) {
    if (block.offset !== end) return `bytes ${end} to ${block.offset} belong to no block`;
    checkBlock(bytes, block);
    end = block.offset + block.size + TRAILER;
  }
  return end === bytes.length - FOOTER ? null : `bytes from ${end} on belong to no block`;
}

/** The places an index block points at. Its keys share prefixes; only the values matter here. */
function handlesIn(bytes: Buffer, index: Handle): Handle[] {
  const content = checkBlock(bytes, index);
  const restarts = content.length < 4 ? 0 : content.readUInt32LE(content.length - 4);
  const end = content.length - 4 * (restarts + 1);
  if (end < 0) throw new Malformed('an index without its end');
  const reader = new ByteReader(content.subarray(0, end));
  const handles: Handle[] = [];
  while (reader.left > 0) {
    reader.varint();
    const keyBytes = reader.varint();
    const valueBytes = reader.varint();
    reader.take(keyBytes);
    handles.push(handleFrom(new ByteReader(reader.take(valueBytes))));
  }
  return handles;
}

function checkBlock(bytes: Buffer, block: Handle): Buffer {
  const end = block.offset + block.size;
  if (end + TRAILER > bytes.length - FOOTER) throw new Malformed(`a block at ${block.offset} beyond the end`);
  if (crc32c(bytes.subarray(block.offset, end + 1)) !== unmaskCrc(bytes.readUInt32LE(end + 1))) {
    throw new Malformed(`checksum differs in the block at ${block.offset}`);
  }
  // Ours are written uncompressed, so that an index can be read here.
  if (bytes.readUInt8(end) !== 0) throw new Malformed(`the block at ${block.offset} is compressed`);
  return bytes.subarray(block.offset, end);
}

function handleFrom(reader: ByteReader): Handle {
  return { offset: reader.varint(), size: reader.varint() };
}
