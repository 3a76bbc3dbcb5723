/**
 * Where a VM's files are. Two users meet here: the node (root) and QEMU's (libvirt-qemu): folders on the way are
 * passable for all and listable for none (0711), the VM's own are QEMU's alone.
 *
 *     dataDir/vms/<vmId>/os.qcow2 os-stream.qcow2 data.qcow2 seed.iso serial.log     and run/vnc.sock
 *     home (since which epoch the disks are here), and while os.qcow2 is read under a running guest: os.live.qcow2, live-done
 */
import { statSync } from 'node:fs';
import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HypervisorError } from './errors.ts';
import { checkVmId, shortHash } from './names.ts';

/** sun_path holds 108 bytes with its closing zero. */
const socketPathMax = 107;
/** QEMU makes the socket under this name plus nothing; libvirt adds nothing either. */
const socketFile = 'vnc.sock';

export interface Layout {
  vmDir(vmId: string): string;
  osDisk(vmId: string): string;
  /** The overlay while its image is read through a server, as it still comes. */
  streamDisk(vmId: string): string;
  /** Where the guest writes while `osDisk` is frozen to be read. */
  liveLayer(vmId: string): string;
  /** There once `liveLayer` holds nothing that `osDisk` does not. */
  liveDone(vmId: string): string;
  /** Says since which epoch the disks are here. */
  homeMark(vmId: string): string;
  dataDisk(vmId: string): string;
  seed(vmId: string): string;
  serialLog(vmId: string): string;
  runDir(vmId: string): string;
  vncSocket(vmId: string): string;
}

/** `shortDir` (normally /run/labmesh) takes the sockets of a data folder whose path is too long for them. */
export function createLayout(dataDir: string, shortDir: string): Layout {
  const vmDir = (vmId: string) => join(dataDir, 'vms', checkVmId(vmId));
  const runDir = (vmId: string) => {
    const near = join(vmDir(vmId), 'run');
    if (fits(near)) return near;
    const short = join(shortDir, shortHash(dataDir), vmId);
    if (fits(short)) return short;
    throw new HypervisorError('hypervisor.socket_path_long', {
      path: join(short, socketFile),
      limit: socketPathMax,
    });
  };
  return {
    vmDir,
    osDisk: (vmId) => join(vmDir(vmId), 'os.qcow2'),
    streamDisk: (vmId) => join(vmDir(vmId), 'os-stream.qcow2'),
    liveLayer: (vmId) => join(vmDir(vmId), 'os.live.qcow2'),
    liveDone: (vmId) => join(vmDir(vmId), 'live-done'),
    homeMark: (vmId) => join(vmDir(vmId), 'home'),
    dataDisk: (vmId) => join(vmDir(vmId), 'data.qcow2'),
    seed: (vmId) => join(vmDir(vmId), 'seed.iso'),
    serialLog: (vmId) => join(vmDir(vmId), 'serial.log'),
    runDir,
    vncSocket: (vmId) => join(runDir(vmId), socketFile),
  };
}

function fits(runDir: string): boolean {
  return Buffer.byteLength(join(runDir, socketFile)) <= socketPathMax;
}

/** QEMU's user and group in numbers. */
export interface Owner {
  uid: number;
  gid: number;
}

/** Makes a VM's folders with their modes. Repeats do no harm. */
export async function makeVmFolders(
  dataDir: string,
  layout: Layout,
  vmId: string,
  qemu: Owner,
): Promise<void> {
  const run = layout.runDir(vmId);
  for (const dir of [join(dataDir, 'vms'), layout.vmDir(vmId), dirname(run), run]) {
    await mkdir(dir, { recursive: true, mode: 0o711 });
  }
  await passable(dataDir);
  for (const dir of [join(dataDir, 'vms'), layout.vmDir(vmId), dirname(run)]) await chmod(dir, 0o711);
  // QEMU makes its socket here: nobody else may swap it for another.
  await chown(run, qemu.uid, qemu.gid);
  await chmod(run, 0o700);
}

/** Adds "pass through" for all to a folder of ours, and nothing more. */
async function passable(dir: string): Promise<void> {
  const { mode } = await stat(dir);
  if ((mode & 0o111) !== 0o111) await chmod(dir, (mode & 0o7777) | 0o111);
}

/** Throws `path_closed` when QEMU's user cannot get through a folder above `path`. */
export function checkPassable(path: string, qemu: Owner): void {
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    const { mode, uid, gid } = statSync(dir);
    const bit = uid === qemu.uid ? 0o100 : gid === qemu.gid ? 0o010 : 0o001;
    if (qemu.uid !== 0 && (mode & bit) === 0) {
      throw new HypervisorError('hypervisor.path_closed', {
        path,
        at: dir,
        mode: (mode & 0o7777).toString(8),
      });
    }
    if (dir === dirname(dir)) return;
  }
}
