/** The bulk door: HTTPS with mutual TLS for what is too large for the mesh (chunks, disks, memory of VMs, snapshots of the log). */
import { LabmeshError } from '../../state/errors.ts';
import type { Logger } from '../../state/logger.ts';
import { GossipError, reasonOf } from '../errors.ts';
import type { MembershipView } from '../membership/view.ts';
import { type BulkCredentials, checkCredentials } from './certificates.ts';
import { guarded } from './guarded.ts';
import * as limits from './limits.ts';
import { PROOF_HEADER, provenSender } from './proof.ts';
import { Running } from './running.ts';
import { BulkSocket, REFUSED } from './socket.ts';

export interface BulkContext {
  /** Node id of the member that asks. */
  readonly from: string;
  /** Aborted when the asking node is retired or the door closes. */
  readonly signal: AbortSignal;
}

/** Serves one kind of thing. A `LabmeshError` it throws reaches the client with its code; the status is 409. */
export type BulkHandler = (request: Request, context: BulkContext) => Promise<Response> | Response;

/**
 * Serves streams both ways. What it throws ends the socket; a `LabmeshError`'s code reaches the client, whose `connect` fails with it.
 * The context's signal ends with the socket.
 */
export type BulkSocketHandler = (
  target: URL,
  socket: BulkSocket,
  context: BulkContext,
) => Promise<void> | void;

/** What Bun keeps with a WebSocket. */
interface Held {
  readonly target: URL;
  readonly from: string;
  readonly handler: BulkSocketHandler;
  readonly ending: AbortController;
  socket: BulkSocket | null;
}

export interface BulkServerOptions {
  readonly nodeId: string;
  readonly cloudId: string;
  readonly view: MembershipView;
  readonly credentials: BulkCredentials;
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly logger: Logger;
  readonly clock: () => number;
  /** What a proven key that is no member's is told, e.g. that it was retired. Null, and by default: that it is no member. */
  readonly whyNot?: (peerId: string) => LabmeshError | null;
  /** Default 16. */
  readonly maxRunningPerPeer?: number;
  /** Default 128. */
  readonly maxRunning?: number;
  /** Of one request's body. Default 256 GiB. */
  readonly maxBodyBytes?: number;
}

export class BulkServer {
  readonly counters = { served: 0, refused: 0 };
  readonly #options: BulkServerOptions;
  readonly #handlers = new Map<string, BulkHandler>();
  readonly #socketHandlers = new Map<string, BulkSocketHandler>();
  readonly #running: Running;
  readonly #sockets = new Running({ perPeer: limits.MAX_SOCKETS_PER_PEER, all: limits.MAX_SOCKETS });
  #server: Bun.Server<Held> | undefined;
  /** Servers of former certificates that still have connections. */
  readonly #former = new Set<Bun.Server<Held>>();
  #shown: BulkCredentials;
  #unfollow: (() => void) | undefined;

  constructor(options: BulkServerOptions) {
    this.#options = options;
    this.#shown = options.credentials;
    const { maxRunningPerPeer = limits.MAX_RUNNING_PER_PEER, maxRunning = limits.MAX_RUNNING } = options;
    this.#running = new Running({ perPeer: maxRunningPerPeer, all: maxRunning });
  }

  /** Serves paths whose first part is `name`, e.g. `chunks` for `/chunks/abc`. */
  serve(name: string, handler: BulkHandler): void {
    this.#handlers.set(name, handler);
  }

  /** The same for WebSockets, e.g. `console` for `/console/abc`. */
  serveSockets(name: string, handler: BulkSocketHandler): void {
    this.#socketHandlers.set(name, handler);
  }

