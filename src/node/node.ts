/** The node: opens this PC's services in order, introduces them to each other, and is their face to pages and API. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type HostStatus, openHypervisor } from '../hypervisor/index.ts';
import { openImageStore } from '../images/index.ts';
import { type Cloud, CloudMachine, LabmeshError, type Node } from '../state/index.ts';
import { type LocalParts, openAcross, serveAcross } from './across/index.ts';
import { VmAgent } from './agent/vm-agent.ts';
import { makeCloud, watchInitialPassword } from './birth.ts';
import { pcRestartedAt } from './boot.ts';
import { steadyClock } from './clock.ts';
import { openCluster } from './cluster/cluster.ts';
import { openMeter } from './cluster/meter.ts';
import { PROTOCOL } from './cluster/protocol.ts';
import { quorumOf } from './cluster/quorum.ts';
import { leaveOthersOut } from './cluster/restored.ts';
import { type Membership, openMember } from './cluster/services.ts';
import { Standing, whileMember } from './cluster/standing.ts';
import { GuestWindows } from './console.ts';
import { diagnose } from './doctor/diagnose.ts';
import { openDoor, type Submit } from './door.ts';
import { GuestUse } from './guest-use.ts';
import { defaultName, hostCapacity } from './host/facts.ts';
import { hostFacts, hostState } from './host/host-state.ts';
import { LoadSampler } from './host/load.ts';
import { isLocalUserPresent } from './host/local-user.ts';
import { Registration } from './host/registration.ts';
import { openIdentity } from './identity.ts';
import { idFactory } from './ids.ts';
import { deployProgress } from './imaging/deploy-progress.ts';
import { ImageAgent } from './imaging/image-agent.ts';
import { openImageDoor } from './imaging/image-door.ts';
import { ImageFetcher } from './imaging/image-fetcher.ts';
import { ImageKeeper } from './imaging/image-keeper.ts';
import { IMAGES_PATH, imageHandler } from './imaging/image-peers.ts';
import { openStreaming } from './imaging/open-streaming.ts';
import { ownedUploads } from './imaging/owned-uploads.ts';
import { openPartBoard } from './imaging/part-board.ts';
import { Publisher } from './imaging/publisher.ts';
import { lineBytes, rateOf } from './imaging/rates.ts';
import { Repairs } from './imaging/repairs.ts';
import { Scrubber } from './imaging/scrubber.ts';
import type { Load, NodeServices } from './interface.ts';
import { Lifecycle } from './lifecycle.ts';
import type { NodeOptions } from './options.ts';
import { findOrphans, removeOrphan } from './orphans.ts';
import { ProgressBoard } from './progress-board.ts';
import { SchedulerLoop } from './scheduler-loop.ts';
import { loadsOf, openScheduling } from './scheduling.ts';
import { SoftChanges } from './soft-changes.ts';
import { UsageRecorder } from './usage-recorder.ts';
import { WorkAgent } from './work/index.ts';
import { PendingVersions } from './work/pending.ts';

/** More than any PC has; what the log takes. */
const MAX_ADDRESSES = 16;

export interface LabNode extends NodeServices {
  /** The first admin's name and password when this start made the cloud, else null. */
  readonly firstAdmin: { name: string; password: string } | null;
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
  const machine = new CloudMachine();
  const { state } = machine;
  let firstAdmin: LabNode['firstAdmin'] = null;
  const cluster = await openCluster({
    options,
    nodeId,
    machine,
    life,
    now,
    logger,
    name: options.name ?? defaultName(),
    found: async (alone) => {
      clock.atLeast(state.now);
      const propose: Submit = openDoor({
        propose: (command, given) => alone.propose(command, given),
        newId,
        now,
      });
      firstAdmin = await makeCloud({ dataDir, nodeId, machine, submit: propose, newId });
      return existing<Cloud>(state.cloud, 'cloud', '').id;
    },
  });
  clock.atLeast(state.now);
  const { agreement, mesh, bulk } = cluster;
  const onChange = () => soft.tell('node', nodeId);
  const standing = new Standing({ nodeId, machine, agreement, bulk, logger, onChange });
  standing.start();
  life.atEnd(() => standing.stop());
  const retirement = () => standing.retirement();
  const submit = openDoor({ propose: whileMember(cluster.propose, retirement), newId, now });
  life.atEnd(
    watchInitialPassword(dataDir, machine, (error) =>
      logger.warn('a stale password file stays', { error: String(error) }),
    ),
  );
  await leaveOthersOut({ nodeId, peerId: mesh.identity.peerId, state, agreement, submit });
  const cloud = existing<Cloud>(state.cloud, 'cloud', '');
  needSpoken(cloud, state.tables.node.get(nodeId)?.name ?? defaultName());

