/** A VNC server of this PC as a console's stream. */
import type { Socket } from 'bun';
import type { ConsoleStream } from '../interface.ts';

/** Connecting within this PC takes microseconds. */
const CONNECT_MS = 5_000;

/** @throws the system's error when nobody listens there, or it takes too long */
export async function openUnixStream(path: string): Promise<ConsoleStream> {
  const stream = new UnixStream();
  let isLate = false;
  const connected = Bun.connect({
    unix: path,
    socket: {
      data: (socket, bytes) => stream.arrived(socket, bytes),
      drain: () => stream.pump(),
      close: () => stream.ended(),
      error: () => stream.ended(),
    },
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new Error('the screen does not answer'));
    }, CONNECT_MS);
  });
  void connected.then((socket) => isLate && socket.end()).catch(() => {});
  try {
    stream.use(await Promise.race([connected, late]));
    return stream;
  } finally {
    clearTimeout(timer);
  }
}

class UnixStream implements ConsoleStream {
  #socket: Socket | null = null;
  #unsent: { bytes: Uint8Array; done: () => void }[] = [];
  #arrived: Uint8Array[] = [];
  #isGiving = false;
  #ended = false;
  #onData: ((bytes: Uint8Array) => void | Promise<void>) | null = null;
  #onEnd: (() => void)[] = [];

  use(socket: Socket): void {
    this.#socket = socket;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#ended || bytes.length === 0) return Promise.resolve();
    const sent = new Promise<void>((done) => this.#unsent.push({ bytes: Uint8Array.from(bytes), done }));
    this.pump();
    return sent;
  }

  onData(listener: (bytes: Uint8Array) => void | Promise<void>): void {
    this.#onData = listener;
    if (this.#socket) void this.#give(this.#socket);
  }

  onEnd(listener: () => void): void {
    if (this.#ended) listener();
    else this.#onEnd.push(listener);
  }

  end(): void {
    this.#socket?.end();
    this.ended();
  }

  pump(): void {
    for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
      const written = this.#socket?.write(next.bytes) ?? 0;
      if (written < 0) return; // closed: `close` follows
      if (written < next.bytes.length) {
        next.bytes = next.bytes.subarray(written);
        return; // `drain` follows
      }
      this.#unsent.shift();
      next.done();
    }
  }

  /** What is not taken at once waits here, and the socket is not read. */
  arrived(socket: Socket, bytes: Uint8Array): void {
    this.#arrived.push(Uint8Array.from(bytes));
    void this.#give(socket);
  }

  ended(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { done } of this.#unsent.splice(0)) done();
    // What the screen said last is still passed on; then the end.
    if (!this.#isGiving) this.#tellEnd();
  }

  async #give(socket: Socket): Promise<void> {
    if (this.#isGiving) return;
    if (this.#onData === null) {
      socket.pause(); // until somebody listens
      return;
    }
    this.#isGiving = true;
    try {
      for (let next = this.#arrived.shift(); next !== undefined; next = this.#arrived.shift()) {
        const taken = this.#onData(next);
        if (taken === undefined) continue;
        socket.pause();
        await taken;
      }
      if (!this.#ended) socket.resume();
    } catch {
      this.end(); // the listener cannot take more
    } finally {
      this.#isGiving = false;
      if (this.#ended) this.#tellEnd();
    }
  }

  #tellEnd(): void {
    for (const listener of this.#onEnd.splice(0)) listener();
  }
}
