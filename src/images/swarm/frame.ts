/** A chunk as it travels: packed where that pays, else as it is. */
import { isFrameOf } from './zstd-frame.ts';

export type Encoding = 'plain' | 'zstd';

export interface Frame {
  readonly encoding: Encoding;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Level 1 packs faster than any line of a lab sends; higher ones gain a few percent for several times the work. */
const LEVEL = 1;
/** Packing that gains less than this is not worth the unpacking. */
const WORTH = 0.95;

export async function pack(chunk: Uint8Array<ArrayBuffer>): Promise<Frame> {
  const packed = await Bun.zstdCompress(chunk, { level: LEVEL });
  return packed.length < chunk.length * WORTH
    ? { encoding: 'zstd', bytes: new Uint8Array(packed) }
    : { encoding: 'plain', bytes: chunk };
}

/** The chunk of `length` bytes; null when the frame does not hold so many, or is none. */
export async function unpack(frame: Frame, length: number): Promise<Uint8Array | null> {
  if (frame.encoding === 'plain') return frame.bytes.length === length ? frame.bytes : null;
  if (!isFrameOf(frame.bytes, length)) return null;
  const chunk = await Bun.zstdDecompress(frame.bytes).catch(() => null);
  return chunk?.length === length ? chunk : null;
}
