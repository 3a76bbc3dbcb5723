/** Requests to a node's JSON API under /api/v1, through either door, each with a deadline and an answer or a named error. */
import { rootCertificates } from 'node:tls';
import type { Lang } from '../texts/index.ts';
import { type Door, needSocket } from './door.ts';
import { CliError } from './errors.ts';
import { EXIT, RefusedError } from './exit.ts';

/** One request; the node itself gives a command 10 s. */
export const REQUEST_MS = 30_000;

/** Path parts and query of a request: each is encoded here, so that no name can become a path. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly bytes?: Uint8Array | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export class Client {
  readonly door: Door;
  readonly #lang: Lang;
  readonly #interrupted: AbortSignal;
  readonly #limitMs: number | null;

  /** @param limitMs the person's own --timeout, which shortens or lengthens each request; null: the default */
  constructor(door: Door, lang: Lang, interrupted: AbortSignal, limitMs: number | null) {
    this.door = door;
    this.#lang = lang;
    this.#interrupted = interrupted;
    this.#limitMs = limitMs;
  }

  /** What people call the other side. */
  get place(): string {
    return this.door.kind === 'local' ? this.door.socket : this.door.url;
  }

  get<T>(path: readonly string[], query: Query = {}, timeoutMs?: number): Promise<T> {
    return this.request('GET', path, { query, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  }

  post<T>(path: readonly string[], body: unknown = {}, timeoutMs?: number): Promise<T> {
    return this.request('POST', path, { body, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  }

  put<T>(path: readonly string[], body: unknown): Promise<T> {
    return this.request('PUT', path, { body });
  }

  delete<T>(path: readonly string[]): Promise<T> {
    return this.request('DELETE', path);
  }

  /**
   * @throws RefusedError with the node's own words; CliError when nobody answers, or not in time, or not in labmesh's way
   */
  async request<T>(method: string, path: readonly string[], options: RequestOptions = {}): Promise<T> {
    const response = await this.send(method, path, options);
    const text = await this.#textOf(response);
    const answer = parse(text);
    if (response.ok && (text === '' || answer !== undefined)) return answer as T; // the shape is the API's promise
    throw this.#refusal(response, answer);
  }

  /** The bare response, for answers that are no JSON. */
  async send(method: string, path: readonly string[], options: RequestOptions): Promise<Response> {
    const { door } = this;
    if (door.kind === 'local') needSocket(door);
    const limitMs = options.timeoutMs ?? this.#limitMs ?? REQUEST_MS;
    const headers = new Headers({
      accept: 'application/json',
      'accept-language': this.#lang,
      ...options.headers,
    });
    if (door.kind === 'remote' && door.token) headers.set('authorization', `Bearer ${door.token}`);
    const payload = options.bytes ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    if (options.body !== undefined) headers.set('content-type', 'application/json');
    const url = urlOf(door, path, options.query ?? {});
    try {
      return await fetch(url, {
        method,
        headers,
        ...(payload === undefined ? {} : { body: payload }),
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(limitMs), this.#interrupted]),
        ...(door.kind === 'local' ? { unix: door.socket } : trust(door.ca)),
      });
    } catch (error) {
      throw this.#unanswered(error, limitMs);
    }
  }

  async #textOf(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      throw new CliError('cli.connection_lost', { url: this.place }, { cause: error });
    }
  }

  #refusal(response: Response, answer: unknown): Error {
    if (!isProblem(answer)) {
      const what = response.headers.get('content-type') ?? 'no content type';
      return new CliError('cli.strange_answer', { url: this.place, status: response.status, what });
    }
    const anonymous = this.door.kind === 'remote' && this.door.token === null;
    if (response.status === 401 && anonymous) return new CliError('cli.token_missing', { url: this.place });
    const { code, message, hint, data } = answer;
    // A fault of the node's own is not a refusal: asking otherwise would not help.
    const exit = response.status === 500 ? EXIT.failed : EXIT.refused;
    return new RefusedError(code, data ?? {}, { message, hint }, exit);
  }

  #unanswered(error: unknown, limitMs: number): Error {
    const { door } = this;
    const name = error instanceof Error ? error.name : '';
    const reason = error instanceof Error && 'code' in error ? String(error.code) : name;
    if (name === 'TimeoutError') {
      return new CliError(
        'cli.request_timeout',
        { url: this.place, seconds: limitMs / 1000 },
        { cause: error },
      );
    }
    if (this.#interrupted.aborted) return new InterruptedError();
    if (door.kind === 'local') {
      if (reason === 'ECONNRESET')
        return new CliError('cli.connection_lost', { url: this.place }, { cause: error });
      return new CliError('cli.no_node', { data: door.data }, { cause: error });
    }
    if (/CERT|SELF_SIGNED|ISSUER|ALTNAME|VERIFY/.test(reason)) {
      return new CliError('cli.untrusted', { url: door.url, reason }, { cause: error });
    }
    if (reason === 'ECONNRESET')
      return new CliError('cli.connection_lost', { url: door.url }, { cause: error });
    return new CliError('cli.unreachable', { url: door.url, reason }, { cause: error });
  }
}

/** The person pressed Ctrl-C. */
export class InterruptedError extends Error {}

/**
 * Names in paths are encoded. Nothing, one dot and two dots cannot be: every URL parser takes them for steps between folders.
 * @throws RefusedError `not_found` for these; what is called so can be named by its id
 */
function urlOf(door: Door, path: readonly string[], query: Query): string {
  const step = path.find((part) => /^\.{0,2}$/.test(part));
  if (step !== undefined)
    throw new RefusedError('not_found', { kind: (path[0] ?? '').replace(/s$/, ''), id: step }, null);
  const parts = path.map(encodeURIComponent);
  const url = new URL(door.kind === 'local' ? 'http://localhost' : door.url);
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  const tail = search.size > 0 ? `?${search}` : '';
  return `${url.origin}/api/v1/${parts.join('/')}${tail}`;
}

/** The cloud's own authority besides the system's: a university may have put a certificate of its own in place. */
function trust(ca: string | null): { tls?: { ca: string[] } } {
  return ca === null ? {} : { tls: { ca: [...rootCertificates, ca] } };
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

function isProblem(answer: unknown): answer is Problem {
  if (typeof answer !== 'object' || answer === null) return false;
  return (
    'code' in answer &&
    typeof answer.code === 'string' &&
    'message' in answer &&
    typeof answer.message === 'string' &&
    'hint' in answer &&
    typeof answer.hint === 'string'
  );
}
