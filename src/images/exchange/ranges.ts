/** Which chunks are still to be fetched, handed out in ranges. Pure. */
import type { PresentBitmap } from '../bitmap.ts';

export interface Range {
  readonly from: number;
  readonly count: number;
}

/** Chunks of one request: 16 MiB, so that asking does not count and a peer that fails costs little. */
export const RANGE_CHUNKS = 16;

export class Ranges {
  readonly #waiting: Range[];

  /** Zero chunks count as present, and are left out at the source as well. */
  constructor(present: PresentBitmap) {
    this.#waiting = missing(present, 0, present.chunks).reverse();
  }

  /** The next range in order of the disk; undefined when nothing waits. */
  take(): Range | undefined {
    return this.#waiting.pop();
  }

  /** Puts back what of a range is still missing. */
  putBack(present: PresentBitmap, { from, count }: Range): void {
    this.#waiting.push(...missing(present, from, from + count).reverse());
  }
}

/** Runs of missing chunks, none longer than a request may be. A present chunk ends a run: it would come twice. */
function missing(present: PresentBitmap, from: number, to: number): Range[] {
  const ranges: Range[] = [];
  for (let chunk = from; chunk < to; chunk++) {
    if (present.has(chunk)) continue;
    const last = ranges.at(-1);
    if (last && last.from + last.count === chunk && last.count < RANGE_CHUNKS)
      ranges[ranges.length - 1] = { from: last.from, count: last.count + 1 };
    else ranges.push({ from: chunk, count: 1 });
  }
  return ranges;
}
