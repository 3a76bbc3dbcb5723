import { ElectionError } from './errors.ts';

/** The longest a caller may wait: longer than any request lives, so that nothing waits for ever. */
const MAX_WAIT_MS = 600_000;

/** A promise with a deadline that its owner settles. Settling twice is harmless: the first counts. */
export class Waiter<T> {
  readonly promise: Promise<T>;
  settled = false;
  /** Whether it can still be called back: false once a write that holds it has begun. */
  maybe = false;
  #resolve: (value: T) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #timer: ReturnType<typeof setTimeout>;

  constructor(timeoutMs: number, onTimeout: () => void = () => {}) {
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const bounded = Math.min(Math.max(1, Math.floor(timeoutMs) || 1), MAX_WAIT_MS);
    this.#timer = setTimeout(() => {
      this.reject(new ElectionError('log.timeout', { timeoutMs: bounded, maybe: this.maybe }));
      onTimeout();
    }, bounded);
  }

  resolve(value: T): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.#timer);
    this.#resolve(value);
  }

  reject(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.#timer);
    this.#reject(error);
  }
}

/** Sleeps so long, or until `stopped`. */
export async function sleepUnless(stopped: AbortSignal, ms: number): Promise<void> {
  const waiter = new Waiter<void>(ms);
  const wake = () => waiter.resolve();
  stopped.addEventListener('abort', wake, { once: true });
  await waiter.promise.catch(() => {});
  stopped.removeEventListener('abort', wake);
}
