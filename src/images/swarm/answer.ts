/**
 * What a peer answers to "give me of these": which chunks it has, which it sends now, and their frames. Integers are big-endian:
 *
 *   u32 length, then the sender's present.bitmap packed with zstd
 *   u32 count, then count chunk numbers of u32: what follows, in this order
 *   for each: u8 0 plain or 1 zstd, u32 length, the bytes
 */
import { PresentBitmap } from '../bitmap.ts';
import type { Frame } from './frame.ts';
import type { ByteReader } from './read.ts';
import { isFrameOf } from './zstd-frame.ts';

/** Chunks of one answer: more only makes a peer that fails cost more. */
export const MAX_ANSWER_CHUNKS = 64;

export function answerHead(have: PresentBitmap, chosen: readonly number[]): Buffer {
  const packed = Bun.zstdCompressSync(have.bytes, { level: 1 });
  const numbers = Buffer.alloc(8 + chosen.length * 4);
  numbers.writeUInt32BE(packed.length, 0);
  numbers.writeUInt32BE(chosen.length, 4);
  for (const [i, chunk] of chosen.entries()) numbers.writeUInt32BE(chunk, 8 + i * 4);
  return Buffer.concat([numbers.subarray(0, 4), packed, numbers.subarray(4)]);
}

export function frameHead({ encoding, bytes }: Frame): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(encoding === 'zstd' ? 1 : 0, 0);
  head.writeUInt32BE(bytes.length, 1);
  return head;
}

export interface AnswerHead {
  readonly have: PresentBitmap;
  readonly chosen: readonly number[];
}

/** Null for bytes that no honest peer sends. @throws when they do not come */
export async function readHead(reader: ByteReader, chunks: number): Promise<AnswerHead | null> {
  const bitmapBytes = Math.ceil(chunks / 8);
  const packedBytes = await readU32(reader);
  // zstd adds at most 1/128 and some bytes to what it cannot pack.
  if (packedBytes === null || packedBytes > bitmapBytes + bitmapBytes / 128 + 64) return null;
  const packed = new Uint8Array(packedBytes);
  if (!(await reader.fill(packed)) || !isFrameOf(packed, bitmapBytes)) return null;
  const have = PresentBitmap.read(Bun.zstdDecompressSync(packed), chunks);
  const count = await readU32(reader);
  if (have === null || count === null || count > MAX_ANSWER_CHUNKS) return null;
  const numbers = Buffer.alloc(count * 4);
  if (!(await reader.fill(numbers))) return null;
  const chosen = Array.from({ length: count }, (_, i) => numbers.readUInt32BE(i * 4));
  const honest = new Set(chosen).size === count && chosen.every((chunk) => chunk < chunks);
  return honest ? { have, chosen } : null;
}

/** Null for a frame that cannot be one of a chunk of `length` bytes. @throws when it does not come */
export async function readFrame(reader: ByteReader, length: number): Promise<Frame | null> {
  const head = Buffer.alloc(5);
  if (!(await reader.fill(head))) return null;
  const encoding = head.readUInt8(0);
  const frameBytes = head.readUInt32BE(1);
  if (encoding > 1 || frameBytes > length) return null; // a packed frame that is longer is sent plain
  const bytes = Buffer.allocUnsafeSlow(frameBytes); // filled whole or not given away
  if (!(await reader.fill(bytes))) return null;
  return { encoding: encoding === 1 ? 'zstd' : 'plain', bytes };
}

async function readU32(reader: ByteReader): Promise<number | null> {
  const bytes = Buffer.alloc(4);
  return (await reader.fill(bytes)) ? bytes.readUInt32BE(0) : null;
}
