/** What one served version looks like to the protocol. */
import type { Extent } from './wire.ts';

export interface NbdExport {
  readonly sizeBytes: number;
  /** True when every byte of the range can be read now. */
  isHere(offset: number, length: number): boolean;
  /** Resolves when it is so. @throws when that takes too long to leave a guest waiting, and when the export is given up */
  bring(offset: number, length: number): Promise<void>;
  /** True when the whole range is known to be zeros without reading it. */
  isZero(offset: number, length: number): boolean;
  /** The range as runs of zeros and of data, at most `limit` of them; together they may cover less than the range. */
  extents(offset: number, length: number, limit: number): Extent[];
  /** Reads what is here, at once. False, and nothing read, while the disk is slow: then `readLater`. @throws when the disk fails */
  readNow(into: Buffer, at: number, offset: number, length: number): boolean;
  /** Reads what is here without holding up others. @throws when the disk fails */
  readLater(into: Buffer, at: number, offset: number, length: number): Promise<void>;
}
