/** What every handler of the web finds in its context. */
import type { Context, Hono } from 'hono';
import type { NodeServices } from '../node/interface.ts';
import {
  type Actor,
  type Author,
  LabmeshError,
  type Language,
  type Session,
  type User,
} from '../state/index.ts';
import type { WebServices } from './services.ts';

/**
 * Through which door a request came: the network (`https`), plain HTTP on this PC's loopback address (`loopback`), or the
 * control socket in the data folder, which only root can open and which acts as admin (`control`).
 */
export type Door = 'https' | 'loopback' | 'control';

/** What the server knows of a connection. Tests hand it in as the third argument of `app.request`. */
export interface Connection {
  readonly door: Door;
  /** Address of the asker, for the audit log and the sign-in limits. */
  readonly address: string;
  /** Turns the request into a WebSocket that `data` serves; null where that is not possible. */
  readonly upgrade: ((request: Request, data: SocketHandler) => boolean) | null;
  /** Changes after how many silent seconds the server gives the connection up (0: never); null where there is no such timer. */
  readonly setIdleTimeout: ((request: Request, seconds: number) => void) | null;
}

/** One end of a WebSocket, as Bun gives it. */
export interface SocketPeer {
  /** Bytes taken; 0 when dropped, -1 when queued behind back-pressure (then `drained` follows). */
  send(bytes: Uint8Array): number;
  ping(): void;
  close(code: number, reason: string): void;
}

/** What serves one WebSocket. */
export interface SocketHandler {
  opened(peer: SocketPeer): void;
  message(bytes: Uint8Array): void;
  drained(): void;
  closed(): void;
}

/** Who asks. */
export type Visitor =
  | { readonly kind: 'anonymous' }
  /** Signed in by cookie (`session.kind` web) or by `Authorization: Bearer` (api). */
  | { readonly kind: 'person'; readonly user: User; readonly session: Session }
  /** Root on this PC through the control socket: an admin without an account. */
  | { readonly kind: 'local' };

export interface WebVariables {
  node: NodeServices;
  services: WebServices;
  connection: Connection;
  visitor: Visitor;
  /** The person's language, else the browser's, else English. */
  lang: Language;
  /** For the hidden field `csrf` (or the header `x-csrf-token`) of every form that changes something; empty for strangers. */
  csrf: string;
  /** Named in the log line of a fault and in the error page, so that one can be found by the other. */
  requestId: string;
}

export interface WebEnv {
  Bindings: Partial<Connection>;
  Variables: WebVariables;
}

export type WebContext = Context<WebEnv>;
export type WebApp = Hono<WebEnv>;

/**
 * Who acts, for `state/access.ts`: a user, or null for root on this PC.
 * @throws LabmeshError `access.signed_out` for strangers, so that forgetting a guard lets nobody in
 */
export function actorOf(c: WebContext): Actor {
  const visitor = c.get('visitor');
  if (visitor.kind === 'anonymous') throw new LabmeshError('access.signed_out');
  return visitor.kind === 'local' ? null : visitor.user;
}

/** The signed-in person. @throws LabmeshError `access.signed_out`, or `access.denied` for root, who has no account */
export function personOf(c: WebContext): { user: User; session: Session } {
  const visitor = c.get('visitor');
  if (visitor.kind === 'anonymous') throw new LabmeshError('access.signed_out');
  if (visitor.kind === 'local') throw new LabmeshError('access.denied', { need: 'user' });
  return visitor;
}

/** In whose name commands of this request are submitted. @throws LabmeshError `access.signed_out` */
export function authorOf(c: WebContext): Author {
  const visitor = c.get('visitor');
  if (visitor.kind === 'anonymous') throw new LabmeshError('access.signed_out');
  if (visitor.kind === 'local') return { kind: 'local', nodeId: c.get('node').me.nodeId };
  return { kind: 'user', id: visitor.user.id, from: c.get('connection').address };
}
