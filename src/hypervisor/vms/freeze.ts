/**
 * A disk that holds still while its guest goes on: what the guest writes goes to a layer above (`os.live.qcow2`), and is written back afterwards.
 * Which files there are says how far it got, so that a crash at any point is healed by the next look (`thawDisk`).
 */
import { access, rm } from 'node:fs/promises';
import { runTool } from '../disks/run-tool.ts';
import { HypervisorError, isLibvirtError } from '../errors.ts';
import { blockCommit, createSnapshot } from '../wire/block-procedures.ts';
import { commitFlags, snapshotFlags } from '../wire/constants.ts';
import { hasManagedSave } from '../wire/procedures.ts';
import { buildXml } from '../xml/xml.ts';
import { disksOf, liveDisk, pivotWhenReady } from './block-jobs.ts';
import { findDomain, isActive, onDomain, refOf, stateOf, type VmContext } from './context.ts';
import { writeMark } from './local-disk.ts';

/** What a guest wrote while its disk was read: some minutes' worth, to a slow disk. */
const COMMIT_MS = 10 * 60_000;
/** While the guest runs, others wait for the VM meanwhile: the job goes on, and the next look waits for it again. */
const COMMIT_LIVE_MS = 60_000;

/**
 * Freezes the disk of a running guest and returns it. The guest's own file systems are flushed first where its agent is there to do so.
 * @throws HypervisorError `hypervisor.vm_not_running`, `hypervisor.disk_busy` while another job works on the disk
 */
export async function freezeDisk(context: VmContext, vmId: string): Promise<string> {
  const { layout } = context;
  const file = layout.osDisk(vmId);
  const state = await stateOf(context, vmId);
  if (state !== 'running') throw new HypervisorError('hypervisor.vm_not_running', { vmId, state });
  await thawDisk(context, vmId);
  const disk = await liveDisk(context, vmId, [file]);
  if (!disk || disk.mirror) throw new HypervisorError('hypervisor.disk_busy', { vmId });
  await rm(layout.liveDone(vmId), { force: true });
  const xml = await snapshotXml(context, vmId, disk.target);
  const flags = snapshotFlags.diskOnly | snapshotFlags.atomic | snapshotFlags.noMetadata;
  const { rpc } = context.host();
  const ref = refOf(context, vmId);
  try {
    await onDomain(vmId, () => createSnapshot(rpc, ref, xml, flags | snapshotFlags.quiesce));
  } catch (error) {
    // No agent, or one that does not answer: as after a power cut, which is what journals are for.
    if (!isLibvirtError(error) || (await exists(layout.liveLayer(vmId)))) throw error;
    await onDomain(vmId, () => createSnapshot(rpc, ref, xml, flags));
  }
  return file;
}

/** Brings the layers together again, whatever was cut off. Does nothing when there is but one, or while saved memory refers to both. */
export async function thawDisk(context: VmContext, vmId: string): Promise<void> {
  const { layout } = context;
  const live = layout.liveLayer(vmId);
  if (!(await exists(live))) {
    await rm(layout.liveDone(vmId), { force: true });
    return;
  }
  const isDefined = (await findDomain(context, vmId)) !== null;
  if (isDefined && isActive(await stateOf(context, vmId))) await commitLive(context, vmId);
  else if (isDefined && (await hasManagedSave(context.host().rpc, refOf(context, vmId)))) return;
  else if (await isNeeded(context, vmId)) await commitOff(context, vmId);
  await rm(live, { force: true });
  await rm(layout.liveDone(vmId), { force: true });
}

async function commitLive(context: VmContext, vmId: string): Promise<void> {
  const { layout } = context;
  const files = [layout.liveLayer(vmId), layout.osDisk(vmId)];
  const disk = await liveDisk(context, vmId, files);
  // The guest writes to the lower one already: the pivot was done, only the layer was not cleared away.
  if (disk?.source !== layout.liveLayer(vmId)) return;
  if (!disk.mirror) {
    const flags = commitFlags.active | commitFlags.shallow;
    const { rpc } = context.host();
    await onDomain(vmId, () =>
      blockCommit(rpc, refOf(context, vmId), disk.target, layout.osDisk(vmId), flags),
    );
  }
  await pivotWhenReady(context, vmId, files, COMMIT_LIVE_MS, () => writeMark(layout.liveDone(vmId), ''));
}

/** With nobody running on it, the upper layer counts as long as the domain names it, or nothing says that it was written back. */
async function isNeeded(context: VmContext, vmId: string): Promise<boolean> {
  const { layout } = context;
  const disks = await disksOf(context, vmId, 'next');
  return (
    disks.some(({ source }) => source === layout.liveLayer(vmId)) || !(await exists(layout.liveDone(vmId)))
  );
}

/** Once more does no harm: the upper layer's bytes are the same. */
async function commitOff(context: VmContext, vmId: string): Promise<void> {
  const { layout } = context;
  await runTool(['qemu-img', 'commit', '-q', '-f', 'qcow2', '-d', layout.liveLayer(vmId)], COMMIT_MS);
}

async function snapshotXml(context: VmContext, vmId: string, target: string): Promise<string> {
  const disks = await disksOf(context, vmId, 'active');
  const frozen = {
    '@name': target,
    '@snapshot': 'external',
    driver: { '@type': 'qcow2' },
    source: { '@file': context.layout.liveLayer(vmId) },
  };
  const others = disks
    .filter((disk) => disk.target !== target)
    .map((disk) => ({ '@name': disk.target, '@snapshot': 'no' }));
  return buildXml({ domainsnapshot: { disks: { disk: [frozen, ...others] } } });
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
