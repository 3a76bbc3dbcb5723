/**
 * A version that grows here, and those who wait for it to. Whoever got a chunk from a PC that has all hands it on as it comes: each chunk
 * reaches everybody in two steps, and from one side only. Of what came otherwise they are only told, as most of them are just getting it, too.
 */
import { PresentBitmap } from '../bitmap.ts';

/** So long whoever waits is not told of what others pass on to it as well. */
const TOLD_AFTER_MS = 150;

interface Waiting {
  readonly want: PresentBitmap;
  readonly isAnyhow: boolean;
  /** Called once. */
  readonly go: () => void;
  timer: ReturnType<typeof setTimeout>;
  isTold: boolean;
}

export class Growth {
  readonly #present: PresentBitmap;
  readonly #firstHand: PresentBitmap;
  readonly #waiting = new Set<Waiting>();

  /** @param present what is here; kept and read */
  constructor(present: PresentBitmap) {
    this.#present = present;
    this.#firstHand = PresentBitmap.empty(present.chunks);
  }

  /** Call after `present` says that the chunk is here. `isFirstHand`: it came from a PC that has all. */
  arrived(chunk: number, isFirstHand: boolean): void {
    if (isFirstHand) this.#firstHand.set(chunk);
    for (const waiting of this.#waiting) {
      if (!waiting.want.has(chunk)) continue;
      if (isFirstHand || waiting.isAnyhow) waiting.go();
      else this.#tellSoon(waiting);
    }
  }

  /** Resolves when one of these is here, or after so long, with what may be given of them. `isAnyhow`: however it came here. */
  async oneOf(want: PresentBitmap, isAnyhow: boolean, waitMs: number): Promise<PresentBitmap> {
    const have = isAnyhow ? this.#present : this.#firstHand;
    if (want.overlaps(have)) return have;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { want, isAnyhow, go: resolve, timer: setTimeout(resolve, waitMs), isTold: false };
    this.#waiting.add(waiting);
    if (want.overlaps(this.#present)) this.#tellSoon(waiting);
    await promise;
    clearTimeout(waiting.timer);
    this.#waiting.delete(waiting);
    return have;
  }

  #tellSoon(waiting: Waiting): void {
    if (waiting.isTold) return;
    waiting.isTold = true;
    clearTimeout(waiting.timer);
    waiting.timer = setTimeout(waiting.go, TOLD_AFTER_MS);
  }
}
