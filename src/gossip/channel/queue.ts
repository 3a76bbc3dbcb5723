/** What waits for a slow peer: bounded in number and bytes. Pure. */

export interface Queued {
  readonly bytes: Uint8Array;
  /** Repeated by its sender anyway (a heartbeat, a ping): dropped first. */
  readonly isReplaceable: boolean;
}

export interface QueueLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export class SendQueue {
  readonly #limits: QueueLimits;
  #waiting: Queued[] = [];
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a message; returns how many were dropped for it: the oldest replaceable ones first, then the oldest of all. */
  push(message: Queued): number {
    this.#waiting.push(message);
    this.#bytes += message.bytes.byteLength;
    let dropped = 0;
    while (this.#isOver()) {
      const replaceable = this.#waiting.findIndex((one) => one.isReplaceable);
      const [gone] = this.#waiting.splice(Math.max(0, replaceable), 1);
      this.#bytes -= gone?.bytes.byteLength ?? 0;
      dropped++;
    }
    return dropped;
  }

  shift(): Queued | undefined {
    const first = this.#waiting.shift();
    this.#bytes -= first?.bytes.byteLength ?? 0;
    return first;
  }

  /** Drops everything; returns how many. */
  clear(): number {
    const { length } = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return length;
  }

  #isOver(): boolean {
    return this.#waiting.length > this.#limits.maxMessages || this.#bytes > this.#limits.maxBytes;
  }
}
