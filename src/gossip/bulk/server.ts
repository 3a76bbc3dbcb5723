/** The bulk door: HTTPS with mutual TLS for what is too large for the mesh (chunks, disks, memory of VMs, snapshots of the log). */
import { LabmeshError } from '../../state/errors.ts';
import type { Logger } from '../../state/logger.ts';
import { GossipError, reasonOf } from '../errors.ts';
import type { MembershipView } from '../membership/view.ts';
import { type BulkCredentials, checkCredentials } from './certificates.ts';
import { guarded } from './guarded.ts';
import * as limits from './limits.ts';
import { PROOF_HEADER, provenMember } from './proof.ts';

export interface BulkContext {
  /** Node id of the member that asks. */
  readonly from: string;
  /** Aborted when the asking node is retired or the door closes. */
  readonly signal: AbortSignal;
}

/** Serves one kind of thing. A `LabmeshError` it throws reaches the client with its code; the status is 409. */
export type BulkHandler = (request: Request, context: BulkContext) => Promise<Response> | Response;

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
  readonly #running = new Map<string, Set<AbortController>>();
  #server: Bun.Server<undefined> | undefined;
  #unfollow: (() => void) | undefined;

  constructor(options: BulkServerOptions) {
    this.#options = options;
  }

  /** Serves paths whose first part is `name`, e.g. `chunks` for `/chunks/abc`. */
  serve(name: string, handler: BulkHandler): void {
    this.#handlers.set(name, handler);
  }

  /** @throws GossipError `bulk.certificate`, `bulk.listen` */
  start(): void {
    this.#listen(this.#options.credentials, this.#options.port);
    this.#unfollow = this.#options.view.onChange(({ removed }) => {
      for (const { nodeId } of removed) this.#cut(nodeId);
    });
  }

  async stop(): Promise<void> {
    this.#unfollow?.();
    for (const nodeId of [...this.#running.keys()]) this.#cut(nodeId);
    await this.#server?.stop(true);
    this.#server = undefined;
  }

  /** 0 before `start`. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  /**
   * Shows another certificate from now on, on the same port. Running transfers are cut: their clients go on where they were.
   * @throws GossipError `bulk.certificate` (the old one stays), `bulk.listen`
   */
  async renew(credentials: BulkCredentials): Promise<void> {
    checkCredentials(credentials, this.#options.nodeId, this.#options.clock());
    const { port } = this;
    await this.#server?.stop(true);
    this.#listen(credentials, port);
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
        fetch: (request) => this.#answer(request),
        error: (error) => this.#refusal(500, new LabmeshError('internal', {}, { cause: error })),
      });
    } catch (error) {
      throw new GossipError('bulk.listen', { hostname, port, reason: reasonOf(error) }, { cause: error });
    }
  }

  async #answer(request: Request): Promise<Response> {
    const { nodeId, cloudId, view } = this.#options;
    const { pathname, search } = new URL(request.url);
    const target = pathname + search;
    if (target.length > limits.MAX_TARGET_LENGTH)
      return this.#refusal(414, new GossipError('bulk.too_large', { maxBytes: limits.MAX_TARGET_LENGTH }));
    const asked = { to: nodeId, method: request.method, target };
    const sender = await provenMember(request.headers.get(PROOF_HEADER), view, cloudId, asked);
    if (sender === 'unproven') return this.#refusal(401, new GossipError('bulk.unproven', {}));
    if (sender === 'not_member') return this.#refusal(403, new GossipError('bulk.not_member', {}));
    const handler = this.#handlers.get(pathname.split('/')[1] ?? '');
    if (handler === undefined) return new Response(null, { status: 404 });
    const ending = this.#begin(sender.nodeId);
    if (ending === undefined) {
      const max = this.#options.maxRunningPerPeer ?? limits.MAX_RUNNING_PER_PEER;
      return this.#refusal(503, new GossipError('bulk.busy', { max }));
    }
    return this.#handle(handler, request, sender.nodeId, ending);
  }

  async #handle(
    handler: BulkHandler,
    request: Request,
    from: string,
    ending: AbortController,
  ): Promise<Response> {
    const { signal } = ending;
    const end = () => this.#end(from, ending);
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

  #begin(nodeId: string): AbortController | undefined {
    const { maxRunningPerPeer = limits.MAX_RUNNING_PER_PEER, maxRunning = limits.MAX_RUNNING } =
      this.#options;
    const own = this.#running.get(nodeId) ?? new Set();
    const all = [...this.#running.values()].reduce((sum, { size }) => sum + size, 0);
    if (own.size >= maxRunningPerPeer || all >= maxRunning) return undefined;
    const ending = new AbortController();
    this.#running.set(nodeId, own.add(ending));
    return ending;
  }

  #end(nodeId: string, ending: AbortController): void {
    const own = this.#running.get(nodeId);
    own?.delete(ending);
    if (own?.size === 0) this.#running.delete(nodeId);
  }

  #cut(nodeId: string): void {
    for (const ending of this.#running.get(nodeId) ?? [])
      ending.abort(new GossipError('bulk.not_member', {}));
    this.#running.delete(nodeId);
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
