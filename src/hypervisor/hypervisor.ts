/** The VM host of one node: libvirt behind a few verbs. Wires connection, network and the operations on VMs. */
import type { Logger } from '../state/logger.ts';
import { HypervisorError } from './errors.ts';
import { HostConnection } from './host-connection.ts';
import { createLayout } from './layout.ts';
import { bridgeName, vmIdOf } from './names.ts';
import { guardHost, type InHostNetwork } from './network/firewall.ts';
import { ensureNetwork } from './network/network.ts';
import { Queues } from './queues.ts';
import type {
  AccelChoice,
  DomainEvent,
  DomainInfo,
  HostProblem,
  HostStatus,
  LocalDisk,
  VmSpec,
  VmStats,
} from './types.ts';
import type { VmContext } from './vms/context.ts';
import { ensureCreated } from './vms/create.ts';
import { freezeDisk, thawDisk } from './vms/freeze.ts';
import * as lifecycle from './vms/lifecycle.ts';
import { listVms, type MetadataCache } from './vms/list.ts';
import { diskFolder, localDisk, markDisk } from './vms/local-disk.ts';
import * as observe from './vms/observe.ts';
import { removeVm } from './vms/remove.ts';
import { isStreamed, leaveStream } from './vms/stream.ts';
import type { WireEvent } from './wire/events.ts';
import { subnetOf } from './xml/network-xml.ts';

const usualSockets = ['/run/libvirt/libvirt-sock', '/var/run/libvirt/libvirt-sock'];
const usualRunDir = '/run/labmesh';

export interface HypervisorOptions {
  /** libvirtd's socket (default: where distributions put it). */
  socket?: string;
  cloudId: string;
  /** The node's data folder; VMs' files are under `vms/`. An absolute path. */
  dataDir: string;
  /** 0 to 16,383, unique per node: its guests' addresses. */
  subnet: number;
  accel: AccelChoice;
  logger: Logger;
  /** Where sockets go when `dataDir` is too long for them (default /run/labmesh). */
  runDir?: string;
  /** Default /dev/kvm. */
  kvmPath?: string;
  /** For a libvirtd in another network namespace: puts the command into it (default: as it is). */
  inHostNetwork?: InHostNetwork;
}

/**
 * All methods that need libvirt reject with `hypervisor.libvirt_*` or `hypervisor.qemu_missing` while it cannot be
 * used, and with `hypervisor.vm_unknown` for a VM that is not defined here. Operations on one VM queue up.
 */
export interface Hypervisor {
  /** Begins connecting and goes on for ever; never throws because libvirt is missing or broken. */
  start(): Promise<void>;
  /** Disconnects. VMs are not touched. */
  stop(): Promise<void>;
  status(): HostStatus;
  /** Hears every change of status. After a new `ready` ask for `domains()`: events in between were missed. */
  onStatus(listener: (status: HostStatus) => void): () => void;
  /** Hears what happens to VMs of this cloud. Returns a function that ends it. */
  onDomainEvent(listener: (event: DomainEvent) => void): () => void;
  /** Every domain of this libvirt, foreign ones too. */
  domains(): Promise<DomainInfo[]>;
  /** Disks, seed, network, definition with the epoch. Idempotent. */
  ensureCreated(spec: VmSpec): Promise<void>;
  /** Starts it, or goes on from saved memory, or from a pause. Idempotent. */
  startVm(vmId: string): Promise<void>;
  /** Asks the guest to shut down and returns; `stopped` comes as an event if the guest obeys. */
  shutdownVm(vmId: string): Promise<void>;
  /** Cuts the power; saved memory is dropped. Idempotent. */
  forceOffVm(vmId: string): Promise<void>;
  /** Asks the guest to restart. */
  rebootVm(vmId: string): Promise<void>;
  /** The reset button. */
  resetVm(vmId: string): Promise<void>;
  /** Saves memory to disk and ends QEMU. Idempotent. */
  suspendVm(vmId: string): Promise<void>;
  /** Force off, undefine, delete the files that were made for it. Idempotent. */
  removeVm(vmId: string): Promise<void>;
  /** After an I/O error whose cause is gone. */
  resumePaused(vmId: string): Promise<void>;
  /** What is here of the VM's disk; null: nothing. Needs no libvirt. */
  localDisk(vmId: string): Promise<LocalDisk | null>;
  /** Says since which epoch its disks are here. */
  markDisk(vmId: string, since: number): Promise<void>;
  /** Makes the VM's folder; where its disk is to be put. */
  diskFolder(vmId: string): Promise<string>;
  /**
   * Freezes the disk of a running guest, which goes on meanwhile, and returns the file that holds still until `thawDisk`.
   * @throws HypervisorError `hypervisor.vm_not_running`, `hypervisor.disk_busy`
   */
  freezeDisk(vmId: string): Promise<string>;
  /** Ends a freeze, also one that a crash cut off; does nothing when there is none. Idempotent. */
  thawDisk(vmId: string): Promise<void>;
  /** Whether the VM reads its image through a server: now while it runs, or at its next start. False when it is not defined. */
  isStreamed(vmId: string): Promise<boolean>;
  /**
   * Takes the VM from the server to `imageFile`, which is whole now, without a restart. Repeats do no harm and finish what was cut off.
   * @param imageFile null: it is not whole now; only a move that was cut off behind its pivot is finished
   * @returns whether it is there; false: not now (paused, saved, or the copy takes long), look again
   */
  leaveStream(vmId: string, imageFile: string | null): Promise<boolean>;
  /** Running VMs of this cloud. */
  statsAll(): Promise<Map<string, VmStats>>;
  /** The guest's IPv4 address, null while it has none. */
  address(vmId: string): Promise<string | null>;
  /** Path of the VNC server's Unix socket; it exists while the VM runs. */
  vncSocket(vmId: string): string;
  /** Path of the serial console's log (2 MiB at most; older parts are `.0`, `.1`, …). */
  serialLogPath(vmId: string): string;
  /** PNG of the screen, null while the VM is off. */
  screenshot(vmId: string): Promise<Uint8Array | null>;
}

