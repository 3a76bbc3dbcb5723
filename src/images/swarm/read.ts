/** Reads bytes of another PC under a deadline for every wait. */
import { ImagesError } from '../errors.ts';

/** A PC that sends nothing for so long is asked no more: a disk that spins up and a busy switch need some seconds. */
export const STALL_MS = 20_000;

export interface Patience {
  readonly stallMs: number;
  readonly signal: AbortSignal;
}

interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** @throws ImagesError `images.timed_out`, `images.cancelled`, or what the promise fails with */
export async function patiently<T>(promise: Promise<T>, { stallMs, signal }: Patience): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const abort = () => ended.reject(new ImagesError('images.cancelled', {}));
  const stalled = () =>
    ended.reject(new ImagesError('images.timed_out', { seconds: Math.ceil(stallMs / 1000) }));
  const timer = setTimeout(stalled, stallMs);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

export class ByteReader {
  readonly #reader: Reader;
  readonly #patience: Patience;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: ReadableStream<Uint8Array>, patience: Patience) {
    const reader = stream.getReader();
    this.#reader = { read: () => reader.read(), cancel: () => reader.cancel() };
    this.#patience = patience;
  }

  /** Fills `into`; false when the stream ends before. @throws ImagesError, or what the stream fails with */
  async fill(into: Uint8Array): Promise<boolean> {
    let filled = 0;
    while (filled < into.length) {
      if (this.#rest.length === 0) {
        const next = await this.#next();
        if (next === null) return false;
        this.#rest = next;
      }
      const piece = this.#rest.subarray(0, into.length - filled);
      into.set(piece, filled);
      filled += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    return true;
  }

  /** Whether nothing more comes: a stream read to its end leaves its connection to the next question. */
  async ended(): Promise<boolean> {
    return this.#rest.length === 0 && (await this.#next()) === null;
  }

  /** Everything to the end. @throws ImagesError `images.over_limit` when it is longer */
  async all(limit: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (let piece = await this.#next(); piece !== null; piece = await this.#next()) {
      pieces.push(piece);
      length += piece.length;
      if (length > limit) throw new ImagesError('images.over_limit', { limit: 'manifest' });
    }
    return Buffer.concat(pieces);
  }

  /** Not awaited by anybody: a stream that hangs may hang in this as well. */
  cancel(): void {
    this.#reader.cancel().catch(() => {}); // it may have failed already, which is as good
  }

  async #next(): Promise<Uint8Array | null> {
    const { done, value } = await patiently(this.#reader.read(), this.#patience);
    return done ? null : (value ?? null);
  }
}
