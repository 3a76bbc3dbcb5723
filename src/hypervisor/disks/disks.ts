/** Makes a VM's disks: an overlay over the image, an empty data disk. What is there already is kept. */
import { constants, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HypervisorError } from '../errors.ts';
import type { NbdBacking } from '../types.ts';
import { runTool } from './run-tool.ts';

/** A qcow2 header is written in milliseconds; a disk at its limit of work may take seconds. */
const createDeadlineMs = 30_000;

/** An overlay of `virtualBytes` over a raw image, both named with their format: no header is ever asked (X3). */
export async function ensureOverlay(file: string, image: string | null, virtualBytes: number): Promise<void> {
  if (await exists(file)) return;
  if (image === null) return await create(file, [], virtualBytes);
  const imageBytes = await sizeOfImage(image);
  if (virtualBytes < imageBytes) {
    throw new HypervisorError('hypervisor.disk_too_small', { asked: virtualBytes, image: imageBytes });
  }
  await create(file, ['-b', image, '-F', 'raw'], virtualBytes);
}

/** A new overlay over an image that is read through a server. The server is not asked: a start that has to wait waits later. */
export async function ensureStreamOverlay(
  file: string,
  nbd: NbdBacking,
  virtualBytes: number,
): Promise<void> {
  if (await exists(file)) return;
  await create(file, ['-u', '-b', nbdUri(nbd), '-F', 'raw'], virtualBytes);
}

/** Writes another backing with the same bytes into an overlay's header; nobody may have it open. */
export async function rebase(file: string, backing: string | NbdBacking): Promise<void> {
  const name = typeof backing === 'string' ? backing : nbdUri(backing);
  await runTool(
    ['qemu-img', 'rebase', '-q', '-u', '-f', 'qcow2', '-b', name, '-F', 'raw', '--', file],
    createDeadlineMs,
  );
}

function nbdUri({ socket, name }: NbdBacking): string {
  return `nbd+unix:///${name}?socket=${encodeURIComponent(socket)}`;
}

export async function ensureDataDisk(file: string, bytes: number): Promise<void> {
  if (await exists(file)) return;
  await create(file, [], bytes);
}

/** Whether files here can be opened past the page cache; tmpfs cannot. */
export async function supportsDirectIo(dir: string): Promise<boolean> {
  const probe = join(dir, '.direct-io');
  try {
    const handle = await open(probe, constants.O_CREAT | constants.O_RDWR | constants.O_DIRECT, 0o600);
    await handle.close();
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { force: true });
  }
}

/** Under another name until it is whole: a crash leaves no half disk that the next start would take for real. */
async function create(file: string, backing: string[], bytes: number): Promise<void> {
  const partial = `${file}.part`;
  await rm(partial, { force: true });
  try {
    await runTool(
      ['qemu-img', 'create', '-q', '-f', 'qcow2', ...backing, '--', partial, String(bytes)],
      createDeadlineMs,
    );
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw isFull(error)
      ? new HypervisorError('hypervisor.disk_full', { path: dirname(file) }, { cause: error })
      : error;
  }
}

function isFull(error: unknown): boolean {
  if (!(error instanceof HypervisorError)) return false;
  return 'reason' in error.data && String(error.data.reason).includes('No space left on device');
}

/** Gone, also after a power cut. */
export async function removeDurably(file: string): Promise<void> {
  await rm(file, { force: true });
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}

async function sizeOfImage(image: string): Promise<number> {
  try {
    return (await stat(image)).size;
  } catch (cause) {
    throw new HypervisorError('hypervisor.image_missing', { path: image }, { cause });
  }
}
