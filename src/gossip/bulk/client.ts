/** Asks other nodes' bulk doors. */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import * as z from 'zod';
import { GossipError, reasonOf } from '../errors.ts';
import type { MeshIdentity } from '../identity.ts';
import { type BulkCredentials, hostNameOf } from './certificates.ts';
import { HEAD_TIMEOUT_MS } from './limits.ts';
import { PROOF_HEADER, proofOf } from './proof.ts';

const refusalSchema = z.object({ code: z.string().max(100) });
/** A refusal's body; anything longer is none. */
const MAX_REFUSAL_BYTES = 4_096;

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
}

export interface BulkClientOptions {
  readonly cloudId: string;
  readonly identity: MeshIdentity;
  readonly credentials: BulkCredentials;
}

export class BulkClient {
  readonly #options: BulkClientOptions;
  #credentials: BulkCredentials;

  constructor(options: BulkClientOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
  }

  renew(credentials: BulkCredentials): void {
    this.#credentials = credentials;
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
      const response = await this.#send(peer, target, method, options, signal);
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

  async #send(
    { nodeId, address }: BulkPeer,
    target: string,
    method: string,
    { body, headers }: BulkRequestOptions,
    signal: AbortSignal,
  ): Promise<Response> {
    const url = new URL(target, `https://${address}`);
    const { identity, cloudId } = this.#options;
    const asked = { to: nodeId, method, target: url.pathname + url.search };
    const { key, certificate, authority } = this.#credentials;
    const name = hostNameOf(nodeId);
    return fetch(url, {
      method,
      headers: { ...headers, [PROOF_HEADER]: await proofOf(identity, cloudId, asked) },
      ...(body === undefined ? {} : { body }),
      signal,
      redirect: 'error',
      decompress: false,
      tls: {
        key,
        cert: certificate,
        ca: authority,
        serverName: name,
        // Its address may be anything; what counts is that it is the node that was asked for.
        checkServerIdentity: (_: string, shown: PeerCertificate) => checkServerIdentity(name, shown),
      },
    });
  }
}

async function refusalOf({ nodeId }: BulkPeer, response: Response): Promise<GossipError> {
  const { status } = response;
  const isShort = Number(response.headers.get('content-length') ?? 0) <= MAX_REFUSAL_BYTES;
  const body = isShort ? await response.json().catch(() => null) : null;
  if (!isShort) await response.body?.cancel();
  const code = refusalSchema.safeParse(body).data?.code ?? 'internal';
  return new GossipError('bulk.refused', { nodeId, status, code });
}
