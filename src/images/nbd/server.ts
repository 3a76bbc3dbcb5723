/**
 * The serving process: gives versions of this PC's image folder to QEMU, and asks the node for chunks that are missing. It outlives the
 * node, so a node that is killed or replaced makes guests wait at most. It writes nothing but its two sockets.
 */
import { chmodSync, rmSync } from 'node:fs';
import type { Socket } from 'bun';
import { isUlid, type Logger } from '../../state/index.ts';
import { Layout } from '../layout.ts';
import { loadVersion } from '../versions.ts';
import { type Client, Connection } from './connection.ts';
import {
  CONTROL_PROTOCOL,
  Lines,
  line,
  MAX_LISTED_CHUNKS,
  type Notice,
  type Order,
  orderSchema,
} from './control.ts';
import { Outbox } from './outbox.ts';
import { VersionExport } from './version-export.ts';

export interface NbdServerOptions {
  readonly dataDir: string;
  /** Where QEMU connects; the folder must be passable for its user. */
  readonly socket: string;
  /** Where the node connects. */
  readonly control: string;
  /** How long a read may wait before the VM is paused over it. Default 10 s. */
  readonly patienceMs?: number;
  /** The build's version, told to the node. */
  readonly version: string;
  readonly logger: Logger;
  /** Called when it is not needed: it was told to retire and nobody reads any more, or for long neither a reader nor a node was there. */
  readonly onRetired: () => void;
}

/** More VMs than a PC runs. */
const MAX_CLIENTS = 512;
/** The node of this PC, and the one that takes over from it. */
const MAX_NODES = 4;
const TELL_READS_EVERY_MS = 1000;
/** Without readers and without a node for so long it ends: the next one that needs it starts another. */
const IDLE_END_MS = 60_000;

interface Served {
  readonly export: VersionExport;
  /** How much of the order of first reads was told. */
  told: number;
  clients: number;
}

export class NbdServer {
  readonly #options: NbdServerOptions;
  readonly #layout: Layout;
  readonly #served = new Map<string, Served>();
  readonly #opening = new Map<string, Promise<void>>();
  readonly #connections = new Set<Connection>();
  readonly #nodes = new Set<Outbox>();
  readonly #stop: (() => void)[] = [];
  #retiring = false;
  #busyAt = performance.now();

  constructor(options: NbdServerOptions) {
    this.#options = options;
    this.#layout = new Layout(options.dataDir);
  }

