/** Opens the doors of the web: HTTPS for the network, plain HTTP for this PC, the control socket for root. */
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ServerCertificate } from './certificate.ts';
import type { WebApp } from './env.ts';
import { WebError } from './errors.ts';
import { type Listening, listening, serveLoopback, servingOptions } from './serve.ts';

export interface StartOptions {
  readonly app: WebApp;
  /** Where the network finds the page. Port 0 takes a free one. */
  readonly web: { readonly host: string; readonly port: number };
  /** Port of the plain page on the loopback address; 0 takes a free one. */
  readonly localHttp: number | 'off';
  /** Path of the control socket. Its folder is made with mode 0700 where it is not there. */
  readonly control: string;
  readonly tls: ServerCertificate;
  /** The host of the address that is told to people. Default: the one listened on, or localhost for all addresses. */
  readonly advertise?: string;
}

export interface WebServer {
  /** `https://host:port`. */
  readonly web: string;
  readonly webPort: number;
  /** `http://localhost:port`; null when it is off. */
  readonly local: string | null;
  readonly control: string;
  /**
   * Shows another certificate to whoever connects from now on, on the same port; open connections stay as they are.
   * @throws WebError `web.certificate` when it cannot be used; the one before stays then
   */
  renew(tls: ServerCertificate): Promise<void>;
  /** Closes every door at once; open connections end. */
  stop(): Promise<void>;
}

/** How long to ask an old control socket whether anybody is behind it: the same PC answers in microseconds. */
const PROBE_MS = 2_000;
/** sun_path holds 108 bytes, the last of which ends it (unix(7)). */
const MAX_SOCKET_PATH = 107;

/**
 * Opens all doors or none.
 * @throws WebError `web.port_taken`, `web.port_privileged`, `web.address_unknown`, `web.socket_taken`, `web.certificate`, `web.listen_failed`
 */
export async function startWebServer(options: StartOptions): Promise<WebServer> {
  const { app, web, localHttp, control } = options;
  const opened: Listening[] = [];
  try {
    opened.push(await openControl(app, control));
    let network = listen(web.host, web.port, () => openNetwork(options));
    opened.push(network);
    let shown = options.tls;
    const reopen = (tls: ServerCertificate) => {
      const again = { ...options, tls, web: { host: web.host, port: network.port } };
      network = listen(web.host, network.port, () => openNetwork(again));
      opened.push(network);
      shown = tls;
    };
    const local =
      localHttp === 'off' ? null : listen('127.0.0.1', localHttp, () => serveLoopback(app, localHttp));
    if (local) opened.push(local);
    return {
      web: network.url,
      webPort: network.port,
      local: local?.url ?? null,
      control,
      renew: async (tls) => {
        // Bun's `reload` leaves TLS as it is (oven-sh/bun#43815), so the port changes hands: nobody listens for an instant.
        network.leave();
        try {
          reopen(tls);
        } catch (error) {
          reopen(shown);
          throw error;
        }
      },
      stop: async () => {
        await Promise.all(opened.map((one) => one.stop()));
        await rm(control, { force: true });
      },
    };
  } catch (error) {
    await Promise.all(opened.map((one) => one.stop()));
    throw error;
  }
}

function openNetwork({ app, web, tls, advertise }: StartOptions): Listening {
  const server = Bun.serve({
    ...servingOptions(app, 'https'),
    hostname: web.host,
    port: web.port,
    tls: { cert: tls.cert, key: tls.key },
  });
  const everywhere = web.host === '0.0.0.0' || web.host === '::';
  const host = advertise ?? (everywhere ? 'localhost' : web.host);
  return listening(server, `https://${host.includes(':') ? `[${host}]` : host}:${server.port}`);
}

/** Whoever can open the socket acts as admin, so only the node's own user can. */
async function openControl(app: WebApp, path: string): Promise<Listening> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw new WebError('web.listen_failed', { host: path, port: 0, reason: 'ENAMETOOLONG' });
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await clearLeftOver(path);
  // Between bind and chmod the file would be open to others: the mask closes it from the first moment.
  const mask = process.umask(0o177);
  try {
    const server = listen(path, 0, () => {
      const { idleTimeout: _, ...served } = servingOptions(app, 'control');
      return listening(Bun.serve({ ...served, unix: path }), path);
    });
    await chmod(path, 0o600);
    return server;
  } finally {
    process.umask(mask);
  }
}

/** A socket file that nobody listens on is left from a node that was killed. @throws WebError `web.socket_taken` */
async function clearLeftOver(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (!found) return;
  // Anything but a socket is not ours to remove.
  if (!found.isSocket() || (await isAnswered(path))) throw new WebError('web.socket_taken', { path });
  await rm(path);
}

async function isAnswered(path: string): Promise<boolean> {
  try {
    await fetch('http://localhost/api/v1/me', { unix: path, signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch (error) {
    // One that accepts and says nothing is there all the same.
    return error instanceof Error && error.name === 'TimeoutError';
  }
}

function listen(host: string, port: number, open: () => Listening): Listening {
  try {
    return open();
  } catch (error) {
    throw listenError(error, host, port);
  }
}

function listenError(error: unknown, host: string, port: number): WebError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE') return new WebError('web.port_taken', { host, port }, { cause: error });
  if (code === 'EACCES') return new WebError('web.port_privileged', { host, port }, { cause: error });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new WebError('web.address_unknown', { host, port }, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  if (/certificate|key|PEM|TLS|SSL/i.test(reason)) {
    return new WebError('web.certificate', { path: host, reason }, { cause: error });
  }
  return new WebError('web.listen_failed', { host, port, reason: code || reason }, { cause: error });
}
