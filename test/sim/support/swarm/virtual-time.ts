/** Time that passes only when nothing else can: hours of waiting take as long as what is computed in them. */

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Rounds of the real event loop in which everything that time alone does not hold up comes to rest. */
const ROUNDS = 4;

export class VirtualTime {
  #now = 0;
  #next = 1;
  readonly #timers = new Map<number, Timer>();

  get now(): number {
    return this.#now;
  }

  /** Puts itself in the place of the timers, of `performance.now` and of `AbortSignal.timeout`, until what it gives is called. */
  install(): () => void {
    const before = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
    const realNow = performance.now;
    Reflect.set(globalThis, 'setTimeout', (run: () => void, ms = 0) => this.#later(run, ms));
    Reflect.set(globalThis, 'clearTimeout', (id: number) => this.#timers.delete(id));
    Reflect.set(performance, 'now', () => this.#now);
    const realTimeout = AbortSignal.timeout;
    Reflect.set(AbortSignal, 'timeout', (ms: number) => this.#abortedAfter(ms));
    return () => {
      Object.assign(globalThis, before);
      Reflect.set(performance, 'now', realNow);
      Reflect.set(AbortSignal, 'timeout', realTimeout);
    };
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#later(resolve, ms));
  }

  /** Lets time pass until the promise is settled. @throws what it fails with, or when nothing is left that could settle it */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    promise.then(over, over);
    for (;;) {
      for (let round = 0; round < ROUNDS; round++) await new Promise((resolve) => setImmediate(resolve));
      if (isOver) return await promise;
      const [id, timer] = this.#first();
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
    }
  }

  #first(): [number, Timer] {
    let first: [number, Timer] | null = null;
    for (const entry of this.#timers) if (first === null || entry[1].at < first[1].at) first = entry;
    if (first === null) throw new Error('nothing is left to happen');
    return first;
  }

  #abortedAfter(ms: number): AbortSignal {
    const ending = new AbortController();
    this.#later(() => ending.abort(), ms);
    return ending.signal;
  }

  #later(run: () => void, ms: number): number {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + Math.max(0, Number.isFinite(ms) ? ms : 0), run });
    return id;
  }
}
