/** This node's part in the cloud's agreement and mesh, opened in order: the log, the cloud it is of, the mesh, the doors. */
import { join } from 'node:path';
import { type MeshedAgreement, openMeshedAgreement } from '../../election/index.ts';
import { type Mesh, openMesh, parseToken } from '../../gossip/index.ts';
import type { CloudMachine, Logger, Outcome } from '../../state/index.ts';
import { NodeError } from '../errors.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { NodeOptions } from '../options.ts';
import { BulkDoor } from './bulk.ts';
import { knock, needsJoin } from './join.ts';
import { ClusterMembership } from './membership.ts';
import { openProposer, type Propose } from './propose.ts';
import { isMajorityDead } from './quorum.ts';
import { whyNot } from './standing.ts';
import { LogTransport } from './transport.ts';
import { joinedCloud } from './welcome.ts';

/** A newcomer's copy of the log is some megabytes from the next PC; a cloud that is just electing takes seconds. */
const FIRST_COPY_MS = 60_000;
const LOOK_EVERY_MS = 50;
/** An heir is in step within a heartbeat; without it the others elect, which takes as long. */
const HAND_OVER_MS = 2_000;

export interface Cluster {
  readonly agreement: MeshedAgreement<Outcome>;
  readonly mesh: Mesh;
  readonly bulk: BulkDoor;
  readonly propose: Propose;
}

export interface ClusterParts {
  readonly options: NodeOptions;
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly life: Lifecycle;
  readonly now: () => number;
  readonly logger: Logger;
  /** What the PC is called until the log says otherwise. */
  readonly name: string;
  /** Makes the cloud, if this node is its first. @returns the cloud's id */
  readonly found: (agreement: MeshedAgreement<Outcome>) => Promise<string>;
}

/**
 * @throws ElectionError `log.*`; GossipError `mesh.listen`, `mesh.identity_damaged`, `join.*`; NodeError `node.other_cloud`, `node.no_copy`
 */
export async function openCluster(parts: ClusterParts): Promise<Cluster> {
  const { options, nodeId, machine, life, now, logger, name } = parts;
  const { dataDir } = options;
  const token = options.token === null ? null : parseToken(options.token);
  const joins = token !== null && (await needsJoin(dataDir, token));
  const joined = joins ? null : await joinedCloud(dataDir);

  const transport = new LogTransport();
  const agreement = openMeshedAgreement<Outcome>({
    dir: join(dataDir, 'log'),
    nodeId,
    machine,
    logger,
    clock: now,
    transport,
    joins: joins || joined !== null,
  });
  // A newcomer opens its log only once it is let in: refused, it leaves nothing behind.
  if (!joins) await startLog(agreement, life);
  const founded = joins || joined !== null ? null : await parts.found(agreement);
  const cloudId = token?.cloudId ?? joined?.cloudId ?? founded ?? '';

  const membership = new ClusterMembership(machine, joined?.members ?? []);
  life.atEnd(() => membership.close());
  const mesh = await openMesh({
    nodeId,
    cloudId,
    dataDir,
    membership,
    listen: [listenAt(options.mesh)],
    logger,
    mdns: options.mdns,
    clock: now,
  });
  const { peerId } = mesh.identity;
  membership.introduce({ nodeId, peerId, addresses: [] });
  const bulk = new BulkDoor({
    nodeId,
    cloudId,
    listen: options.bulk,
    advertise: options.address,
    mesh,
    hostOf: (id) => machine.state.tables.node.get(id)?.address ?? null,
    logger,
    clock: now,
    whyNot: (key) => whyNot(machine, key),
  });
  await transport.attach(mesh, bulk, logger, now);
  life.atEnd(mesh.detector.onChange(({ nodeId: id, health }) => void (health === 'dead' && bulk.lost(id))));
  const propose = openProposer({
    nodeId,
    agreement,
    rpc: mesh.rpc,
    isMajorityDead: () => isMajorityDead(agreement.status(), (id) => mesh.detector.health(id)),
    now,
  });
  await mesh.start();
  life.atEnd(async () => {
    transport.stop();
    await bulk.stop();
    await mesh.stop();
  });
  if (joins && token !== null) {
    const welcome = await knock({ token, mesh, dataDir, nodeId, name, version: options.version, now });
    membership.welcome(welcome.members);
    await startLog(agreement, life);
  }
  if (machine.state.cloud === undefined) await firstCopy(machine);
  life.atEnd(() => handOver(agreement)); // before the mesh ends
  return { agreement, mesh, bulk, propose };
}

async function startLog(agreement: MeshedAgreement<Outcome>, life: Lifecycle): Promise<void> {
  await agreement.start();
  life.atEnd(() => agreement.stop());
}

/** A master that ends in order gives its role away first: nobody waits for an election. */
async function handOver(agreement: MeshedAgreement<Outcome>): Promise<void> {
  const { role, nodeId, alive } = agreement.status();
  const heir = alive.find((id) => id !== nodeId);
  if (role !== 'leader' || heir === undefined) return;
  await agreement.transfer(heir, { timeoutMs: HAND_OVER_MS }).catch(() => {}); // then they elect
}

/** Until the log says of which cloud this node is. */
async function firstCopy(machine: CloudMachine): Promise<void> {
  const ends = performance.now() + FIRST_COPY_MS;
  while (machine.state.cloud === undefined) {
    if (performance.now() > ends) throw new NodeError('node.no_copy', { seconds: FIRST_COPY_MS / 1000 });
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

function listenAt({ host, port }: { host: string; port: number }): string {
  return `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}`;
}