/** Throws `hypervisor.spec` for a subnet or a data folder that cannot be. */
export function openHypervisor(options: HypervisorOptions): Hypervisor {
  const { cloudId, dataDir, logger } = options;
  checkDataDir(dataDir);
  const subnet = subnetOf(options.subnet);
  const layout = createLayout(dataDir, options.runDir ?? usualRunDir);
  const statusListeners = new Set<(status: HostStatus) => void>();
  const eventListeners = new Set<(event: DomainEvent) => void>();
  const metadata: MetadataCache = new Map();
  const queues = new Queues();
  let guardProblem: HostProblem | null = null;
  let guarded = false;

  const status = (): HostStatus => {
    const current = connection.status;
    if (current.state !== 'ready' || guardProblem === null) return current;
    return { ...current, problems: [...current.problems, guardProblem] };
  };
  const tell = () => {
    for (const listener of statusListeners) listener(status());
  };

  const connection = new HostConnection({
    sockets: options.socket === undefined ? usualSockets : [options.socket],
    dataDir,
    accel: options.accel,
    kvmPath: options.kvmPath ?? '/dev/kvm',
    logger,
    onStatus() {
      metadata.clear();
      guarded = false;
      tell();
    },
    onEvent(event: WireEvent) {
      if (event.event === 'defined' || event.event === 'undefined') metadata.delete(event.uuid);
      const vmId = vmIdOf(cloudId, event);
      if (vmId === null) return;
      for (const listener of eventListeners) listener({ vmId, event: event.event, detail: event.detail });
    },
  });

  const inUse = async () => (await observe.statsAll(context)).size > 0;
  const context: VmContext = {
    cloudId,
    dataDir,
    layout,
    logger,
    host: () => connection.ready(),
    network: () =>
      queues.run('network', async () => {
        await ensureNetwork(connection.ready().rpc, cloudId, subnet, inUse);
        if (guarded) return;
        const before = guardProblem;
        guardProblem = await guardProblemOf(cloudId, options.inHostNetwork ?? ((argv) => argv), logger);
        guarded = true;
        if (before?.code !== guardProblem?.code) tell();
      }),
  };

  /** One operation at a time per VM: a removal never meets a start half way. */
  const queued =
    (operation: (context: VmContext, vmId: string) => Promise<void>) =>
    (vmId: string): Promise<void> =>
      queues.run(`vm ${vmId}`, () => operation(context, vmId));

  return {
    async start() {
      connection.start();
    },
    async stop() {
      connection.stop();
    },
    status,
    onStatus: (listener) => subscribe(statusListeners, listener),
    onDomainEvent: (listener) => subscribe(eventListeners, listener),
    domains: () => listVms(context, metadata),
    ensureCreated: (spec) =>
      queues.run(`vm ${spec.vmId}`, async () => {
        await ensureCreated(context, spec);
        metadata.clear();
      }),
    startVm: queued(lifecycle.startVm),
    shutdownVm: queued(lifecycle.shutdownVm),
    forceOffVm: queued(lifecycle.forceOffVm),
    rebootVm: queued(lifecycle.rebootVm),
    resetVm: queued(lifecycle.resetVm),
    suspendVm: queued(lifecycle.suspendVm),
    removeVm: queued(removeVm),
    resumePaused: queued(lifecycle.resumePaused),
    localDisk: (vmId) => localDisk(context, vmId),
    markDisk: (vmId, since) => queues.run(`vm ${vmId}`, () => markDisk(context, vmId, since)),
    diskFolder: (vmId) => diskFolder(context, vmId),
    freezeDisk: (vmId) => queues.run(`vm ${vmId}`, () => freezeDisk(context, vmId)),
    thawDisk: queued(thawDisk),
    isStreamed: (vmId) => isStreamed(context, vmId),
    leaveStream: (vmId, imageFile) => queues.run(`vm ${vmId}`, () => leaveStream(context, vmId, imageFile)),
    statsAll: () => observe.statsAll(context),
    address: (vmId) => observe.addressOf(context, vmId),
    vncSocket: (vmId) => layout.vncSocket(vmId),
    serialLogPath: (vmId) => layout.serialLog(vmId),
    screenshot: (vmId) => observe.screenshot(context, vmId),
  };
}

async function guardProblemOf(
  cloudId: string,
  inHostNetwork: InHostNetwork,
  logger: Logger,
): Promise<HostProblem | null> {
  try {
    await guardHost(bridgeName(cloudId), inHostNetwork);
    return null;
  } catch (error) {
    const reason = error instanceof HypervisorError ? String(error.data.reason ?? error.code) : String(error);
    logger.warn('guests can reach this PC', { reason });
    return { code: 'hypervisor.guests_reach_host', data: { reason } };
  }
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function checkDataDir(dataDir: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (!dataDir.startsWith('/') || /[\u0000-\u001f]/.test(dataDir)) {
    throw new HypervisorError('hypervisor.spec', { field: 'dataDir', reason: 'not an absolute path' });
  }
}
