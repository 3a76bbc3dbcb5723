/** So many bytes a second and no more, shared fairly among those who want them. */

/** What may be ahead: a chunk or two, so that a pause of the timer costs no throughput. */
const BURST_SECONDS = 0.1;

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

export interface BudgetParts {
  /** Bytes per second as of now; `Infinity`: no limit. Asked again and again, so that a change holds at once. */
  readonly rate: () => number;
  /** Monotonic, ms. */
  readonly now: () => number;
}

export class Budget {
  readonly #parts: BudgetParts;
  /** Who waits, in turn: each peer gets one of its pieces through before the first is served again. */
  readonly #queues = new Map<string, Waiting[]>();
  /** Bytes that may go now; below 0 after a piece that was larger. */
  #bytes = 0;
  #at: number;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(parts: BudgetParts) {
    this.#parts = parts;
    this.#at = parts.now();
  }

  /** Resolves when so many bytes may go for this peer. At once where there is no limit. */
  take(bytes: number, peerId: string): Promise<void> {
    if (this.#parts.rate() === Number.POSITIVE_INFINITY && this.#queues.size === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const queue = this.#queues.get(peerId) ?? [];
    queue.push({ bytes, go: resolve });
    this.#queues.set(peerId, queue);
    if (this.#timer === null) this.#serve();
    return promise;
  }

  /** How long the last of those who wait will wait, at the present rate. */
  get backlogSeconds(): number {
    let bytes = 0;
    for (const queue of this.#queues.values()) for (const one of queue) bytes += one.bytes;
    return bytes / this.#parts.rate();
  }

  /** Lets everybody go: the node stops. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const queue of this.#queues.values()) for (const { go } of queue) go();
    this.#queues.clear();
  }

  #serve(): void {
    this.#timer = null;
    const rate = this.#parts.rate();
    const now = this.#parts.now();
    const grown = this.#bytes + ((now - this.#at) / 1000) * rate;
    this.#bytes = rate === Number.POSITIVE_INFINITY ? rate : Math.min(rate * BURST_SECONDS, grown);
    this.#at = now;
    while (this.#bytes > 0 && this.#queues.size > 0) this.#serveNext();
    if (this.#queues.size === 0) {
      if (this.#bytes === Number.POSITIVE_INFINITY) this.#bytes = 0;
      return;
    }
    const waitMs = Math.min(1000, Math.max(5, (-this.#bytes / rate) * 1000)); // the rate may change meanwhile
    this.#timer = setTimeout(() => this.#serve(), waitMs);
  }

  #serveNext(): void {
    const [first] = this.#queues;
    if (first === undefined) return;
    const [peerId, queue] = first;
    this.#queues.delete(peerId);
    const next = queue.shift();
    if (queue.length > 0) this.#queues.set(peerId, queue); // behind the others now
    if (next === undefined) return;
    this.#bytes -= next.bytes;
    next.go();
  }
}
