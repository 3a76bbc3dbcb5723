/** Removes a VM and the files that were made for it, and nothing else. */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isLibvirtError } from '../errors.ts';
import { errorNumber } from '../wire/constants.ts';
import { undefineDomain } from '../wire/procedures.ts';
import { findDomain, refOf, type VmContext } from './context.ts';
import { forceOffVm } from './lifecycle.ts';

/** serial.log, and what virtlogd keeps of it: serial.log.0, … */
const ownFiles =
  /^(os|os-stream|data)\.qcow2(\.part)?$|^os\.live\.qcow2$|^(live-done|home)(\.part)?$|^seed\.iso(\.part)?$|^serial\.log(\.\d+)?$|^\.direct-io$/;
const runFiles = /^vnc\.sock$/;

/** Idempotent: a VM that is gone already only has its left-over files removed. */
export async function removeVm(context: VmContext, vmId: string): Promise<void> {
  const { rpc } = context.host();
  if ((await findDomain(context, vmId)) !== null) {
    await forceOffVm(context, vmId);
    await undefineDomain(rpc, refOf(context, vmId)).catch((error) => {
      if (!isLibvirtError(error, errorNumber.noDomain)) throw error;
    });
  }
  await emptyFolder(context.layout.runDir(vmId), runFiles);
  await emptyFolder(context.layout.vmDir(vmId), ownFiles);
}

/** Removes the files of ours and then the folder, which stays when somebody put something else into it. */
async function emptyFolder(dir: string, ours: RegExp): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  for (const name of names.filter((candidate) => ours.test(candidate)))
    await rm(join(dir, name), { force: true });
  await rmdir(dir).catch(() => {});
}
