/** Outcomes by idempotency key, newest kept: the same bound and order on every node. */
import type { Outcome } from './command.ts';

/** Retries come within seconds; 10,000 commands last for minutes even at the log's full speed. */
const KEPT = 10_000;

export class RecentOutcomes {
  // A Map lists its keys in order of insertion, so the first key is the oldest.
  readonly #outcomes = new Map<string, Outcome>();

  get(key: string): Outcome | undefined {
    return this.#outcomes.get(key);
  }

  put(key: string, outcome: Outcome): void {
    this.#outcomes.set(key, outcome);
    if (this.#outcomes.size <= KEPT) return;
    const oldest = this.#outcomes.keys().next();
    if (!oldest.done) this.#outcomes.delete(oldest.value);
  }

  entries(): Iterable<[string, Outcome]> {
    return this.#outcomes.entries();
  }

  clear(): void {
    this.#outcomes.clear();
  }
}
