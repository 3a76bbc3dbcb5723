/** The serving process of this PC's images: `_serve-images DATA SOCKET CONTROL`. See images/DESIGN.md, "Serving QEMU". */
import { VERSION as version } from './cli/index.ts';
import { NbdServer } from './images/index.ts';
import { jsonLogger } from './node/index.ts';

/** @returns the exit code, when it was told to retire and nobody reads any more */
export async function serveImages([dataDir, socket, control]: readonly string[]): Promise<number> {
  if (dataDir === undefined || socket === undefined || control === undefined) return 2;
  const logger = jsonLogger('info').child({ service: 'serve-images' });
  // Signals that end the node's terminal must not reach guests' disks; it ends when it is told to, or is killed.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});
  const retired = Promise.withResolvers<void>();
  const server = new NbdServer({ dataDir, socket, control, version, logger, onRetired: retired.resolve });
  server.start();
  await retired.promise;
  await server.stop();
  return 0;
}
