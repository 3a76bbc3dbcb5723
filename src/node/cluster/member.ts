/** What a node does as a member: keeps its certificate, announces itself, lets newcomers in, and, as the master, keeps the list. */
import { isIP } from 'node:net';
import { LabmeshError } from '../../state/index.ts';
import { type Authority, type NodeCertificate, openAuthority } from '../authority/index.ts';
import type { Link, Load, NodeServices, TransferFacts } from '../interface.ts';
import type { NodeParts } from '../parts.ts';
import { Admission } from './admission.ts';
import { Announcements } from './announcements.ts';
import type { Cluster } from './cluster.ts';
import { Credentials } from './credentials.ts';
import { MasterLoop } from './master.ts';

/** A newcomer's certificate comes from the master, whose election may be under way. */
const CERTIFICATE_MS = 30_000;
const MAKE_MASTER_MS = 5_000;

export interface MemberParts extends NodeParts {
  readonly cluster: Cluster;
  readonly load: () => Load | null;
  readonly versionIds: () => readonly string[];
  readonly partIds: () => readonly string[];
  readonly transfers: () => readonly TransferFacts[];
  readonly links: () => readonly Link[];
  readonly isLocalUserPresent: () => boolean;
}

export interface Membership
  extends Pick<NodeServices, 'peer' | 'transfers' | 'createToken' | 'makeMaster' | 'recover'> {
  /** What the page's HTTPS shows. */
  certificate(): NodeCertificate;
  onCertificate(listener: (certificate: NodeCertificate) => void): void;
  /** Where others reach this node's doors, as it tells them. */
  readonly mesh: string;
  bulk(): string | null;
  /** Something that this PC announces may have changed. */
  announce(): void;
}

/** @throws NodeError `authority.*` */
export async function openMember(parts: MemberParts): Promise<Membership> {
  const { options, nodeId, machine, cluster, submit, life, newId, now, logger } = parts;
  const { agreement, mesh, bulk } = cluster;
  const { state } = machine;
  const cloud = state.cloud;
  if (cloud === undefined) throw new LabmeshError('not_found', { kind: 'cloud', id: '' });
  const authority = await openAuthority({
    dataDir: options.dataDir,
    nodeId,
    cloudName: cloud.name,
    names: [options.address],
    now,
    logger,
  });
  const listeners = new Set<(certificate: NodeCertificate) => void>();
  const use = async () => {
    const current = authority.current();
    if (current === null) return;
    const { cert, key, authority: trusted } = current;
    await bulk.use({ certificate: cert, key, authority: trusted });
    announcements.refresh();
    for (const listener of listeners) listener(current);
  };
  const announcements = new Announcements({
    ...parts,
    version: options.version,
    mesh,
    state,
    bulk: () => bulk.address,
  });
  const credentials = new Credentials({
    nodeId,
    authority,
    machine,
    agreement,
    rpc: mesh.rpc,
    submit,
    logger,
    onRenewed: use,
  });
  if (authority.current() !== null) await use();
  life.run(credentials);
  await certified(authority);
  if (bulk.address === null) await use(); // why it could not open is told at once
  life.run(announcements);

  const master = new MasterLoop({ nodeId, machine, agreement, detector: mesh.detector, submit, logger });
  life.run(master);

  const admission = new Admission({
    nodeId,
    cloudId: cloud.id,
    mesh,
    machine,
    submit,
    newId,
    now,
    logger,
    listen: options.join,
    reachedAt: () => reachedAt(mesh.host.addresses(), options.address),
  });
  life.atEnd(() => admission.stop());

  mesh.rpc.method('master.transfer', async (body) => {
    await agreement.transfer(String(body), { timeoutMs: MAKE_MASTER_MS });
    return null;
  });
  return {
    peer: (id) => announcements.peer(id),
    transfers: () => announcements.transfers(),
    createToken: (request, author) => admission.createToken(request, author),
    makeMaster: async (id) => {
      const { master: present } = agreement.status();
      if (present?.nodeId === id) return;
      if (present === null) throw new LabmeshError('log.not_master', { master: null });
      if (present.nodeId === nodeId) await agreement.transfer(id, { timeoutMs: MAKE_MASTER_MS });
      else await mesh.rpc.request(present.nodeId, 'master.transfer', id, { timeoutMs: MAKE_MASTER_MS });
    },
    recover: async () => {
      await agreement.recover();
      const missing = state.tables.node
        .all()
        .filter(
          (one) => one.id !== nodeId && one.state !== 'retired' && mesh.detector.health(one.id) !== 'alive',
        )
        .map((one) => one.id);
      await submit('cloud.recovered', { missing }, { kind: 'local', nodeId });
    },
    certificate: () => {
      const current = authority.current();
      if (current === null) throw new LabmeshError('authority.certificate', { reason: 'it ran out' });
      return current;
    },
    onCertificate: (listener) => void listeners.add(listener),
    mesh: doorAt(mesh.host.addresses()[0] ?? '', options.address),
    bulk: () => bulk.address,
    announce: () => announcements.refresh(),
  };
}

/** @throws LabmeshError when nobody signed one in time */
async function certified(authority: Authority): Promise<void> {
  const ends = performance.now() + CERTIFICATE_MS;
  while (authority.current() === null) {
    if (performance.now() > ends)
      throw new LabmeshError('authority.certificate', { reason: 'no voter has signed one' });
    await Bun.sleep(25);
  }
}

/** `host:port` of a door that listens at this multiaddr, as others reach it. */
function doorAt(multiaddr: string, advertised: string): string {
  const host = advertised.includes(':') ? `[${advertised}]` : advertised;
  return `${host}:${multiaddr.split('/tcp/')[1] ?? ''}`;
}

/** IP addresses at which newcomers may find this PC: the advertised one first, the loopback address only where there is no other. */
function reachedAt(addresses: readonly string[], advertised: string): string[] {
  const found = addresses.map((one) => one.split('/')[2] ?? '').filter((ip) => ip !== '');
  const all = [...new Set([...(isIP(advertised) === 0 ? [] : [advertised]), ...found])];
  const others = all.filter((ip) => ip === advertised || !(ip.startsWith('127.') || ip === '::1'));
  return others.length > 0 ? others : all;
}