  // The images on this PC.
  let isUserHere = await isLocalUserPresent();
  const line = await lineBytes();
  const rate = (way: 'up' | 'down') =>
    rateOf(state, way, { hour: new Date(now()).getHours(), isUserHere, lineBytes: line });
  const rates = { up: () => rate('up'), down: () => rate('down') };
  const store = openImageStore({ dataDir, logger, rates });
  const { damaged } = await store.start();
  life.atEnd(() => store.stop());
  const board = new ProgressBoard(now, (id) => soft.tell('operation', id));
  const imageAgent = new ImageAgent({ nodeId, machine, submit, store, board, newId, now, logger });
  await imageAgent.start();
  life.atEnd(() => imageAgent.stop());
  let measured: () => Load | null = () => null;
  const keeper = new ImageKeeper({ nodeId, machine, submit, store, load: () => measured(), now, logger });
  keeper.start();
  life.atEnd(() => keeper.stop());
  let announce = () => {};
  let imageChanged: (versionId: string) => void = () => {};
  const streaming = openStreaming({
    dataDir,
    nodeId,
    state,
    store,
    link: bulk,
    command: options.serveImages,
    version: options.version,
    fetch: (versionId) => fetcher.fetch(versionId),
    onChange: (versionId) => imageChanged(versionId),
    logger: logger.child({ service: 'streaming' }),
  });
  const fetcher = new ImageFetcher({
    nodeId,
    machine,
    submit,
    store,
    link: bulk,
    board,
    parts: openPartBoard(mesh.announcer, nodeId),
    logger,
    onTransfer: (versionId, transfer) => streaming.flows(versionId, transfer),
    onTransfers: () => {
      announce();
      soft.tell('node', nodeId);
    },
    onFailed: (versionId, error) => keeper.fetchFailed(versionId, error),
  });
  fetcher.start();
  life.atEnd(() => fetcher.stop());
  bulk.serve(IMAGES_PATH, imageHandler(store));
  const repairs = new Repairs({ nodeId, machine, submit, store, fetch: (id) => fetcher.fetch(id), logger });
  repairs.start();
  life.atEnd(() => repairs.stop());
  const scrubber = new Scrubber({ machine, store, isUserHere: () => isUserHere, now: Date.now, logger });
  scrubber.start();
  life.atEnd(() => scrubber.stop());

  // This PC as a member: known to the log, with a guest subnet of its own.
  const capacity = await hostCapacity(dataDir);
  let hostStatus: HostStatus | null = options.host ? { state: 'connecting', sinceMs: now() } : null;
  const host = () => hostState(hostStatus, now());
  const registration = new Registration({
    nodeId,
    machine,
    submit,
    name: options.name ?? defaultName(),
    facts: async () => ({
      address: options.address,
      version: options.version,
      capacity,
      ...hostFacts(host()),
      peerId: mesh.identity.peerId,
      meshAddresses: mesh.host.addresses().slice(0, MAX_ADDRESSES),
      protocol: PROTOCOL,
    }),
    logger,
  });
  await registration.introduce();
  life.atEnd(() => registration.stop());
  life.atEnd(mesh.host.onAddresses(() => registration.refresh()));
  const me = existing<Node>(state.tables.node.get(nodeId), 'node', nodeId);

  // Its VMs.
  const hypervisor = openHypervisor({
    ...(options.libvirtSocket === null ? {} : { socket: options.libvirtSocket }),
    cloudId: cloud.id,
    dataDir,
    subnet: me.subnet,
    accel: options.accel,
    logger,
  });
  const unlisten = hypervisor.onStatus((status) => {
    hostStatus = status;
    if (status.state !== 'connecting') registration.refresh();
    soft.tell('node', nodeId);
  });
  life.atEnd(unlisten);
  if (options.host) {
    await hypervisor.start();
    life.atEnd(() => hypervisor.stop());
  } else registration.refresh();
  const workAgent = new WorkAgent({
    nodeId,
    dataDir,
    machine,
    submit,
    hypervisor,
    store,
    fetch: (versionId) => fetcher.fetch(versionId),
    newId,
    now,
    logger,
  });
  const vmAgent = new VmAgent({
    nodeId,
    machine,
    submit,
    hypervisor,
    fetchImage: (versionId) => fetcher.fetch(versionId),
    backingFile: (versionId) => (store.isWhole(versionId) ? store.localPath(versionId) : null),
    stream: streaming.stream,
    work: {
      letGo: (vmId) => workAgent.letGo(vmId),
      prepare: (vm, imageFile) => workAgent.prepare(vm, imageFile),
    },
    pcRestartedAt: await pcRestartedAt(dataDir, now()),
    now,
    logger,
  });
  imageChanged = (versionId) => vmAgent.imageChanged(versionId);
  await streaming.start(options.host);
  life.atEnd(() => streaming.stop());
  vmAgent.start();
  life.atEnd(() => vmAgent.stop());
  workAgent.start();
  life.atEnd(() => workAgent.stop());
  const publisher = new Publisher({
    nodeId,
    machine,
    submit,
    store,
    pending: new PendingVersions(dataDir, 'publishing'),
    hypervisor,
    fetchImage: (versionId) => fetcher.fetch(versionId),
    board,
    now,
    logger,
  });
  publisher.start();
  life.atEnd(() => publisher.stop());

