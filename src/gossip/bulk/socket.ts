/**
 * One end of a stream of bytes both ways over a WebSocket of the bulk door; the same code at both ends. Neither Bun's WebSocket client
 * nor its server can stop reading, so the pace is agreed here: a binary message carries bytes, a text message says how many of the
 * other's bytes have been used up (0 is a sign of life). Nobody sends more than a window ahead.
 */
import { GossipError } from '../errors.ts';
import * as limits from './limits.ts';

/** The WebSocket below, whichever side's. */
export interface RawSocket {
  send(message: string | Uint8Array): void;
  close(code: number, reason: string): void;
}

type DataListener = (bytes: Uint8Array) => void | Promise<void>;

/** Close codes: all is said; the other side went against the rules, fell silent, or is out. */
const CLOSED = { end: 1000, rules: 4400, silent: 4408, out: 4403 } as const;

export class BulkSocket {
  readonly #raw: RawSocket;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Bytes sent that the other side has not used up. */
  #ahead = 0;
  /** Bytes received and not yet used up. */
  #unused = 0;
  #waiting: (() => void)[] = [];
  #arrived: Uint8Array[] = [];
  #isGiving = false;
  #onData: DataListener | null = null;
  readonly #onEnd: (() => void)[] = [];
  #ended = false;
  #heardAt = performance.now();

  constructor(raw: RawSocket) {
    this.#raw = raw;
    this.#timer = setInterval(() => this.#look(), limits.SIGN_OF_LIFE_MS);
    this.#timer.unref();
  }

  /**
   * Resolves when the bytes are on their way and the next may follow: whoever awaits it goes at the other side's pace.
   * After the end the bytes are dropped. The order is that of the calls only if each awaits the one before.
   */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#ended; at += limits.MAX_PIECE_BYTES) {
      while (this.#ahead >= limits.WINDOW_BYTES && !this.#ended)
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (this.#ended) return;
      const piece = bytes.slice(at, at + limits.MAX_PIECE_BYTES);
      this.#ahead += piece.length;
      this.#raw.send(piece);
    }
  }

  /** One listener; what came before is kept for it. While its promise is open it gets nothing more, and the other side stops soon. */
  onData(listener: DataListener): void {
    this.#onData = listener;
    void this.#give();
  }

  /** Called once, however it ends; at once if it has. */
  onEnd(listener: () => void): void {
    if (this.#ended) listener();
    else this.#onEnd.push(listener);
  }

  end(): void {
    this.#close('end', '');
  }

  /** The member may not be here any more. */
  cut(): void {
    this.#close('out', 'not a member');
  }

  /** Tells the other side that this one listens. */
  greet(): void {
    this.#raw.send('0');
  }

  /** For whoever holds the WebSocket: a message came. */
  received(message: string | Uint8Array): void {
    if (this.#ended) return;
    this.#heardAt = performance.now();
    if (typeof message === 'string') this.#used(message);
    else this.#keep(message);
  }

  /** For whoever holds the WebSocket: it is closed. */
  closed(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    for (const resume of this.#waiting.splice(0)) resume();
    for (const listener of this.#onEnd.splice(0)) listener();
  }

  #keep(piece: Uint8Array): void {
    this.#unused += piece.length;
    // A piece may still start when a single byte of the window is left.
    if (this.#unused > limits.WINDOW_BYTES + limits.MAX_PIECE_BYTES) {
      this.#close('rules', 'beyond the window');
      return;
    }
    this.#arrived.push(Uint8Array.from(piece)); // Bun uses the buffer of a message again
    void this.#give();
  }

  #used(message: string): void {
    const count = /^\d{1,10}$/.test(message) ? Number(message) : Number.NaN;
    if (!(count <= this.#ahead)) {
      this.#close('rules', 'no such count');
      return;
    }
    this.#ahead -= count;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async #give(): Promise<void> {
    if (this.#isGiving || this.#onData === null) return;
    this.#isGiving = true;
    try {
      for (let next = this.#arrived.shift(); next !== undefined; next = this.#arrived.shift()) {
        await this.#onData(next);
        this.#unused -= next.length;
        if (!this.#ended) this.#raw.send(String(next.length));
      }
    } catch {
      this.end(); // the listener cannot take more
    } finally {
      this.#isGiving = false;
    }
  }

  #look(): void {
    if (performance.now() - this.#heardAt > limits.SILENCE_MS) this.#close('silent', 'no sign of life');
    else this.greet();
  }

  #close(why: keyof typeof CLOSED, reason: string): void {
    if (this.#ended) return;
    this.#raw.close(CLOSED[why], reason);
    this.closed();
  }
}

/** Why the door closed a WebSocket it had taken: its handler refused. The reason is the refusal's code. */
export const REFUSED = 4409;

/** What a close at the beginning means to the side that asked. */
export function refusalFrom(nodeId: string, code: number, reason: string): GossipError {
  if (code === REFUSED) return new GossipError('bulk.refused', { nodeId, status: 409, code: reason });
  return new GossipError('bulk.unreachable', { nodeId, reason: reason || `closed with ${code}` });
}
