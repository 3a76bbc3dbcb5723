/** Asks other nodes' bulk doors. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import * as z from 'zod';
import { GossipError, reasonOf } from '../errors.ts';
import type { MeshIdentity } from '../identity.ts';
import { type BulkCredentials, hostNameOf } from './certificates.ts';
import { HEAD_TIMEOUT_MS, MAX_SOCKETS_PER_PEER } from './limits.ts';
import { PROOF_HEADER, proofOf } from './proof.ts';
import { BulkSocket, refusalFrom } from './socket.ts';

const refusalSchema = z.object({
  code: z.string().max(100),
  data: z.record(z.string(), z.unknown()).default({}),
});
/** A refusal's body; anything longer is none. */
const MAX_REFUSAL_BYTES = 4_096;
/** Bun ends a connection that nobody has used for 5 minutes; until then it would be taken again, though a cut made it deaf. */
const KEPT_MS = 5 * 60_000;
/** A door that changes its certificate closes for an instant, and hangs up on those whom it had not let in yet. */
const AGAIN_MS = 250;
/** What Bun says of an upgrade that was answered otherwise. */
const NOT_UPGRADED = /Expected 101 status code: (\d{3})/;

export interface BulkPeer {
  readonly nodeId: string;
  /** `host:port`, as it announces it (`Facts.bulk`). */
  readonly address: string;
}

export interface BulkRequestOptions {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD';
  /** Sent at the pace at which the other side reads. */
  readonly body?: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | Blob;
  readonly headers?: Readonly<Record<string, string>>;
  /** Until the answer's head has come, the body's sending included. Default 15 s; give a transfer its own. */
  readonly timeoutMs?: number;
  /** Ends the transfer, also while the answer's body comes. */
  readonly signal?: AbortSignal;
  /**
   * Take a connection that an earlier request left, and leave it to the next: many small questions then need one handshake. Not for what
   * must not wait for a connection that a short cut made deaf (for longer ones see `lost`). Default false.
   */
  readonly reuse?: boolean;
}

export interface BulkClientOptions {
  readonly cloudId: string;
  readonly identity: MeshIdentity;
  readonly credentials: BulkCredentials;
}

export class BulkClient {
  readonly #options: BulkClientOptions;
  #credentials: BulkCredentials;
  /** Monotonic ms at which the last of the connections from before it was lost is gone, by node. */
  readonly #freshUntil = new Map<string, number>();

  constructor(options: BulkClientOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
  }

  renew(credentials: BulkCredentials): void {
    this.#credentials = credentials;
  }

  /** A node is dead, cut off or gone: connections with it that stand since before are not taken again. */
  lost(nodeId: string): void {
    const now = performance.now();
    for (const [id, until] of this.#freshUntil) if (until <= now) this.#freshUntil.delete(id);
    this.#freshUntil.set(nodeId, now + KEPT_MS);
  }

  /**
   * Sends a request and gives its answer (status 200 to 299), whose body is to be read or cancelled by the caller.
   * @param target path and query, e.g. `/chunks/abc`
   * @throws GossipError bulk.unreachable (also: it is not the node that was asked for), bulk.timeout, bulk.refused
   */
  async request(peer: BulkPeer, target: string, options: BulkRequestOptions = {}): Promise<Response> {
    const { method = 'GET', timeoutMs = HEAD_TIMEOUT_MS } = options;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(new Error('deadline')), timeoutMs);
    const signal = options.signal ? AbortSignal.any([patience.signal, options.signal]) : patience.signal;
    try {
      const send = () => this.#send(peer, target, method, options, signal);
      const response = await send().catch(async (error: unknown) => {
        if (!mayRepeat(error, options)) throw error;
        await Bun.sleep(AGAIN_MS);
        return await send();
      });
      if (response.ok) return response;
      throw await refusalOf(peer, response);
    } catch (error) {
      if (error instanceof GossipError) throw error;
      if (patience.signal.aborted)
        throw new GossipError('bulk.timeout', { nodeId: peer.nodeId, timeoutMs }, { cause: error });
      throw new GossipError(
        'bulk.unreachable',
        { nodeId: peer.nodeId, reason: reasonOf(error) },
        { cause: error },
      );
    } finally {
      clearTimeout(timer); // the body comes at its own pace
    }
  }

