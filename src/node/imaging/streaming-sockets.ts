/** Where the serving process listens. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** sun_path holds 108 bytes with its closing zero. */
const SOCKET_PATH_MAX = 107;
const USUAL_RUN_DIR = '/run/labmesh';

export interface ServingSockets {
  /** For QEMU. Its path stands in VMs' descriptions: it stays the same for a data folder. */
  readonly nbd: string;
  /** For the node. */
  readonly control: string;
  /** What the process says. */
  readonly log: string;
}

/** @param runDir takes the sockets of a data folder whose path is too long for them */
export function servingSockets(dataDir: string, runDir = USUAL_RUN_DIR): ServingSockets {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const dirs = [join(dataDir, 'serve'), join(runDir, `serve-${name}`)];
  const dir = dirs.find((one) => Buffer.byteLength(join(one, 'control.sock')) <= SOCKET_PATH_MAX) ?? '';
  return { nbd: join(dir, 'nbd.sock'), control: join(dir, 'control.sock'), log: join(dataDir, 'serve.log') };
}

/** QEMU's user must get through to the socket, and see nothing on its way. */
export async function makeServingFolder({ nbd }: ServingSockets, dataDir: string): Promise<void> {
  await mkdir(dirname(nbd), { recursive: true });
  await chmod(dirname(nbd), 0o711);
  for (const dir of [dirname(dirname(nbd)), dataDir]) {
    const { mode } = await stat(dir);
    if ((mode & 0o111) !== 0o111) await chmod(dir, (mode & 0o7777) | 0o111);
  }
}
