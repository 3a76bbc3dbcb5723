/**
 * Requests between members. Each has a deadline, a bound of size on both ways, and ends: with a body, with the other node's error
 * (code and data), or with one of `rpc.*`. A stream per request, so that a large answer holds up none of the small ones.
 */
import type { Stream } from '@libp2p/interface';
import { LabmeshError } from '../../state/errors.ts';
import type { Logger } from '../../state/logger.ts';
import { GossipError, reasonOf } from '../errors.ts';
import { framesOf, sendFrame } from '../wire/frames.ts';
import { fromBytes, toBytes } from '../wire/json.ts';
import {
  type Json,
  OLDEST_PROTOCOL,
  PROTOCOL,
  type Request,
  type Response,
  RPC_PROTOCOL,
  requestSchema,
  responseSchema,
} from './messages.ts';

/** A command of the log may have this much; more goes over the bulk door. */
const MAX_BYTES = 1_100_000;
/** Requests of one member at work here at once. The 33rd waits at its sender or is told `rpc.busy`. */
const MAX_RUNNING_PER_PEER = 32;
const DEFAULT_TIMEOUT_MS = 5_000;

export interface RpcHost {
  handle(
    protocol: string,
    handler: (stream: Stream, from: string) => Promise<void>,
    maxStreams: number,
  ): Promise<void>;
  open(nodeId: string, protocol: string, signal: AbortSignal): Promise<Stream>;
}

export interface RequestContext {
  /** Node id of the caller, proved by the connection. */
  readonly from: string;
  /** Aborted when the caller does not wait any more. */
  readonly signal: AbortSignal;
}

/** Checks `body` itself: it may be any JSON. A `LabmeshError` it throws reaches the caller with code and data. */
export type RequestHandler = (body: Json, context: RequestContext) => Promise<Json> | Json;

export interface RpcOptions {
  readonly host: RpcHost;
  readonly logger: Logger;
  /** Bytes of a request or an answer. Default 1.1 MB. */
  readonly maxBytes?: number;
  /** Default 32. */
  readonly maxRunningPerPeer?: number;
}

export class Rpc {
  readonly counters = { served: 0, refused: 0, malformed: 0 };
  readonly #options: RpcOptions;
  readonly #maxBytes: number;
  readonly #maxRunning: number;
  readonly #handlers = new Map<string, RequestHandler>();
  readonly #running = new Map<string, number>();

  constructor(options: RpcOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#maxRunning = options.maxRunningPerPeer ?? MAX_RUNNING_PER_PEER;
  }

