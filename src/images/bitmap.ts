/**
 * `present.bitmap`: one bit per chunk of the version, chunk i at byte i >> 3, bit i & 7 (lowest first); a 1 says that the
 * chunk's bytes are in `disk.raw`, verified and durable. Elided (zero) chunks are present from the start. Spare bits of
 * the last byte are 0. No header: its length follows from the manifest, and any doubt is settled by hashing again.
 */
export class PresentBitmap {
  readonly bytes: Buffer;
  readonly chunks: number;

  private constructor(bytes: Buffer, chunks: number) {
    this.bytes = bytes;
    this.chunks = chunks;
  }

  static full(chunks: number): PresentBitmap {
    const bitmap = PresentBitmap.empty(chunks);
    for (let i = 0; i < chunks; i++) bitmap.set(i);
    return bitmap;
  }

  static empty(chunks: number): PresentBitmap {
    return new PresentBitmap(Buffer.alloc(Math.ceil(chunks / 8)), chunks);
  }

  /** Null where the bytes cannot be the bitmap of so many chunks. */
  static read(bytes: Uint8Array, chunks: number): PresentBitmap | null {
    if (bytes.byteLength !== Math.ceil(chunks / 8)) return null;
    const spare = bytes.byteLength * 8 - chunks;
    const last = bytes[bytes.byteLength - 1] ?? 0;
    if (last >> (8 - spare) !== 0) return null;
    return new PresentBitmap(Buffer.from(bytes), chunks);
  }

  has(chunk: number): boolean {
    return ((this.bytes[chunk >> 3] ?? 0) & (1 << (chunk & 7))) !== 0;
  }

  set(chunk: number): void {
    this.bytes[chunk >> 3] = (this.bytes[chunk >> 3] ?? 0) | (1 << (chunk & 7));
  }

  clear(chunk: number): void {
    this.bytes[chunk >> 3] = (this.bytes[chunk >> 3] ?? 0) & ~(1 << (chunk & 7));
  }

  /** Whether a chunk is in both; of the same version. */
  overlaps({ bytes }: PresentBitmap): boolean {
    return this.bytes.some((byte, i) => (byte & (bytes[i] ?? 0)) !== 0);
  }

  count(): number {
    let count = 0;
    for (let i = 0; i < this.chunks; i++) if (this.has(i)) count++;
    return count;
  }
}