  /** @throws when a socket cannot be made */
  start(): void {
    const { socket, control } = this.#options;
    for (const path of [socket, control]) rmSync(path, { force: true });
    this.#listenForNode(control);
    this.#listenForClients(socket);
    const timer = setInterval(() => this.#tick(), TELL_READS_EVERY_MS);
    this.#stop.push(() => clearInterval(timer));
  }

  async stop(): Promise<void> {
    for (const stop of this.#stop.splice(0)) stop();
    for (const versionId of [...this.#served.keys()]) await this.#close(versionId);
  }

  #listenForClients(path: string): void {
    const listener = Bun.listen<{ connection: Connection | null }>({
      unix: path,
      socket: {
        open: (socket) => {
          socket.data = { connection: null };
          if (this.#connections.size >= MAX_CLIENTS) return void socket.end();
          const connection = new Connection(pipeOf(socket), {
            find: (name) => this.#served.get(name)?.export,
            // A reader comes back to a server that was started anew: nobody has to tell what it reads.
            load: (name) => (isUlid(name) ? this.#openVersion(name) : Promise.resolve()),
            sizeOf: (one) => one.sizeBytes,
          });
          socket.data.connection = connection;
          this.#connections.add(connection);
        },
        data: (socket, bytes) => socket.data.connection?.take(bytes),
        drain: (socket) => socket.data.connection?.drain(),
        close: ({ data }) => {
          data.connection?.close();
          if (data.connection) this.#connections.delete(data.connection);
        },
        error: (socket) => void socket.end(),
      },
    });
    chmodSync(path, 0o666); // QEMU runs as a user of its own; what is served is as readable as the image files are
    this.#stop.push(() => listener.stop(true));
  }

  #listenForNode(path: string): void {
    const { version } = this.#options;
    const listener = Bun.listen<{ outbox: Outbox; lines: Lines<Order> }>({
      unix: path,
      socket: {
        open: (socket) => {
          socket.data = { outbox: new Outbox(pipeOf(socket)), lines: new Lines(orderSchema) };
          if (this.#nodes.size >= MAX_NODES) return void socket.end();
          this.#nodes.add(socket.data.outbox);
          this.#tell({ tell: 'hello', protocol: CONTROL_PROTOCOL, version, pid: process.pid });
          for (const [versionId, served] of this.#served) this.#tellAll(versionId, served);
        },
        data: (socket, bytes) => {
          try {
            for (const order of socket.data.lines.take(bytes)) this.#obey(order);
          } catch (error) {
            this.#options.logger.warn('the node said what is no order', { error: String(error) });
            socket.end();
          }
        },
        drain: (socket) => socket.data.outbox.drain(),
        close: ({ data }) => {
          data.outbox.clear();
          this.#nodes.delete(data.outbox);
        },
        error: (socket) => void socket.end(),
      },
    });
    chmodSync(path, 0o600);
    this.#stop.push(() => listener.stop(true));
  }

  #obey(order: Order): void {
    switch (order.tell) {
      case 'open':
        this.#retiring = false; // whoever opens is going to read
        void this.#openVersion(order.versionId);
        return;
      case 'arrived':
        this.#served.get(order.versionId)?.export.arrived(order.chunks);
        return;
      case 'lost':
        this.#served.get(order.versionId)?.export.lost(order.chunks);
        return;
      case 'close':
        void this.#close(order.versionId);
        return;
      case 'retire':
        this.#retiring = true;
        this.#tick();
    }
  }

  async #openVersion(versionId: string): Promise<void> {
    try {
      const opening = this.#opening.get(versionId) ?? this.#load(versionId);
      this.#opening.set(versionId, opening);
      await opening;
      this.#tell({ tell: 'opened', versionId });
    } catch (error) {
      this.#tell({ tell: 'refused', versionId, reason: String(error).slice(0, 1000) });
    } finally {
      this.#opening.delete(versionId);
    }
  }

  async #load(versionId: string): Promise<void> {
    if (this.#served.has(versionId)) return;
    const paths = this.#layout.version(versionId);
    const { manifest, present } = await loadVersion(paths, versionId);
    const bringing = {
      want: (chunks: readonly number[]) =>
        this.#tellChunks(chunks, (some) => ({ tell: 'want', versionId, chunks: some })),
      damaged: (chunk: number) => this.#tell({ tell: 'damaged', versionId, chunks: [chunk] }),
    };
    const opened = await VersionExport.open(
      paths.disk,
      manifest,
      present,
      bringing,
      this.#options.patienceMs,
    );
    this.#served.set(versionId, { export: opened, told: 0, clients: 0 });
  }

  async #close(versionId: string): Promise<void> {
    const served = this.#served.get(versionId);
    this.#served.delete(versionId);
    if (served === undefined) return;
    for (const connection of this.#connections) if (connection.export === served.export) connection.hangUp();
    await served.export.close();
  }

  /** To a node that has just come: what is waited for, and everything that was read. */
  #tellAll(versionId: string, served: Served): void {
    served.told = 0;
    this.#tell({ tell: 'opened', versionId });
    const { damaged, wanted } = served.export;
    this.#tellChunks(damaged, (chunks) => ({ tell: 'damaged', versionId, chunks }));
    this.#tellChunks(wanted, (chunks) => ({ tell: 'want', versionId, chunks }));
    this.#tell({ tell: 'clients', versionId, count: this.#clientsOf(served) });
  }

  #tick(): void {
    for (const [versionId, served] of this.#served) {
      const count = this.#clientsOf(served);
      if (count !== served.clients) this.#tell({ tell: 'clients', versionId, count });
      served.clients = count;
      if (this.#nodes.size === 0) continue;
      const fresh = served.export.order.slice(served.told, served.told + MAX_LISTED_CHUNKS);
      if (fresh.length > 0) this.#tell({ tell: 'read', versionId, from: served.told, chunks: fresh });
      served.told += fresh.length;
    }
    const now = performance.now();
    if (this.#connections.size > 0 || this.#nodes.size > 0) this.#busyAt = now;
    if (this.#connections.size > 0) return;
    if (this.#retiring || now - this.#busyAt > IDLE_END_MS) this.#options.onRetired();
  }

  #clientsOf(served: Served): number {
    let count = 0;
    for (const connection of this.#connections) if (connection.export === served.export) count++;
    return count;
  }

  #tellChunks(chunks: readonly number[], notice: (some: number[]) => Notice): void {
    for (let i = 0; i < chunks.length; i += MAX_LISTED_CHUNKS)
      this.#tell(notice(chunks.slice(i, i + MAX_LISTED_CHUNKS)));
  }

  #tell(notice: Notice): void {
    const bytes = Buffer.from(line(notice));
    for (const node of this.#nodes) node.send(bytes);
  }
}

function pipeOf(socket: Socket<unknown>): Client {
  return {
    write: (bytes) => socket.write(bytes),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: () => void socket.end(),
  };
}
