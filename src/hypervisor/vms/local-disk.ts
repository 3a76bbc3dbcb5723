/** What lies here of a VM's disk, and since when: the node decides by it whether it is the newest (R2). */
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeVmFolders } from '../layout.ts';
import type { LocalDisk } from '../types.ts';
import type { VmContext } from './context.ts';

/** Null: nothing of it is here. Needs no libvirt. */
export async function localDisk(
  { layout }: Pick<VmContext, 'layout'>,
  vmId: string,
): Promise<LocalDisk | null> {
  // While its image still comes; a copy of it for afterwards may be half made.
  const streamed = layout.streamDisk(vmId);
  const file = (await stat(streamed).catch(() => null)) === null ? layout.osDisk(vmId) : streamed;
  if ((await stat(file).catch(() => null)) === null) return null;
  const mark = Number(await readFile(layout.homeMark(vmId), 'utf8').catch(() => '0'));
  const layered = (await stat(layout.liveLayer(vmId)).catch(() => null)) !== null;
  return { file, since: Number.isSafeInteger(mark) ? mark : 0, layered };
}

/** Says since which epoch the disks are here; durable before it returns. */
export async function markDisk({ layout }: VmContext, vmId: string, since: number): Promise<void> {
  await writeMark(layout.homeMark(vmId), String(since));
}

/** Makes the VM's folders; where its disk is to be. */
export async function diskFolder(context: VmContext, vmId: string): Promise<string> {
  await makeVmFolders(context.dataDir, context.layout, vmId, context.host().qemu);
  return context.layout.osDisk(vmId);
}

/** Whole or not at all, and there after a power cut. */
export async function writeMark(file: string, text: string): Promise<void> {
  const partial = `${file}.part`;
  await rm(partial, { force: true });
  await synced(partial, 'wx', text);
  await rename(partial, file);
  await synced(dirname(file), 'r', null);
}

async function synced(path: string, flags: string, text: string | null): Promise<void> {
  const handle = await open(path, flags, 0o600);
  try {
    if (text !== null) await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
