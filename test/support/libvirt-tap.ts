/** Stands between a node and its libvirtd and ends the node at one call: before libvirtd hears of it, at that moment, or before the node hears the answer. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type ProcedureName, procedure, remoteProgram } from '../../src/hypervisor/wire/constants.ts';
import { encodeFrame, type Frame, FrameSplitter, messageType } from '../../src/hypervisor/wire/frame.ts';

export interface StopPoint {
  readonly call: ProcedureName;
  /** Only once this was called. Default: at the first. */
  readonly behind?: ProcedureName;
  /** `sent`: libvirtd has the call, and nobody waits for what it does. */
  readonly when: 'before' | 'sent' | 'answered';
}

interface Armed {
  readonly point: StopPoint;
  readonly kill: () => void;
  readonly reached: PromiseWithResolvers<void>;
  behind: boolean;
  /** The serial of the call whose answer is kept back. */
  serial: number | null;
}

export class LibvirtTap {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #armed: Armed | null = null;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens at `path` for who wants libvirtd, which listens at `libvirtd`. */
  static async open(libvirtd: string, path: string): Promise<LibvirtTap> {
    const server = createServer((client) => tap.#join(client, connect(libvirtd)));
    const tap = new LibvirtTap(server);
    const listening = Promise.withResolvers<void>();
    server.once('error', listening.reject);
    server.listen(path, () => listening.resolve());
    await listening.promise;
    return tap;
  }

  /** Resolves when the point was reached and `kill` was called. */
  stopAt(point: StopPoint, kill: () => void): Promise<void> {
    const reached = Promise.withResolvers<void>();
    this.#armed = { point, kill, reached, behind: point.behind === undefined, serial: null };
    return reached.promise;
  }

  /** From now on everything passes. */
  disarm(): void {
    this.#armed = null;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    await closed.promise;
  }

  #join(client: Socket, libvirtd: Socket): void {
    const end = () => {
      for (const socket of [client, libvirtd]) {
        this.#sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [client, libvirtd]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    const [calls, answers] = [new FrameSplitter(), new FrameSplitter()];
    client.on('data', (bytes: Buffer) => {
      for (const frame of calls.push(bytes)) {
        if (this.#isStop(frame, 'before')) return end();
        libvirtd.write(encodeFrame(frame));
        if (this.#isStop(frame, 'sent')) return end();
      }
    });
    libvirtd.on('data', (bytes: Buffer) => {
      for (const frame of answers.push(bytes)) {
        if (this.#isStop(frame, 'answered')) return end();
        client.write(encodeFrame(frame));
      }
    });
  }

  #isStop(frame: Frame, when: StopPoint['when']): boolean {
    const armed = this.#armed;
    if (armed === null || frame.program !== remoteProgram.id) return false;
    const isCall = frame.type === messageType.call;
    if (isCall && when === 'before' && frame.procedure === procedureOf(armed.point.behind))
      armed.behind = true;
    if (
      isCall &&
      armed.behind &&
      armed.serial === null &&
      frame.procedure === procedureOf(armed.point.call)
    ) {
      if (armed.point.when === when) return this.#stop(armed);
      if (armed.point.when === 'answered') armed.serial = frame.serial;
    }
    const isAnswer = frame.type === messageType.reply && frame.serial === armed.serial;
    return when === 'answered' && isAnswer && this.#stop(armed);
  }

  #stop(armed: Armed): true {
    this.#armed = null;
    armed.kill();
    armed.reached.resolve();
    return true;
  }
}

function procedureOf(name: ProcedureName | undefined): number | null {
  return name === undefined ? null : procedure[name];
}
