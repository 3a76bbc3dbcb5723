/** Which chunks of a source carry data at all, read from `qemu-img map`: the others are zeros and never read. */
import { chunkCount } from './manifest.ts';
import { type MapEntry, MapLines } from './map-lines.ts';

export interface DiskShape {
  readonly virtualBytes: number;
  readonly chunkBytes: number;
}

export class DataMap {
  readonly shape: DiskShape;
  /** Bytes of data in each chunk; 0 says that the chunk is zeros. */
  readonly perChunk: Uint32Array;
  /** All bytes of data: what a conversion writes at most. */
  dataBytes = 0;
  private readonly lines: MapLines;

  /** @param fileBytes size of the file (or part of it) that holds the data: an entry beyond it says "truncated" */
  constructor(shape: DiskShape, format: string, fileBytes: number) {
    this.shape = shape;
    this.perChunk = new Uint32Array(chunkCount(shape));
    const file = { virtualBytes: shape.virtualBytes, format, fileBytes };
    this.lines = new MapLines(file, (entry) => this.entry(entry));
  }

  /** Takes the map as it is printed, in pieces of any size. @throws ImagesError truncated or damaged */
  take(text: string): void {
    this.lines.take(text);
  }

  /** The map is complete. */
  end(): void {
    this.lines.end();
  }

  /** Walks along the disk: told how many bytes of data are written, counted from its start, it says how many whole chunks they fill. */
  cursor(): (bytes: number) => number {
    let chunk = 0;
    let before = 0;
    return (bytes) => {
      for (; chunk < this.perChunk.length; chunk++) {
        const after = before + (this.perChunk[chunk] ?? 0);
        if (after > bytes) break;
        before = after;
      }
      return chunk;
    };
  }

  private entry({ start, length, data, zero }: MapEntry): void {
    if (!data || zero) return;
    this.dataBytes += length;
    const { chunkBytes } = this.shape;
    const end = start + length;
    for (let at = start; at < end; ) {
      const chunk = Math.floor(at / chunkBytes);
      const until = Math.min(end, (chunk + 1) * chunkBytes);
      this.perChunk[chunk] = (this.perChunk[chunk] ?? 0) + (until - at);
      at = until;
    }
  }
}
