/** Tells the audit log of sign-ins that were refused, so seldom that strangers can neither fill it nor make the cloud busy. */

/** One who goes on is told of once in this time for each refusal's code. */
const QUIET_MS = 15 * 60_000;
/** Entries of one node in an hour: under attack day and night, the log's 20,000 entries still reach back two weeks. */
const PER_HOUR = 60;
const HOUR_MS = 3_600_000;

export class Refusals {
  readonly #told = new Map<string, number>();
  #since = 0;
  #count = 0;

  /** Whether this one is to be told, and counts it as told. */
  isNews(userId: string | null, address: string, code: string, now: number): boolean {
    if (now - this.#since >= HOUR_MS) {
      this.#since = now;
      this.#count = 0;
      // Bounded by what an hour may tell; those of the hour before are old enough.
      this.#told.clear();
    }
    const key = `${code} ${userId ?? '-'} ${address}`;
    const last = this.#told.get(key);
    if (this.#count >= PER_HOUR || (last !== undefined && now - last < QUIET_MS)) return false;
    this.#count += 1;
    this.#told.set(key, now);
    return true;
  }
}