  async start(): Promise<void> {
    // One stream more than allowed, so that the answer can be `rpc.busy` and not a cut.
    await this.#options.host.handle(
      RPC_PROTOCOL,
      (stream, from) => this.#serve(stream, from),
      this.#maxRunning + 8,
    );
  }

  /** Answers `method` from now on. */
  method(name: string, handler: RequestHandler): void {
    this.#handlers.set(name, handler);
  }

  /**
   * Asks a member. `timeoutMs`: for all of it, dialling included; default 5 s. `signal`: gives it up sooner, with the signal's reason;
   * the other node may have done it all the same.
   * @throws GossipError mesh.not_member, mesh.unreachable, rpc.timeout, rpc.too_large, rpc.busy, rpc.unknown_method, rpc.version,
   *   rpc.malformed, rpc.failed (the method's own error)
   */
  async request(
    nodeId: string,
    method: string,
    body: Json,
    options?: { timeoutMs?: number; signal?: AbortSignal },
  ): Promise<Json> {
    const timeoutMs = options?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const bytes = toBytes({ v: PROTOCOL, method, timeoutMs, body } satisfies Request);
    if (bytes.byteLength > this.#maxBytes)
      throw new GossipError('rpc.too_large', { bytes: bytes.byteLength, maxBytes: this.#maxBytes });
    const deadline = AbortSignal.timeout(timeoutMs);
    const given = options?.signal;
    const signal = given === undefined ? deadline : AbortSignal.any([deadline, given]);
    try {
      const stream = await this.#options.host.open(nodeId, RPC_PROTOCOL, signal);
      const response = await this.#exchange(stream, bytes, signal);
      if (response.ok) return response.body;
      throw errorOf(nodeId, method, response.code, response.data);
    } catch (error) {
      if (given?.aborted) throw given.reason;
      if (signal.aborted)
        throw new GossipError('rpc.timeout', { nodeId, method, timeoutMs }, { cause: error });
      if (error instanceof GossipError) throw error;
      throw new GossipError('mesh.unreachable', { nodeId, reason: reasonOf(error) }, { cause: error });
    }
  }

  async #exchange(stream: Stream, request: Uint8Array, signal: AbortSignal): Promise<Response> {
    const abort = () => stream.abort(new Error('deadline'));
    signal.addEventListener('abort', abort, { once: true });
    try {
      await sendFrame(stream, request, signal);
      for await (const frame of framesOf(stream, this.#maxBytes)) {
        const response = fromBytes(responseSchema, frame);
        void stream.close({ signal }).catch(() => {}); // the answer is here: how the stream ends does not matter
        return response;
      }
      throw new Error('it ended the stream without an answer');
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #serve(stream: Stream, from: string): Promise<void> {
    const running = this.#running.get(from) ?? 0;
    this.#running.set(from, running + 1);
    // Until the request has said its own deadline.
    const signal = AbortSignal.timeout(DEFAULT_TIMEOUT_MS);
    try {
      const request = await this.#read(stream, signal);
      const response =
        running >= this.#maxRunning
          ? refusal(new GossipError('rpc.busy', { max: this.#maxRunning }))
          : await this.#answer(request, from);
      if (!response.ok) this.counters.refused++;
      const last = AbortSignal.timeout(request.timeoutMs);
      await sendFrame(stream, this.#bounded(response), last);
      await stream.close({ signal: last });
      this.counters.served++;
    } catch (error) {
      if (error instanceof GossipError) this.counters.malformed++;
      throw error;
    } finally {
      const left = (this.#running.get(from) ?? 1) - 1;
      if (left === 0) this.#running.delete(from);
      else this.#running.set(from, left);
    }
  }

  async #read(stream: Stream, signal: AbortSignal): Promise<Request> {
    const abort = () => stream.abort(new Error('no request within its time'));
    signal.addEventListener('abort', abort, { once: true });
    try {
      for await (const frame of framesOf(stream, this.#maxBytes)) return fromBytes(requestSchema, frame);
      throw new Error('a stream without a request');
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #answer({ v, method, timeoutMs, body }: Request, from: string): Promise<Response> {
    if (v > PROTOCOL || v < OLDEST_PROTOCOL)
      return refusal(new GossipError('rpc.version', { theirs: v, ours: PROTOCOL }));
    const handler = this.#handlers.get(method);
    if (handler === undefined) return refusal(new GossipError('rpc.unknown_method', { method }));
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return { v: PROTOCOL, ok: true, body: await within(signal, handler(body, { from, signal })) };
    } catch (error) {
      if (!(error instanceof LabmeshError) && !signal.aborted)
        this.#options.logger.error('a request failed', { method, from, reason: reasonOf(error) });
      return refusal(error);
    }
  }

  #bounded(response: Response): Uint8Array {
    const bytes = toBytes(response);
    if (bytes.byteLength <= this.#maxBytes) return bytes;
    const data = { bytes: bytes.byteLength, maxBytes: this.#maxBytes };
    return toBytes(refusal(new GossipError('rpc.too_large', data)));
  }
}

function refusal(error: unknown): Response & { ok: false } {
  const { code, data } = error instanceof LabmeshError ? error : new LabmeshError('internal');
  const plain = fromBytes(responseSchema, toBytes({ v: PROTOCOL, ok: false, code, data }));
  return plain.ok ? { v: PROTOCOL, ok: false, code: 'internal', data: {} } : plain;
}

/** Errors of the exchange itself keep their own code; those of the method stand inside `rpc.failed`. */
function errorOf(nodeId: string, method: string, code: string, data: Record<string, Json>): GossipError {
  if (code === 'rpc.busy') return new GossipError('rpc.busy', { max: Number(data.max ?? 0) });
  if (code === 'rpc.unknown_method') return new GossipError('rpc.unknown_method', { method });
  if (code === 'rpc.version')
    return new GossipError('rpc.version', { theirs: PROTOCOL, ours: Number(data.ours ?? 0) });
  if (code === 'rpc.too_large')
    return new GossipError('rpc.too_large', { bytes: Number(data.bytes), maxBytes: Number(data.maxBytes) });
  return new GossipError('rpc.failed', { nodeId, method, code, data });
}

function within<T>(signal: AbortSignal, work: Promise<T> | T): Promise<T> {
  return Promise.race([
    Promise.resolve(work),
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('deadline')), { once: true });
    }),
  ]);
}
