/** Which chunks of a source carry data at all, read from `qemu-img map`: the others are zeros and never read. */
import * as z from 'zod';
import { ImagesError } from './errors.ts';
import { chunkCount } from './manifest.ts';

/** One line of the map (QEMU's qapi/block-core.json, MapEntry). Bytes. */
const entrySchema = z.object({
  start: z.number().int().nonnegative(),
  length: z.number().int().positive(),
  data: z.boolean(),
  zero: z.boolean(),
  /** Where it lies in the file; absent for packed data. */
  offset: z.number().int().nonnegative().optional(),
});

// QEMU prints one entry per line of about 130 characters.
const MAX_LINE = 4096;
const SECTOR = 512;

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
  /** Where the next entry has to start. */
  private mapped = 0;
  private rest = '';
  private readonly format: string;
  private readonly fileBytes: number;

  /** @param fileBytes size of the file (or part of it) that holds the data: an entry beyond it says "truncated" */
  constructor(shape: DiskShape, format: string, fileBytes: number) {
    this.shape = shape;
    this.perChunk = new Uint32Array(chunkCount(shape));
    this.format = format;
    this.fileBytes = fileBytes;
  }

  /** Takes the map as it is printed, in pieces of any size. @throws ImagesError truncated or damaged */
  take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > MAX_LINE) throw this.damaged('its map cannot be read');
    for (const line of lines) this.line(line);
  }

  /** The map is complete. */
  end(): void {
    if (this.rest.trim() !== '') this.line(this.rest);
    this.rest = '';
    if (this.mapped !== this.shape.virtualBytes) throw this.damaged('its map has gaps');
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

  private line(line: string): void {
    const json = line
      .trim()
      .replace(/^\[/, '')
      .replace(/[\],]+$/, '');
    if (json === '') return;
    const entry = entrySchema.safeParse(parsed(json));
    if (!entry.success || entry.data.start !== this.mapped) throw this.damaged('its map cannot be read');
    const { start, length, data, zero, offset } = entry.data;
    this.mapped = start + length;
    if (this.mapped > this.shape.virtualBytes) throw this.damaged('its map is longer than the disk');
    if (!data || zero) return;
    // QEMU reads zeros beyond the end of a file without a word: a cut file would come in with holes.
    const fileEnd = Math.ceil(this.fileBytes / SECTOR) * SECTOR;
    if (offset !== undefined && offset + length > fileEnd) {
      throw new ImagesError('images.truncated', {
        format: this.format,
        haveBytes: this.fileBytes,
        needBytes: offset + length,
      });
    }
    this.add(start, length);
  }

  private add(start: number, length: number): void {
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

  private damaged(detail: string): ImagesError {
    return new ImagesError('images.damaged', { format: this.format, detail });
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
