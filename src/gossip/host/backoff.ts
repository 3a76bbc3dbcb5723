/** When to try a member again that could not be reached. Pure: the caller hands in time and chance. */

/** After the first failure: a restarted process is back within this. */
const FIRST_MS = 500;
/** A PC that was switched on is noticed within this, even if it does not call itself (it does). */
const LONGEST_MS = 30_000;

export class Backoff {
  readonly #failed = new Map<string, { times: number; until: number }>();
  readonly #random: () => number;

  /** @param random in [0, 1): a room that comes back after a power cut does not dial in step */
  constructor(random: () => number) {
    this.#random = random;
  }

  mayTry(key: string, now: number): boolean {
    return (this.#failed.get(key)?.until ?? 0) <= now;
  }

  /** Whether the last try failed. */
  isFailing(key: string): boolean {
    return this.#failed.has(key);
  }

  failed(key: string, now: number): void {
    const times = (this.#failed.get(key)?.times ?? 0) + 1;
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(times - 1, 10));
    this.#failed.set(key, { times, until: now + wait * (0.5 + this.#random() / 2) });
  }

  /** It was reached, or it is no member any more. */
  clear(key: string): void {
    this.#failed.delete(key);
  }
}
