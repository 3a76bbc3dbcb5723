/** Jobs that bring a disk's layers together while the guest runs: waiting for them, and going over to what they made. */
import { HypervisorError, isLibvirtError } from '../errors.ts';
import { blockJobAbort, blockJobInfo } from '../wire/block-procedures.ts';
import { jobAbortFlags, xmlInactive } from '../wire/constants.ts';
import { getXml } from '../wire/procedures.ts';
import { parseXml, type XmlReader } from '../xml/xml.ts';
import { findDomain, refOf, type VmContext } from './context.ts';

/** Asked for so often while it works: a pivot is due within milliseconds of its being ready. */
const LOOK_EVERY_MS = 50;

/** A disk as the running domain has it. */
export interface LiveDisk {
  /** `vda`, `sda`. */
  readonly target: string;
  /** The layer to which the guest writes. */
  readonly source: string;
  /** A job that mirrors what the guest writes; `ready`: both sides are the same. */
  readonly mirror: { readonly job: string; readonly ready: boolean } | null;
}

/** The disks as the domain uses them now (`active`), or will at its next start. */
export async function disksOf(
  context: VmContext,
  vmId: string,
  when: 'active' | 'next',
): Promise<LiveDisk[]> {
  if ((await findDomain(context, vmId)) === null) return [];
  const flags = when === 'active' ? 0 : xmlInactive;
  const xml = await getXml(context.host().rpc, refOf(context, vmId), flags);
  const disks = parseXml(xml).child('domain').child('devices').children('disk');
  return disks.map((disk) => {
    const source = disk.child('source').attribute('file') ?? '';
    return { target: disk.child('target').attribute('dev') ?? '', source, mirror: mirrorOf(disk) };
  });
}

/** The disk of a running guest whose layers are `files`. */
export async function liveDisk(
  context: VmContext,
  vmId: string,
  files: readonly string[],
): Promise<LiveDisk | undefined> {
  return (await disksOf(context, vmId, 'active')).find(({ source }) => files.includes(source));
}

function mirrorOf(disk: XmlReader): LiveDisk['mirror'] {
  const [mirror] = disk.children('mirror');
  if (!mirror) return null;
  return { job: mirror.attribute('job') ?? 'copy', ready: mirror.attribute('ready') === 'yes' };
}

/**
 * Waits until the job on the disk is ready, goes over to what it made, and waits for its end. `beforePivot` runs once both sides are the same.
 * @throws HypervisorError `hypervisor.block_job_ended` when it ended by itself, `hypervisor.deadline`
 */
export async function pivotWhenReady(
  context: VmContext,
  vmId: string,
  files: readonly string[],
  deadlineMs: number,
  beforePivot: () => Promise<void>,
): Promise<void> {
  const { rpc } = context.host();
  const ref = refOf(context, vmId);
  const until = performance.now() + deadlineMs;
  let pivoted = false;
  while (performance.now() < until) {
    const disk = await liveDisk(context, vmId, files);
    if (!disk?.mirror) {
      if (pivoted) return;
      throw new HypervisorError('hypervisor.block_job_ended', { vmId });
    }
    const info = disk.mirror.ready ? await blockJobInfo(rpc, ref, disk.target) : null;
    if (info && !pivoted && info.cur === info.end) {
      await beforePivot();
      pivoted = await tryPivot(context, vmId, disk.target);
    }
    await Bun.sleep(LOOK_EVERY_MS);
  }
  throw new HypervisorError('hypervisor.deadline', { procedure: 'block job', afterMs: deadlineMs });
}

/** False when the guest wrote so much meanwhile that it is not ready any more. */
async function tryPivot(context: VmContext, vmId: string, target: string): Promise<boolean> {
  try {
    await blockJobAbort(context.host().rpc, refOf(context, vmId), target, jobAbortFlags.pivot);
    return true;
  } catch (error) {
    if (isLibvirtError(error)) {
      context.logger.info('a block job is not ready to pivot', { vm: vmId, error: String(error) });
      return false;
    }
    throw error;
  }
}
