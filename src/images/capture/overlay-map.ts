/** Where an overlay has something of its own to say, read from `qemu-img map` of it alone. Everything else is its base's. */
import { ImagesError } from '../errors.ts';
import { type MapEntry, MapLines, type MappedFile } from '../map-lines.ts';

// 256 GiB of writes scattered over clusters of 64 KiB; three numbers each: 96 MiB in memory.
const MAX_EXTENTS = 4 * 1024 * 1024;
const ZEROS = -1;

export interface Extent {
  readonly start: number;
  readonly end: number;
  /** Where its bytes lie in the overlay's file; null: it is zeros, whatever the base has there. */
  readonly offset: number | null;
}

export class OverlayMap {
  /** Bytes of the disk that the overlay says, zeros included, as far as they go from its start. */
  end = 0;
  readonly #lines: MapLines;
  readonly #format: string;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #offsets: number[] = [];

  constructor(file: MappedFile) {
    this.#format = file.format;
    this.#lines = new MapLines(file, (entry) => this.#entry(entry));
  }

  /** Takes the map as it is printed, in pieces of any size. @throws ImagesError */
  take(text: string): void {
    this.#lines.take(text);
  }

  /** The map is complete. */
  finish(): void {
    this.#lines.end();
  }

  /** What the overlay says of the bytes from `from` to before `to`, in order, cut to them. */
  within(from: number, to: number): Extent[] {
    const found: Extent[] = [];
    for (let i = this.#firstEndingAfter(from); i < this.#starts.length; i++) {
      const [start = 0, end = 0, offset = 0] = [this.#starts[i], this.#ends[i], this.#offsets[i]];
      if (start >= to) break;
      const cut = Math.max(start, from);
      found.push({
        start: cut,
        end: Math.min(end, to),
        offset: offset === ZEROS ? null : offset + (cut - start),
      });
    }
    return found;
  }

  /** Ascending numbers of the chunks of which the overlay says anything. */
  touchedChunks(chunkBytes: number): number[] {
    const touched: number[] = [];
    for (let i = 0; i < this.#starts.length; i++) {
      const last = Math.ceil((this.#ends[i] ?? 0) / chunkBytes) - 1;
      const first = Math.floor((this.#starts[i] ?? 0) / chunkBytes);
      for (let chunk = Math.max(first, (touched.at(-1) ?? -1) + 1); chunk <= last; chunk++)
        touched.push(chunk);
    }
    return touched;
  }

  #firstEndingAfter(at: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #entry({ start, length, present, data, zero, offset }: MapEntry): void {
    if (!present) return;
    if (this.#starts.length >= MAX_EXTENTS) throw new ImagesError('images.over_limit', { limit: 'memory' });
    // Only qemu-img packs data; an overlay that QEMU writes has none.
    if (data && !zero && offset === undefined)
      throw new ImagesError('images.damaged', { format: this.#format, detail: 'a layer holds packed data' });
    this.#starts.push(start);
    this.#ends.push(start + length);
    this.#offsets.push(data && !zero ? (offset ?? ZEROS) : ZEROS);
    this.end = start + length;
  }
}
