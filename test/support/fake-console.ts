/**
 * The least VNC server (RFB 3.8, RFC 6143) that a client accepts, on a Unix socket: no authentication, one colour that changes with
 * every key. It notes what clients send, so that tests see what came through.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WIDTH = 320;
const HEIGHT = 200;
/** Length of each client message (RFC 6143, section 7.5); 2 and 6 have variable tails. */
const LENGTHS: Readonly<Record<number, number>> = { 0: 20, 2: 4, 3: 10, 4: 8, 5: 6, 6: 8 };

interface Client {
  stage: 'version' | 'security' | 'init' | 'open';
  buffer: Buffer;
  colour: number;
  /** What the socket has not taken yet. */
  unsent: Buffer;
}

export class FakeConsole {
  readonly path: string;
  /** Types of the messages received after the handshake, in order. */
  readonly received: number[] = [];
  /** Keysyms pressed. */
  readonly keys: number[] = [];
  readonly #dir: string;
  readonly #server: { stop(closeActive?: boolean): void };
  readonly #sockets = new Set<{ end(): void }>();

  static listen(name: string): FakeConsole {
    return new FakeConsole(name);
  }

  private constructor(name: string) {
    this.#dir = mkdtempSync(join(tmpdir(), 'labmesh-vnc-'));
    this.path = join(this.#dir, 'vnc.sock');
    const note = (client: Client, reply: (bytes: Uint8Array) => void) => this.#read(client, name, reply);
    this.#server = Bun.listen<Client>({
      unix: this.path,
      socket: {
        open: (socket) => {
          socket.data = {
            stage: 'version',
            buffer: Buffer.alloc(0),
            colour: 0x204060,
            unsent: Buffer.alloc(0),
          };
          this.#sockets.add(socket);
          socket.write('RFB 003.008\n');
        },
        data: (socket, bytes) => {
          socket.data.buffer = Buffer.concat([socket.data.buffer, bytes]);
          note(socket.data, (reply) => flush(socket, reply));
        },
        drain: (socket) => flush(socket, Buffer.alloc(0)),
        close: (socket) => void this.#sockets.delete(socket),
        error: (socket) => void this.#sockets.delete(socket),
      },
    });
  }

  /** Clients connected now. */
  get clients(): number {
    return this.#sockets.size;
  }

  /** Cuts every client off, as a VM that stops does. */
  cut(): void {
    for (const socket of this.#sockets) socket.end();
  }

  stop(): void {
    this.#server.stop(true);
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #read(client: Client, name: string, reply: (bytes: Uint8Array) => void): void {
    for (;;) {
      const { buffer } = client;
      if (client.stage === 'version') {
        if (buffer.length < 12) return;
        client.buffer = buffer.subarray(12);
        client.stage = 'security';
        reply(Buffer.from([1, 1])); // one type: none
      } else if (client.stage === 'security') {
        if (buffer.length < 1) return;
        client.buffer = buffer.subarray(1);
        client.stage = 'init';
        reply(Buffer.from([0, 0, 0, 0]));
      } else if (client.stage === 'init') {
        if (buffer.length < 1) return;
        client.buffer = buffer.subarray(1);
        client.stage = 'open';
        reply(serverInit(name));
      } else if (!this.#message(client, reply)) return;
    }
  }

  /** Takes one message off the buffer; false when it is not whole yet. */
  #message(client: Client, reply: (bytes: Uint8Array) => void): boolean {
    const { buffer } = client;
    const type = buffer[0];
    if (type === undefined) return false;
    let length = LENGTHS[type] ?? 1;
    if (buffer.length < length) return false;
    if (type === 2) length += buffer.readUInt16BE(2) * 4;
    if (type === 6) length += Math.abs(buffer.readInt32BE(4));
    if (buffer.length < length) return false;
    const message = buffer.subarray(0, length);
    client.buffer = buffer.subarray(length);
    this.received.push(type);
    if (type === 4 && message[1] === 1) {
      this.keys.push(message.readUInt32BE(4));
      client.colour = (client.colour * 31 + 0x3355) & 0xffffff;
    }
    const incremental = message[1] === 1;
    if (type === 3 && !incremental) reply(update(client.colour));
    return true;
  }
}

/** Writes what the socket takes; `drain` goes on with the rest. */
function flush(socket: { data: Client; write(bytes: Uint8Array): number }, more: Uint8Array): void {
  const bytes = Buffer.concat([socket.data.unsent, more]);
  socket.data.unsent = bytes.subarray(Math.max(0, socket.write(bytes)));
}

function serverInit(name: string): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt16BE(WIDTH, 0);
  head.writeUInt16BE(HEIGHT, 2);
  // 32 bits per pixel, depth 24, little-endian, true colour, 255 each, shifts 16, 8, 0.
  head.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0], 4);
  const text = Buffer.from(name);
  head.writeUInt32BE(text.length, 20);
  return Buffer.concat([head, text]);
}

/** One rectangle of raw pixels that fills the screen. */
function update(colour: number): Buffer {
  const out = Buffer.alloc(16 + WIDTH * HEIGHT * 4);
  out.writeUInt16BE(1, 2);
  out.writeUInt16BE(WIDTH, 8);
  out.writeUInt16BE(HEIGHT, 10);
  for (let at = 16; at < out.length; at += 4) out.writeUInt32LE(colour, at);
  return out;
}