  const meter = openMeter(cluster);
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
  await sampler.start(now);
  life.atEnd(() => sampler.stop());
  const load = () => sampler.latest();
  measured = load;
  const { certificate, onCertificate, ...member } = await openMember({
    options,
    nodeId,
    machine,
    cluster,
    submit,
    soft,
    life,
    newId,
    now,
    logger,
    load,
    versionIds: () =>
      store
        .versions()
        .filter((one) => one.complete)
        .map((one) => one.versionId),
    partIds: () =>
      store
        .versions()
        .filter((one) => !one.complete)
        .map((one) => one.versionId),
    transfers: () => fetcher.transfers(),
    links: () => meter.links(),
    isLocalUserPresent: () => isUserHere,
  });
  announce = member.announce;

  // The master's work, while this node is the master.
  const isMaster = () => agreement.status().role === 'leader';
  const known = { machine, peer: member.peer, now };
  const loads = () => loadsOf(known);
  const scheduler = new SchedulerLoop({ machine, submit, nodeId, isMaster, loads, now, logger });
  scheduler.start();
  life.atEnd(() => scheduler.stop());

  const guestUse = new GuestUse({ nodeId, machine, submit, elapsed: () => performance.now() });
  const usage = new UsageRecorder({
    dir: join(dataDir, 'usage'),
    nodeId,
    cores: cpus().length,
    machine,
    hypervisor,
    load: () => sampler.latest(),
    soft,
    onGuests: (guests) => guestUse.look(guests),
    logger,
  });
  usage.start();
  life.atEnd(() => usage.stop());

  const ownUploads = ownedUploads(store);
  const windows = new GuestWindows(state, hypervisor, now, logger);
  const imageDoor = openImageDoor({
    nodeId,
    state,
    store,
    uploads: ownUploads,
    agent: imageAgent,
    submit,
    mend: (versionId) => repairs.mend(versionId),
    newId,
  });
  const local: LocalParts = {
    nodeId,
    state,
    openConsole: (vmId) => windows.openConsole(vmId),
    serialLog: (vmId, maxBytes) => windows.serialLog(vmId, maxBytes),
    screenshot: (vmId) => windows.screenshot(vmId),
    usage: (subjectId, span) => usage.series(subjectId, span),
    uploads: ownUploads,
    importImage: imageDoor.importImage,
  };
  const waitForApplied = (index: number, timeoutMs: number) => agreement.waitForApplied(index, timeoutMs);
  serveAcross(bulk, local);
  const quorum = () => quorumOf(agreement.status(), (id) => mesh.detector.health(id));
  const damagedVersions = damaged.map((version) => version.versionId);
  return {
    me: { nodeId, name: me.name, version: options.version, startedAt: now() },
    state,
    firstAdmin,
    stop: () => life.end(),
    submit,
    waitForApplied,
    onApplied: (listener) => machine.onApplied(listener),
    onReplaced: (listener) => machine.onRestored(listener),
    newId,
    now,
    quorum,
    retirement,
    peer: member.peer,
    transfers: member.transfers,
    createToken: member.createToken,
    makeMaster: member.makeMaster,
    recover: member.recover,
    ...openScheduling(known),
    doors: { certificate, onCertificate, mesh: member.mesh, bulk: member.bulk },
    host,
    load,
    doctor: () =>
      diagnose({
        dataDir,
        nodeId,
        state,
        store,
        hypervisor,
        damagedVersions,
        host,
        load,
        quorum,
        // The PC's own clock: the node's never goes back, and would hide what is to be found.
        now: Date.now,
      }),
    orphans: () => findOrphans(hypervisor, state, nodeId),
    removeOrphan: (uuid) => removeOrphan(hypervisor, state, nodeId, uuid),
    progress: (operationId) => board.get(operationId) ?? deployProgress(state, operationId, now()),
    onSoftChange: (listener) => soft.on(listener),
    ...imageDoor,
    ...openAcross({ local, link: bulk, waitForApplied }),
    backup: async (path) => {
      await agreement.backup(path);
    },
  };
}

/** A build older than the cloud's level would misread its log (N10). @throws LabmeshError `node.too_old` */
function needSpoken({ level }: Cloud, node: string): void {
  if (PROTOCOL < level) throw new LabmeshError('node.too_old', { node, protocol: PROTOCOL, level });
}

/** What the steps before must have made. */
function existing<T>(value: T | undefined, kind: string, id: string): T {
  if (value === undefined) throw new LabmeshError('not_found', { kind, id });
  return value;
}