  /**
   * Opens a stream both ways to what serves sockets there; resolves once that has accepted.
   * @throws GossipError bulk.unreachable (also: not that node, or its door refused the proof), bulk.timeout, bulk.refused (its handler's code)
   */
  async connect(peer: BulkPeer, target: string, timeoutMs: number = HEAD_TIMEOUT_MS): Promise<BulkSocket> {
    try {
      return await this.#open(peer, target, timeoutMs);
    } catch (error) {
      if (!(error instanceof GossipError) || error.code !== 'bulk.unreachable') throw error;
      await Bun.sleep(AGAIN_MS);
      return await this.#open(peer, target, timeoutMs);
    }
  }

  async #open({ nodeId, address }: BulkPeer, target: string, timeoutMs: number): Promise<BulkSocket> {
    const url = new URL(target, `wss://${address}`);
    const headers = { [PROOF_HEADER]: await this.#proof(nodeId, 'GET', url) };
    const name = hostNameOf(nodeId);
    const tls = {
      ...this.#tls(nodeId),
      checkServerIdentity: (_: string, shown: PeerCertificate) => checkServerIdentity(name, shown),
    };
    const ws = new WebSocket(url, { headers, tls, perMessageDeflate: false });
    ws.binaryType = 'arraybuffer';
    const socket = new BulkSocket({
      send: (message) => void ws.send(message),
      close: (code, reason) => ws.close(code, reason),
    });
    return new Promise((resolve, reject) => {
      const fail = (error: GossipError) => {
        clearTimeout(timer);
        reject(error); // without effect once it is open
        socket.end();
      };
      const timer = setTimeout(() => fail(new GossipError('bulk.timeout', { nodeId, timeoutMs })), timeoutMs);
      ws.onmessage = ({ data }) => {
        clearTimeout(timer);
        socket.received(typeof data === 'string' ? data : new Uint8Array(data));
        resolve(socket); // bytes may come before the greeting: the handler has accepted then, too
      };
      ws.onerror = (event) => {
        const reason = 'message' in event ? String(event.message).slice(0, 200) : 'connection failed';
        fail(notUpgraded(nodeId, reason) ?? new GossipError('bulk.unreachable', { nodeId, reason }));
      };
      ws.onclose = ({ code, reason }) => {
        socket.closed();
        fail(refusalFrom(nodeId, code, reason));
      };
    });
  }

  #proof(nodeId: string, method: string, { pathname, search }: URL): Promise<string> {
    const { identity, cloudId } = this.#options;
    return proofOf(identity, cloudId, { to: nodeId, method, target: pathname + search });
  }

  #tls(nodeId: string) {
    const { key, certificate, authority } = this.#credentials;
    // Its address may be anything; what counts is that it is the node that was asked for, by the name its certificate is held against.
    return { key, cert: certificate, ca: authority, serverName: hostNameOf(nodeId) };
  }

  async #send(
    { nodeId, address }: BulkPeer,
    target: string,
    method: string,
    { body, headers, reuse = false }: BulkRequestOptions,
    signal: AbortSignal,
  ): Promise<Response> {
    const url = new URL(target, `https://${address}`);
    return fetch(url, {
      method,
      headers: { ...headers, [PROOF_HEADER]: await this.#proof(nodeId, method, url) },
      ...(body === undefined ? {} : { body }),
      signal,
      redirect: 'error',
      keepalive: reuse && (this.#freshUntil.get(nodeId) ?? 0) <= performance.now(),
      decompress: false,
      tls: this.#tls(nodeId),
    });
  }
}

/** It was not heard, or hearing it twice is the same as once; and it can be said again. */
function mayRepeat(error: unknown, { method = 'GET', body }: BulkRequestOptions): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code === 'ECONNREFUSED') return !(body instanceof ReadableStream);
  return error.code === 'ECONNRESET' && (method === 'GET' || method === 'HEAD');
}

/** The door is open and would not have it; all that Bun tells of its answer is the status. */
function notUpgraded(nodeId: string, reason: string): GossipError | null {
  const status = Number(NOT_UPGRADED.exec(reason)?.[1]);
  if (status === 503)
    return new GossipError('bulk.refused', {
      nodeId,
      status,
      code: 'bulk.busy',
      data: { max: MAX_SOCKETS_PER_PEER },
    });
  return Number.isNaN(status) ? null : new GossipError('bulk.refused', { nodeId, status, code: 'internal' });
}

async function refusalOf({ nodeId }: BulkPeer, response: Response): Promise<GossipError> {
  const { status } = response;
  const isShort = Number(response.headers.get('content-length') ?? 0) <= MAX_REFUSAL_BYTES;
  const body = isShort ? await response.json().catch(() => null) : null;
  if (!isShort) await response.body?.cancel();
  const refusal = refusalSchema.safeParse(body).data ?? { code: 'internal', data: {} };
  return new GossipError('bulk.refused', { nodeId, status, ...refusal });
}
