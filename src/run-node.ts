/** `labmesh up`: wires this PC's services in order, top to bottom, and runs them until a signal ends them. */
import { join } from 'node:path';
import { type UpOptions, VERSION as version } from './cli/index.ts';
import {
  jsonLogger,
  openNode,
  ownAddresses,
  removeRunFile,
  terminalLogger,
  writeRunFile,
} from './node/index.ts';

import {
  createWebApp,
  providedCertificate,
  type ServerCertificate,
  startWebServer,
  watchProvided,
} from './web/index.ts';

/** @returns the exit code @throws LabmeshError when a service cannot start; those before it are ended again */
export async function runNode(options: UpOptions, token: string | null = null): Promise<number> {
  const logger = process.stderr.isTTY ? terminalLogger() : jsonLogger('info');
  const address = options.advertise ?? ownAddress();
  const ended = signalled();
  const provided = options.tls && (await providedCertificate(options.tls, Date.now()));

  const node = await openNode({
    dataDir: options.data,
    name: options.name,
    address,
    token,
    mesh: options.mesh,
    bulk: options.bulk,
    join: options.join,
    mdns: options.mdns,
    libvirtSocket: options.libvirt,
    accel: options.accel,
    host: !options.noHost,
    version,
    serveImages: [...selfCommand(), '_serve-images'],
    logger,
  });
  const stopping = new AbortController();
  try {
    const server = await startWebServer({
      app: createWebApp(node, { logger, stopping: stopping.signal }),
      control: join(options.data, 'control.sock'),
      web: options.web,
      localHttp: options.localHttp ?? 'off',
      tls: provided ?? node.doors.certificate(),
      advertise: address,
    });
    const keptFormer = (error: unknown) =>
      logger.warn('the page goes on with its former certificate', { error: String(error) });
    const renew = (certificate: ServerCertificate) => void server.renew(certificate).catch(keptFormer);
    const { signal } = stopping;
    if (options.tls && provided)
      watchProvided({ files: options.tls, shown: provided, onNew: renew, onFault: keptFormer, signal });
    else node.doors.onCertificate(renew);
    try {
      const { nodeId, name } = node.me;
      const { web, local } = server;
      const run = {
        pid: process.pid,
        nodeId,
        name,
        version,
        web,
        local,
        mesh: node.doors.mesh,
        bulk: node.doors.bulk(),
        ready: true,
      } as const;
      await writeRunFile(options.data, run);
      greet(web, local, node.firstAdmin);
      logger.info('ready', { ...run, signal: undefined });
      const signal = await ended;
      logger.info('stopping', { signal });
      await removeRunFile(options.data);
    } finally {
      stopping.abort(); // open screens and event streams are told why they end
      await server.stop();
    }
  } finally {
    await node.stop();
  }
  return 0;
}

/** How this program is started again: the binary carries its code, in development the interpreter is told which file. */
function selfCommand(): string[] {
  const isBinary = Bun.main.startsWith('/$bunfs/');
  return isBinary ? [process.execPath] : [process.execPath, Bun.main];
}

/** What a person at the terminal needs next. The password is shown this once. */
function greet(web: string, local: string | null, admin: { name: string; password: string } | null): void {
  const lines = [`labmesh is ready: ${local ?? web}`];
  if (local !== null) lines.push(`From other PCs:   ${web}`);
  if (admin)
    lines.push(
      `Sign in as ${admin.name} with the password ${admin.password} (shown this once; you choose your own then).`,
    );
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Resolves with the first signal that asks for an orderly end; a second one ends the process at once. */
function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const hear = (signal: NodeJS.Signals) => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear);
  });
}

/** The first address of this PC that others could reach; the loopback address where it has no network. */
function ownAddress(): string {
  return ownAddresses().find((one) => one.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';
}
