/**
 * One worker per key: while it runs, further calls for the key make it run once more afterwards, with the newest facts.
 * The shape of every reconciler here: "look again" is cheap, two hands on one VM are not.
 */
export class SingleFlight {
  readonly #work: (key: string) => Promise<void>;
  readonly #onError: (key: string, error: unknown) => void;
  readonly #running = new Map<string, { again: boolean; done: Promise<void> }>();
  #stopped = false;

  constructor(work: (key: string) => Promise<void>, onError: (key: string, error: unknown) => void) {
    this.#work = work;
    this.#onError = onError;
  }

  /** Makes sure that the work for the key runs after this moment. */
  poke(key: string): void {
    if (this.#stopped) return;
    const running = this.#running.get(key);
    if (running) {
      running.again = true;
      return;
    }
    const entry = { again: false, done: Promise.resolve() };
    this.#running.set(key, entry);
    entry.done = this.#run(key, entry);
  }

  /** Takes no more work and waits for what runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([...this.#running.values()].map((entry) => entry.done));
  }

  async #run(key: string, entry: { again: boolean }): Promise<void> {
    do {
      entry.again = false;
      try {
        await this.#work(key);
      } catch (error) {
        this.#onError(key, error);
      }
    } while (entry.again && !this.#stopped);
    this.#running.delete(key);
  }
}
