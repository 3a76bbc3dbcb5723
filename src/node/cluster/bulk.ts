/** The bulk door of this node: opens as soon as there is a certificate, finds the others' doors by what they announce. */
import {
  BulkClient,
  type BulkCredentials,
  type BulkHandler,
  type BulkRequestOptions,
  BulkServer,
  type BulkSocketHandler,
  GossipError,
  type Mesh,
} from '../../gossip/index.ts';
import type { LabmeshError, Logger } from '../../state/index.ts';
import type { BulkLink, BulkDoor as Door } from '../across/index.ts';
import type { ConsoleStream } from '../interface.ts';

export interface BulkDoorOptions {
  readonly nodeId: string;
  readonly cloudId: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Host name or address by which others reach this PC. */
  readonly advertise: string;
  readonly mesh: Pick<Mesh, 'members' | 'identity' | 'announcer'>;
  /** Host name or address of a PC, as the log has it; null for one that it does not know. */
  readonly hostOf: (nodeId: string) => string | null;
  readonly logger: Logger;
  readonly clock: () => number;
  /** What a key that is no member's is told. */
  readonly whyNot: (peerId: string) => LabmeshError | null;
}

export class BulkDoor implements BulkLink, Door {
  readonly #options: BulkDoorOptions;
  readonly #handlers = new Map<string, BulkHandler>();
  readonly #sockets = new Map<string, BulkSocketHandler>();
  #server: BulkServer | null = null;
  #client: BulkClient | null = null;

  constructor(options: BulkDoorOptions) {
    this.#options = options;
  }

  /** Opens the door, or shows a newer certificate at the open one. @throws GossipError `bulk.certificate`, `bulk.listen` */
  async use(credentials: BulkCredentials): Promise<void> {
    const { nodeId, cloudId, listen, mesh, logger, clock, whyNot } = this.#options;
    if (this.#server !== null) {
      this.#client?.renew(credentials);
      this.#server.renew(credentials);
      return;
    }
    const server = new BulkServer({
      nodeId,
      cloudId,
      view: mesh.members,
      credentials,
      hostname: listen.host,
      port: listen.port,
      logger,
      clock,
      whyNot,
    });
    for (const [name, handler] of this.#handlers) server.serve(name, handler);
    for (const [name, handler] of this.#sockets) server.serveSockets(name, handler);
    server.start();
    this.#server = server;
    this.#client = new BulkClient({ cloudId, identity: mesh.identity, credentials });
  }

  /** `host:port` as others reach it; null while it is closed. */
  get address(): string | null {
    if (this.#server === null) return null;
    return doorAt(this.#options.advertise, this.#server.port);
  }

  serve(name: string, handler: BulkHandler): void {
    this.#handlers.set(name, handler);
    this.#server?.serve(name, handler);
  }

  serveSockets(name: string, handler: BulkSocketHandler): void {
    this.#sockets.set(name, handler);
    this.#server?.serveSockets(name, handler);
  }

  async request(nodeId: string, target: string, options?: BulkRequestOptions): Promise<Response> {
    const { client, peer } = this.#wayTo(nodeId);
    return client.request(peer, target, options);
  }

  async connect(nodeId: string, target: string): Promise<ConsoleStream> {
    const { client, peer } = this.#wayTo(nodeId);
    return client.connect(peer, target);
  }

  /**
   * Where a PC's door is, as it announces it. From one whose words do not reach this PC, as it has just started, its clock is far ahead, or
   * either was retired, it is the door at the log's address and this PC's own port: the PCs of a cloud are started alike. Who answers is
   * proved by its certificate, wherever it is.
   */
  #wayTo(nodeId: string) {
    const { mesh, hostOf } = this.#options;
    const host = hostOf(nodeId);
    const probably = host === null ? null : doorAt(host, this.#server?.port ?? 0);
    const address = mesh.announcer.board.get(nodeId)?.facts.bulk ?? probably;
    if (this.#client === null || address === null)
      throw new GossipError('bulk.unreachable', { nodeId, reason: 'its door is not known yet' });
    return { client: this.#client, peer: { nodeId, address } };
  }

  /** A PC is dead or cut off: what is asked of it once it is back does not wait for connections of before. */
  lost(nodeId: string): void {
    this.#client?.lost(nodeId);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }
}

const doorAt = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
