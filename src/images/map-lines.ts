/** What `qemu-img map --output=json` prints, read as it comes: entries in order, without gaps, within the disk. */
import * as z from 'zod';
import { ImagesError } from './errors.ts';

/** One line of the map (QEMU's qapi/block-core.json, MapEntry). Bytes. */
const entrySchema = z.object({
  start: z.number().int().nonnegative(),
  length: z.number().int().positive(),
  data: z.boolean(),
  zero: z.boolean(),
  /** Whether the file itself says what is there; else its base does. */
  present: z.boolean(),
  /** Where it lies in the file; absent for packed data. */
  offset: z.number().int().nonnegative().optional(),
});

export type MapEntry = z.infer<typeof entrySchema>;

// QEMU prints one entry per line of about 130 characters.
const MAX_LINE = 4096;
const SECTOR = 512;

export interface MappedFile {
  /** Size of the disk. */
  readonly virtualBytes: number;
  /** Named in errors. */
  readonly format: string;
  /** Size of the file (or part of it) that holds the data: an entry beyond it says "truncated". */
  readonly fileBytes: number;
}

export class MapLines {
  /** Where the next entry has to start. */
  private mapped = 0;
  private rest = '';
  private readonly file: MappedFile;
  private readonly onEntry: (entry: MapEntry) => void;

  constructor(file: MappedFile, onEntry: (entry: MapEntry) => void) {
    this.file = file;
    this.onEntry = onEntry;
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
    if (this.mapped !== this.file.virtualBytes) throw this.damaged('its map has gaps');
  }

  private line(line: string): void {
    const json = line
      .trim()
      .replace(/^\[/, '')
      .replace(/[\],]+$/, '');
    if (json === '') return;
    const entry = entrySchema.safeParse(parsed(json));
    if (!entry.success || entry.data.start !== this.mapped) throw this.damaged('its map cannot be read');
    this.mapped += entry.data.length;
    if (this.mapped > this.file.virtualBytes) throw this.damaged('its map is longer than the disk');
    this.insideFile(entry.data);
    this.onEntry(entry.data);
  }

  /** QEMU reads zeros beyond the end of a file without a word: a cut file would come in with holes. */
  private insideFile({ data, zero, offset, length }: MapEntry): void {
    if (!data || zero || offset === undefined) return;
    const { format, fileBytes } = this.file;
    const fileEnd = Math.ceil(fileBytes / SECTOR) * SECTOR;
    if (offset + length <= fileEnd) return;
    throw new ImagesError('images.truncated', {
      format,
      haveBytes: fileBytes,
      needBytes: offset + length,
    });
  }

  private damaged(detail: string): ImagesError {
    return new ImagesError('images.damaged', { format: this.file.format, detail });
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
