/** How often one may guess: failed attempts by name, by address, and by both, each with its own patience. */
import { WebError } from '../errors.ts';

interface Limit {
  /** Failures that cost nothing. */
  readonly free: number;
  /** The wait after the first failure beyond; it doubles with each further one. */
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Somebody who mistypes from one place. */
const BOTH: Limit = { free: 5, firstMs: 5_000, maxMs: 15 * 60_000 };
/** Many places that guess one name. High, so that a stranger cannot easily lock its owner out, and low in waiting for the same reason. */
const NAME: Limit = { free: 30, firstMs: 5_000, maxMs: 60_000 };
/** One place that guesses many names. A class behind one address mistypes too. */
const ADDRESS: Limit = { free: 60, firstMs: 5_000, maxMs: 15 * 60_000 };

/** Failures older than this are forgotten. */
const MEMORY_MS = 15 * 60_000;
/** Names and addresses remembered (some 2 MB); the longest untouched goes first. */
const MAX_KEYS = 10_000;

interface Tally {
  failures: number;
  last: number;
  until: number;
}

export class Attempts {
  // A Map lists keys in order of insertion; a touched key is put in anew, so the first one is the longest untouched.
  readonly #tallies = new Map<string, Tally>();

  /**
   * Begins an attempt: it counts as failed until `succeeded` takes it back, so that many at once are counted too.
   * @throws WebError `web.sign_in_limit` with the seconds to wait
   */
  begin(name: string, address: string, now: number): void {
    const tracks = tracksOf(name, address);
    const wait = Math.max(...tracks.map(([key]) => (this.#live(key, now)?.until ?? 0) - now));
    if (wait > 0) throw new WebError('web.sign_in_limit', { seconds: Math.ceil(wait / 1000) });
    for (const [key, limit] of tracks) this.#count(key, limit, now);
  }

  /** The attempt was right: what this name did from this address is forgiven, the other tallies lose this one attempt. */
  succeeded(name: string, address: string): void {
    const [both, ...others] = tracksOf(name, address);
    if (both) this.#tallies.delete(both[0]);
    for (const [key] of others) {
      const tally = this.#tallies.get(key);
      if (!tally) continue;
      tally.failures -= 1;
      tally.until = 0;
      if (tally.failures <= 0) this.#tallies.delete(key);
    }
  }

  get size(): number {
    return this.#tallies.size;
  }

  #live(key: string, now: number): Tally | undefined {
    const tally = this.#tallies.get(key);
    if (tally && now - tally.last > MEMORY_MS && now >= tally.until) {
      this.#tallies.delete(key);
      return undefined;
    }
    return tally;
  }

  #count(key: string, limit: Limit, now: number): void {
    const failures = (this.#tallies.get(key)?.failures ?? 0) + 1;
    const beyond = failures - limit.free;
    const wait = beyond < 0 ? 0 : Math.min(limit.maxMs, limit.firstMs * 2 ** Math.min(beyond, 30));
    this.#tallies.delete(key);
    this.#tallies.set(key, { failures, last: now, until: wait === 0 ? 0 : now + wait });
    if (this.#tallies.size <= MAX_KEYS) return;
    const oldest = this.#tallies.keys().next();
    if (!oldest.done) this.#tallies.delete(oldest.value);
  }
}

function tracksOf(name: string, address: string): [string, Limit][] {
  // A name of a megabyte is not kept; what is longer than any account's shares one tally.
  const short = name.trim().toLowerCase().slice(0, 64);
  return [
    [`b ${address} ${short}`, BOTH],
    [`n ${short}`, NAME],
    [`a ${address}`, ADDRESS],
  ];
}
