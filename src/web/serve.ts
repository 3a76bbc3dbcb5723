/** From Bun's server to the app: which door, which address, how a connection becomes a WebSocket. */
import type { Server } from 'bun';
import type { Connection, Door, SocketHandler, SocketPeer, WebApp } from './env.ts';

/** Seconds without a byte after which Bun closes a connection; streams and waits ask for more. */
const IDLE_SECONDS = 30;
/** Largest message of a console client: a pasted text, far below a screen; VNC's own server caps it alike. */
const MAX_MESSAGE = 1024 * 1024;
/** Bytes queued for a slow console before the VM's side is no longer read (see console/proxy.ts). */
const BACKPRESSURE = 1024 * 1024;

/** A server that listens. */
export interface Listening {
  /** `https://…`, `http://…`, or the path of a socket. */
  readonly url: string;
  readonly port: number;
  /** Takes no new connections; those that are open go on. */
  leave(): void;
  /** Ends every connection. */
  stop(): Promise<void>;
}

type Serving = Server<SocketHandler>;

/** The part of Bun.serve's options that every door shares. */
export function servingOptions(app: WebApp, door: Door) {
  return {
    idleTimeout: IDLE_SECONDS,
    // Bun refuses larger bodies before the app sees them; the app bounds each route far lower, uploads come in pieces.
    maxRequestBodySize: 128 * 1024 * 1024,
    fetch: (request: Request, server: Serving) => answer(app, door, request, server),
    websocket: {
      maxPayloadLength: MAX_MESSAGE,
      backpressureLimit: BACKPRESSURE * 8,
      closeOnBackpressureLimit: false,
      idleTimeout: 120,
      sendPings: false,
      data: {} as SocketHandler,
      open: (ws: Bun.ServerWebSocket<SocketHandler>) => ws.data.opened(peerOf(ws)),
      message: (ws: Bun.ServerWebSocket<SocketHandler>, message: string | Buffer) =>
        ws.data.message(typeof message === 'string' ? Buffer.from(message) : message),
      drain: (ws: Bun.ServerWebSocket<SocketHandler>) => ws.data.drained(),
      close: (ws: Bun.ServerWebSocket<SocketHandler>) => ws.data.closed(),
    },
  };
}

/** Plain HTTP on the loopback address alone. @param port 0 takes a free one */
export function serveLoopback(app: WebApp, port: number): Listening {
  const server = Bun.serve({ ...servingOptions(app, 'loopback'), hostname: '127.0.0.1', port });
  return listening(server, `http://localhost:${server.port}`);
}

export function listening(server: Serving, url: string): Listening {
  return {
    url,
    port: server.port ?? 0,
    leave: () => void server.stop(),
    stop: () => server.stop(true),
  };
}

function answer(app: WebApp, door: Door, request: Request, server: Serving): Response | Promise<Response> {
  const connection: Connection = {
    door,
    address: door === 'control' ? 'control' : (server.requestIP(request)?.address ?? 'unknown'),
    upgrade: (asked, data) => server.upgrade(asked, { data }),
    setIdleTimeout: (asked, seconds) => server.timeout(asked, seconds),
  };
  return app.fetch(request, connection);
}

function peerOf(ws: Bun.ServerWebSocket<SocketHandler>): SocketPeer {
  return {
    send: (bytes) => ws.sendBinary(bytes),
    ping: () => void ws.ping(),
    close: (code, reason) => ws.close(code, reason),
  };
}
