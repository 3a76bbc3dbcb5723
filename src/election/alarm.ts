/** One timer for a time that moves: an earlier one is set anew, a later one is found when the timer comes (heartbeats move it all the time). */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #at = Number.POSITIVE_INFINITY;

  /** @param ring looks what is due, and sets the alarm anew */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** @param at by the clock of `performance.now()`; infinite: nothing is due */
  set(at: number): void {
    if (at >= this.#at || at === Number.POSITIVE_INFINITY) return;
    this.clear();
    this.#at = at;
    this.#timer = setTimeout(() => this.#rings(), Math.max(0, at - performance.now()));
  }

  clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #rings(): void {
    this.#timer = null;
    this.#at = Number.POSITIVE_INFINITY;
    this.#ring();
  }
}
