/** Between one browser and one VM's screen: bytes both ways, each side as fast as the slower one takes them. */
import type { ConsoleStream } from '../../node/interface.ts';
import type { SocketHandler, SocketPeer } from '../env.ts';
import { ClientFilter, ProtocolError } from './client-filter.ts';
import { CLOSE, type CloseReason } from './codes.ts';
import type { ConsoleUse } from './use.ts';

/** Shorter than the idle timers of proxies and address translators, whose shortest are at 30 s. */
const PING_MS = 25_000;
/** Keys, the mouse, a pasted text: a VM that leaves so much unread is stuck. */
const MAX_UNREAD = 2 * 1024 * 1024;

export interface ProxyOptions {
  /** The VM's VNC server, open. */
  readonly screen: ConsoleStream;
  readonly viewOnly: boolean;
  /** Who only watches does not use it: null. */
  readonly use: ConsoleUse | null;
  /** Called once, when it is over. */
  readonly onEnd: () => void;
}

export class ConsoleProxy implements SocketHandler {
  readonly #options: ProxyOptions;
  readonly #filter: ClientFilter;
  #peer: SocketPeer | null = null;
  #unread = 0;
  /** The bytes on their way to the screen: the next ones follow them. */
  #lastWrite: Promise<void> = Promise.resolve();
  #resume: (() => void) | null = null;
  #ended = false;
  #ping: ReturnType<typeof setInterval> | null = null;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#filter = new ClientFilter(options.viewOnly);
  }

  opened(peer: SocketPeer): void {
    this.#peer = peer;
    this.#ping = setInterval(() => peer.ping(), PING_MS);
    const { screen, use } = this.#options;
    use?.opened();
    screen.onData((bytes) => this.#fromScreen(bytes));
    screen.onEnd(() => this.end('screenEnded'));
  }

  message(bytes: Uint8Array): void {
    if (this.#ended) return;
    const passed = this.#filtered(bytes);
    if (passed === null || passed.length === 0) return;
    this.#options.use?.message(passed);
    this.#unread += passed.length;
    if (this.#unread > MAX_UNREAD) {
      this.end('overflow');
      return;
    }
    const copy = Uint8Array.from(passed); // the server reuses the buffer of a message
    this.#lastWrite = this.#lastWrite.then(async () => {
      await this.#options.screen.write(copy);
      this.#unread -= copy.length;
    });
  }

  /** The browser has read what was queued: the screen may go on. */
  drained(): void {
    this.#resume?.();
    this.#resume = null;
  }

  closed(): void {
    this.#finish();
  }

  /** Closes both sides and tells the browser why. */
  end(reason: CloseReason): void {
    if (this.#ended) return;
    const [code, text] = CLOSE[reason];
    this.#peer?.close(code, text);
    this.#finish();
  }

  #fromScreen(bytes: Uint8Array): void | Promise<void> {
    if (this.#ended) return;
    // -1: queued, the browser is slower than the screen. The screen is not read until it has caught up.
    const sent = this.#peer?.send(bytes);
    if (sent === -1)
      return new Promise((resolve) => {
        this.#resume = resolve;
      });
    if (sent === 0) this.end('overflow'); // dropped: what follows would be read as something else
  }

  #filtered(bytes: Uint8Array): Uint8Array | null {
    try {
      return this.#filter.take(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end('protocol');
      return null;
    }
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#ping !== null) clearInterval(this.#ping);
    this.drained();
    this.#options.screen.end();
    this.#options.onEnd();
  }
}
