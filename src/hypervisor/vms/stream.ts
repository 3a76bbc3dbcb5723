/** VMs whose image is read through a server while it comes, and how they leave it for the file. */
import { rm } from 'node:fs/promises';
import { ensureOverlay, exists, removeDurably } from '../disks/disks.ts';
import { ensureOsDisk } from '../disks/os-disk.ts';
import { HypervisorError } from '../errors.ts';
import { blockCopy, blockJobInfo } from '../wire/block-procedures.ts';
import { blockCopyFlags, xmlInactive } from '../wire/constants.ts';
import * as libvirt from '../wire/procedures.ts';
import { copyNode } from '../xml/domain-disks.ts';
import { type OsDiskSource, readOsDisk } from '../xml/os-disk.ts';
import { buildXml, parseXml } from '../xml/xml.ts';
import { pivotWhenReady } from './block-jobs.ts';
import { findDomain, isActive, onDomain, refOf, stateOf, type VmContext } from './context.ts';
import { isReadable } from './create.ts';

/** A copy takes as long as what the guest wrote so far: tenths of a second as a rule. One that takes longer is looked at again later. */
const copyWaitMs = 20_000;

/** Whether the VM reads its image through a server: now while it runs, or at its next start. */
export async function isStreamed(context: VmContext, vmId: string): Promise<boolean> {
  return ((await osDiskOf(context, vmId))?.nbd ?? null) !== null;
}

/**
 * Takes the VM from the server to the file, which is whole now. Repeats do no harm and finish what was cut off.
 * @param image null: it is not whole now; only a move that was cut off behind its pivot is finished
 * @returns whether it is there; false: not now (paused, saved, or the copy takes long), look again
 */
export async function leaveStream(context: VmContext, vmId: string, image: string | null): Promise<boolean> {
  const disk = await osDiskOf(context, vmId);
  if (disk === null) return true;
  const { layout } = context;
  const [file, other] = [layout.osDisk(vmId), layout.streamDisk(vmId)];
  if (disk.nbd === null) {
    if (disk.file === file && (await exists(other))) await removeDurably(other);
    return true;
  }
  if (image === null) return false;
  const state = await stateOf(context, vmId);
  if (!isActive(state)) {
    // What was saved holds on to the disk as it was: it leaves the server once it runs again.
    if (await libvirt.hasManagedSave(context.host().rpc, refOf(context, vmId))) return false;
    if (await exists(other))
      await ensureOsDisk({ file, other, defined: disk.file, image, nbd: null, virtualBytes: 0 });
    return true;
  }
  if (state !== 'running') return false;
  const job = await onDomain(vmId, () => blockJobInfo(context.host().rpc, refOf(context, vmId), disk.device));
  if (job === null) await beginCopy(context, vmId, disk, image);
  return (await goOver(context, vmId)) && !(await isStreamed(context, vmId));
}

/** The disk of the running VM, else of its definition; null when there is no such VM. */
async function osDiskOf(context: VmContext, vmId: string): Promise<OsDiskSource | null> {
  const domain = await findDomain(context, vmId);
  if (domain === null) return null;
  const flags = isActive(await stateOf(context, vmId)) ? 0 : xmlInactive;
  const xml = await onDomain(vmId, () => libvirt.getXml(context.host().rpc, domain, flags));
  return readOsDisk(parseXml(xml).child('domain'));
}

async function beginCopy(context: VmContext, vmId: string, { device }: OsDiskSource, image: string) {
  const { rpc, qemu } = context.host();
  const ref = refOf(context, vmId);
  const target = context.layout.osDisk(vmId);
  // Of a copy that ended early: the VM does not use it.
  await rm(target, { force: true });
  const { capacity } = await onDomain(vmId, () => libvirt.getBlockInfo(rpc, ref, device));
  await ensureOverlay(target, image, capacity);
  const xml = buildXml({ disk: copyNode(target, image, await isReadable(image, qemu)) });
  const { shallow, reuseExternal, transientJob } = blockCopyFlags;
  const flags = shallow | reuseExternal | transientJob;
  await onDomain(vmId, () => blockCopy(rpc, ref, device, xml, flags));
}

/**
 * Goes over to the copy once it is whole. The guest stands still for the moment in which libvirt writes down which overlay is the true one:
 * were the PC to lose power just then, both hold the same. It goes on only when the other is gone: who finds both may take either.
 * False when the copy is not whole yet, or failed as when the server was away.
 */
async function goOver(context: VmContext, vmId: string): Promise<boolean> {
  const { rpc } = context.host();
  const { layout } = context;
  const ref = refOf(context, vmId);
  let isPaused = false;
  try {
    await pivotWhenReady(
      context,
      vmId,
      [layout.streamDisk(vmId), layout.osDisk(vmId)],
      copyWaitMs,
      async () => {
        // Refused although the guest stands still: libvirt fell in an earlier pivot, and takes it for under way until the VM is off.
        if (isPaused) throw new HypervisorError('hypervisor.block_job_ended', { vmId });
        isPaused = true;
        await onDomain(vmId, () => libvirt.pauseDomain(rpc, ref));
      },
    );
    await removeDurably(layout.streamDisk(vmId));
    return true;
  } catch (error) {
    const isLater =
      error instanceof HypervisorError &&
      (error.code === 'hypervisor.block_job_ended' || error.code === 'hypervisor.deadline');
    if (!isLater) throw error;
    return false;
  } finally {
    if (isPaused) await onDomain(vmId, () => libvirt.resumeDomain(rpc, ref));
  }
}
