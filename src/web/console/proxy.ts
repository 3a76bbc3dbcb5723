/** Between one browser and one VM's screen: bytes both ways, each side as fast as the slower one takes them. */
import type { Socket } from 'bun';
import type { SocketHandler, SocketPeer } from '../env.ts';
import { ClientFilter, ProtocolError } from './client-filter.ts';
import { CLOSE, type CloseReason } from './codes.ts';

/** Shorter than the idle timers of proxies and address translators, whose shortest are at 30 s. */
const PING_MS = 25_000;
/** Keys, the mouse, a pasted text: a VM that leaves so much unread is stuck. */
const MAX_UNREAD = 2 * 1024 * 1024;
/** Connecting within this PC takes microseconds. */
const CONNECT_MS = 5_000;

export interface ProxyOptions {
  /** The VM's VNC server. */
  readonly socketPath: string;
  readonly viewOnly: boolean;
  /** Called once, when it is over. */
  readonly onEnd: () => void;
}

export class ConsoleProxy implements SocketHandler {
  readonly #options: ProxyOptions;
  readonly #filter: ClientFilter;
  #peer: SocketPeer | null = null;
  #screen: Socket | null = null;
  #toScreen: Uint8Array[] = [];
  #unread = 0;
  #ended = false;
  #ping: ReturnType<typeof setInterval> | null = null;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#filter = new ClientFilter(options.viewOnly);
  }

  opened(peer: SocketPeer): void {
    this.#peer = peer;
    this.#ping = setInterval(() => peer.ping(), PING_MS);
    const late = setTimeout(() => this.end('screenEnded'), CONNECT_MS);
    const connected = Bun.connect({
      unix: this.#options.socketPath,
      socket: {
        open: (screen) => {
          clearTimeout(late);
          if (this.#ended) return void screen.end();
          this.#screen = screen;
          this.#pump();
        },
        data: (screen, bytes) => this.#fromScreen(screen, bytes),
        drain: () => this.#pump(),
        close: () => this.end('screenEnded'),
        error: () => this.end('screenEnded'),
        connectError: () => this.end('screenEnded'),
      },
    });
    connected.catch(() => this.end('screenEnded')).finally(() => clearTimeout(late));
  }

  message(bytes: Uint8Array): void {
    if (this.#ended) return;
    const passed = this.#filtered(bytes);
    if (passed === null || passed.length === 0) return;
    this.#unread += passed.length;
    if (this.#unread > MAX_UNREAD) {
      this.end('overflow');
      return;
    }
    this.#toScreen.push(Uint8Array.from(passed)); // the server reuses the buffer of a message
    this.#pump();
  }

  /** The browser has read what was queued: the screen may go on. */
  drained(): void {
    this.#screen?.resume();
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

  #fromScreen(screen: Socket, bytes: Uint8Array): void {
    if (this.#ended) return;
    // -1: queued, the browser is slower than the screen. The screen is not read until it has caught up.
    const sent = this.#peer?.send(bytes);
    if (sent === -1) screen.pause();
    else if (sent === 0) this.end('overflow'); // dropped: what follows would be read as something else
  }

  #pump(): void {
    const screen = this.#screen;
    if (screen === null) return;
    for (let next = this.#toScreen[0]; next !== undefined; next = this.#toScreen[0]) {
      const written = screen.write(next);
      if (written < 0) return; // closed: `close` follows
      this.#unread -= written;
      if (written < next.length) {
        this.#toScreen[0] = next.subarray(written);
        return; // `drain` follows
      }
      this.#toScreen.shift();
    }
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
    this.#screen?.end();
    this.#toScreen = [];
    this.#options.onEnd();
  }
}
