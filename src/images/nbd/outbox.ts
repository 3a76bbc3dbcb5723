/** Bytes on their way to a client: straight to the socket while it takes them, kept while it does not. */

export interface Pipe {
  /** How many of the bytes were taken now; -1 when nobody is there any more. */
  write(bytes: Uint8Array): number;
}

export class Outbox {
  readonly #pipe: Pipe;
  readonly #kept: Uint8Array[] = [];
  #bytes = 0;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
  }

  /** Bytes that wait for the client to read. */
  get waiting(): number {
    return this.#bytes;
  }

  /** The bytes may be overwritten afterwards: what is not taken at once is copied. */
  send(bytes: Uint8Array): void {
    const taken = this.#bytes > 0 ? 0 : this.#pipe.write(bytes);
    if (taken < 0 || taken === bytes.length) return;
    this.#kept.push(Buffer.from(bytes.subarray(taken)));
    this.#bytes += bytes.length - taken;
  }

  /** The client reads again. */
  drain(): void {
    for (let first = this.#kept[0]; first !== undefined; first = this.#kept[0]) {
      const taken = this.#pipe.write(first);
      if (taken < 0) {
        this.clear();
        return;
      }
      this.#bytes -= taken;
      if (taken < first.length) {
        this.#kept[0] = first.subarray(taken);
        return;
      }
      this.#kept.shift();
    }
  }

  clear(): void {
    this.#kept.length = 0;
    this.#bytes = 0;
  }
}
