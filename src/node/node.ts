/** How a node is put together: this PC's services, opened in order and introduced to each other. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { FirstAdmin } from './birth.ts';
import { steadyClock } from './clock.ts';
import { type Membership, openMember } from './cluster/member.ts';
import { openMeter } from './cluster/meter.ts';
import { openLog } from './cluster/open-log.ts';
import { openFace } from './face.ts';
import { GuestUse } from './guest-use.ts';
import { LoadSampler } from './host/load.ts';
import { isLocalUserPresent } from './host/local-user.ts';
import { openHost } from './host/open-host.ts';
import { openIdentity } from './identity.ts';
import { idFactory } from './ids.ts';
import { openImaging } from './imaging/open-imaging.ts';
import type { NodeServices } from './interface.ts';
import { Lifecycle } from './lifecycle.ts';
import { openVms } from './open-vms.ts';
import type { NodeOptions } from './options.ts';
import type { NodeParts } from './parts.ts';
import { SchedulerLoop } from './scheduler-loop.ts';
import { loadsOf } from './scheduling.ts';
import { SoftChanges } from './soft-changes.ts';
import { UsageRecorder } from './usage-recorder.ts';

export interface LabNode extends NodeServices {
  /** The first admin's name and password when this start made the cloud, else null. */
  readonly firstAdmin: FirstAdmin | null;
  /** Where others reach this node beside the page, and what the page's HTTPS shows. */
  readonly doors: Pick<Membership, 'certificate' | 'onCertificate' | 'mesh' | 'bulk'>;
  /** Ends the services in reverse order; VMs go on. */
  stop(): Promise<void>;
}

/**
 * Opens a node on its data folder: log, state, images, hypervisor, agents.
 * @throws NodeError `node.data_dir`, `node.identity_damaged`; ElectionError `log.in_use`, `log.damaged`, `log.disk_full`
 */
export async function openNode(options: NodeOptions): Promise<LabNode> {
  const life = new Lifecycle();
  try {
    return await open(options, life);
  } catch (error) {
    await life.end();
    throw error;
  }
}

async function open(options: NodeOptions, life: Lifecycle): Promise<LabNode> {
  const { dataDir, logger } = options;
  const clock = steadyClock();
  const { now } = clock;
  const newId = idFactory(now);
  const soft = new SoftChanges();
  const { nodeId } = await openIdentity(dataDir, newId, now());

  // The log and what it says.
  const log = await openLog({ options, nodeId, clock, newId, soft, life });
  const { machine, cluster, submit } = log;
  const parts: NodeParts = { options, nodeId, machine, submit, soft, life, newId, now, logger };

  // The images on this PC. Some of its agents ask and tell what is opened only below.
  let isUserHere = await isLocalUserPresent();
  let announce = () => {};
  const sampler = new LoadSampler(
    dataDir,
    async () => {
      soft.tell('node', nodeId);
      void meter.measureNext();
      isUserHere = await isLocalUserPresent();
      announce();
    },
    logger,
  );
  const load = () => sampler.latest();
  const imaging = await openImaging({
    ...parts,
    cluster,
    load,
    isUserHere: () => isUserHere,
    onTransfers: () => {
      announce();
      soft.tell('node', nodeId);
    },
  });
  const { store, fetcher } = imaging;

  // This PC in the log, and the VMs on it.
  const host = await openHost({ ...parts, cloud: log.cloud, mesh: cluster.mesh });
  const { hypervisor } = host;
  await openVms({ ...parts, imaging, hypervisor });

  // What it tells the others of itself, and what they tell.
  const meter = openMeter(cluster);
  await sampler.start(now);
  life.atEnd(() => sampler.stop());
  const versionIds = (whole: boolean) =>
    store
      .versions()
      .filter((one) => one.complete === whole)
      .map((one) => one.versionId);
  const member = await openMember({
    ...parts,
    cluster,
    load,
    versionIds: () => versionIds(true),
    partIds: () => versionIds(false),
    transfers: () => fetcher.transfers(),
    links: () => meter.links(),
    isLocalUserPresent: () => isUserHere,
  });
  announce = member.announce;

  // The master's work, while this node is the master.
  const isMaster = () => cluster.agreement.status().role === 'leader';
  const loads = () => loadsOf({ machine, peer: member.peer });
  life.run(new SchedulerLoop({ machine, submit, nodeId, isMaster, loads, now, logger }));

  // The use of this PC and its VMs.
  const guestUse = new GuestUse({ nodeId, machine, submit, elapsed: () => performance.now() });
  const usage = new UsageRecorder({
    dir: join(dataDir, 'usage'),
    nodeId,
    cores: cpus().length,
    machine,
    hypervisor,
    load,
    soft,
    onGuests: (guests) => guestUse.look(guests),
    logger,
  });
  life.run(usage);

  const { certificate, onCertificate, mesh, bulk } = member;
  return {
    ...openFace({ ...parts, log, imaging, host, load, usage, member }),
    firstAdmin: log.firstAdmin,
    doors: { certificate, onCertificate, mesh, bulk },
    stop: () => life.end(),
  };
}