  /** @throws GossipError `bulk.certificate`, `bulk.listen` */
  start(): void {
    this.#listen(this.#options.credentials, this.#options.port);
    this.#unfollow = this.#options.view.onChange(({ removed }) => {
      for (const { nodeId } of removed) {
        this.#running.cut(nodeId);
        this.#sockets.cut(nodeId);
      }
    });
  }

  async stop(): Promise<void> {
    this.#unfollow?.();
    this.#running.cutAll();
    this.#sockets.cutAll();
    await Promise.all([...this.#former, this.#server].map((one) => one?.stop(true)));
    this.#server = undefined;
  }

  /** 0 before `start`. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  /**
   * Shows another certificate to whoever connects from now on, on the same port; open connections stay as they are.
   * @throws GossipError `bulk.certificate`, `bulk.listen`; the one before stays then
   */
  renew(credentials: BulkCredentials): void {
    checkCredentials(credentials, this.#options.nodeId, this.#options.clock());
    const { port } = this;
    const former = this.#server;
    // Bun's `reload` leaves TLS as it is, so the port changes hands: nobody listens for an instant.
    if (former !== undefined) this.#leave(former);
    try {
      this.#listen(credentials, port);
      this.#shown = credentials;
    } catch (error) {
      this.#listen(this.#shown, port);
      throw error;
    }
  }

  /** It takes no new connections; those that are open go on. */
  #leave(server: Bun.Server<Held>): void {
    this.#former.add(server);
    void server.stop().finally(() => this.#former.delete(server));
  }

  #listen(credentials: BulkCredentials, port: number): void {
    const { nodeId, hostname, clock, maxBodyBytes = limits.MAX_BODY_BYTES } = this.#options;
    checkCredentials(credentials, nodeId, clock());
    try {
      this.#server = Bun.serve({
        hostname,
        port,
        idleTimeout: limits.IDLE_SECONDS,
        maxRequestBodySize: maxBodyBytes,
        tls: {
          key: credentials.key,
          cert: credentials.certificate,
          ca: credentials.authority,
          requestCert: true,
          rejectUnauthorized: true,
        },
        fetch: (request, server) => this.#answer(request, server),
        websocket: {
          maxPayloadLength: limits.MAX_PIECE_BYTES,
          idleTimeout: limits.IDLE_SECONDS * 2, // the socket's own signs of life end it sooner
          open: (ws: Bun.ServerWebSocket<Held>) => this.#open(ws),
          message: (ws: Bun.ServerWebSocket<Held>, message: string | Buffer) =>
            ws.data.socket?.received(message),
          close: ({ data }: Bun.ServerWebSocket<Held>) => {
            this.#sockets.end(data.from, data.ending);
            data.socket?.closed();
            data.ending.abort(new Error('the socket is closed'));
          },
        },
        error: (error) => this.#refusal(500, new LabmeshError('internal', {}, { cause: error })),
      });
    } catch (error) {
      throw new GossipError('bulk.listen', { hostname, port, reason: reasonOf(error) }, { cause: error });
    }
  }

  async #answer(request: Request, server: Bun.Server<Held>): Promise<Response | undefined> {
    const { nodeId, cloudId, view } = this.#options;
    const { pathname, search } = new URL(request.url);
    const target = pathname + search;
    if (target.length > limits.MAX_TARGET_LENGTH)
      return this.#refusal(414, new GossipError('bulk.too_large', { maxBytes: limits.MAX_TARGET_LENGTH }));
    const asked = { to: nodeId, method: request.method, target };
    const sender = await provenSender(request.headers.get(PROOF_HEADER), view, cloudId, asked);
    if (sender === 'unproven') return this.#refusal(401, new GossipError('bulk.unproven', {}));
    if ('stranger' in sender) {
      const why = this.#options.whyNot?.(sender.stranger) ?? new GossipError('bulk.not_member', {});
      return this.#refusal(403, why);
    }
    const name = pathname.split('/')[1] ?? '';
    const socketHandler = this.#socketHandlers.get(name);
    if (socketHandler && request.headers.get('upgrade')?.toLowerCase() === 'websocket')
      return this.#upgrade(socketHandler, request, sender.nodeId, server);
    const handler = this.#handlers.get(name);
    if (handler === undefined) return new Response(null, { status: 404 });
    const ending = this.#running.begin(sender.nodeId);
    if (ending === undefined) return this.#busy(this.#running);
    return this.#handle(handler, request, sender.nodeId, ending);
  }

  #upgrade(
    handler: BulkSocketHandler,
    request: Request,
    from: string,
    server: Bun.Server<Held>,
  ): Response | undefined {
    const ending = this.#sockets.begin(from);
    if (ending === undefined) return this.#busy(this.#sockets);
    const data: Held = { target: new URL(request.url), from, handler, ending, socket: null };
    if (server.upgrade(request, { data })) return undefined;
    this.#sockets.end(from, ending);
    return new Response(null, { status: 400 });
  }

  async #open(ws: Bun.ServerWebSocket<Held>): Promise<void> {
    const { data } = ws;
    const { from, handler, target, ending } = data;
    const { signal } = ending;
    const socket = new BulkSocket({
      // 0: dropped, which the window rules out unless the connection is gone.
      send: (message) => void (ws.send(message) === 0 && ws.terminate()),
      close: (code, reason) => ws.close(code, reason),
    });
    data.socket = socket;
    if (signal.aborted) return socket.cut(); // retired while it was taken
    signal.addEventListener('abort', () => socket.cut(), { once: true });
    try {
      await handler(target, socket, { from, signal });
      this.counters.served++;
      if (!signal.aborted) socket.greet();
    } catch (error) {
      this.counters.refused++;
      if (!(error instanceof LabmeshError))
        this.#options.logger.error('a bulk socket failed', { from, reason: reasonOf(error) });
      ws.close(REFUSED, error instanceof LabmeshError ? error.code : 'internal');
    }
  }

  #busy({ limits: { perPeer } }: Running): Response {
    return this.#refusal(503, new GossipError('bulk.busy', { max: perPeer }));
  }

  async #handle(
    handler: BulkHandler,
    request: Request,
    from: string,
    ending: AbortController,
  ): Promise<Response> {
    const { signal } = ending;
    const end = () => this.#running.end(from, ending);
    const leave = () => {
      ending.abort(new Error('the client is gone'));
      end();
    };
    request.signal.addEventListener('abort', leave, { once: true });
    try {
      const body = request.body === null ? null : guarded(request.body, signal);
      const { url, method, headers } = request;
      const guardedRequest = body === null ? request : new Request(url, { method, headers, body });
      const response = await handler(guardedRequest, { from, signal });
      this.counters.served++;
      if (response.body === null) {
        end();
        return response;
      }
      const { status, headers: answered } = response;
      return new Response(endingWith(guarded(response.body, signal), end), { status, headers: answered });
    } catch (error) {
      end();
      if (error instanceof LabmeshError) return this.#refusal(409, error);
      this.#options.logger.error('a bulk transfer failed', { from, reason: reasonOf(error) });
      return this.#refusal(500, new LabmeshError('internal'));
    }
  }

  #refusal(status: number, { code, data }: LabmeshError): Response {
    this.counters.refused++;
    return Response.json({ code, data }, { status, headers: { connection: 'close' } });
  }
}

/** The same stream, which says when it is over, however it ends. */
function endingWith(source: ReadableStream<Uint8Array>, end: () => void): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      cancel(reason) {
        end();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
