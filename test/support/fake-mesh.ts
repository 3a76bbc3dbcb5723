/** More PCs for a fake cloud: members in the state, and what a mesh would say of them. */
import type { Link, Peer, Quorum } from '../../src/node/interface.ts';
import type { Node } from '../../src/state/index.ts';
import type { FakeNode } from './fake-node.ts';

export interface FakeMeshOptions {
  /** PCs in all, the node itself among them. */
  readonly pcs: number;
  /** How many of them vote, from the first on. Default: 1, 3 or 5, as many as fit. */
  readonly voters?: number;
  /** Numbers (from 1) of PCs that do not answer, since ten minutes. */
  readonly off?: readonly number[];
  /** Number of the master's PC; null while one is being elected. Default 1. */
  readonly master?: number | null;
}

const TEN_MINUTES = 600_000;

/** Adds the PCs and answers for them. Returns their ids, PC-1 first. */
export function addFakeMesh(node: FakeNode, options: FakeMeshOptions): readonly string[] {
  const { pcs, off = [], master = 1 } = options;
  const ids = [node.me.nodeId];
  const scheduler = { kind: 'scheduler', nodeId: node.me.nodeId } as const;
  const local = { kind: 'local', nodeId: node.me.nodeId } as const;
  const template = node.state.tables.node.all()[0];
  if (!template) throw new Error('a fake mesh needs a cloud');
  const tokenId = node.newId();
  if (pcs > 1) {
    const token = { verifier: 'b'.repeat(64), label: 'Room 12', ttlMs: 86_400_000, uses: pcs };
    node.apply('token.create', { ...token, id: tokenId, share: false }, local);
  }
  for (let n = 2; n <= pcs; n++) {
    const nodeId = node.newId();
    const name = `PC-${n}`;
    const facts = {
      name,
      peerId: `12D3KooWfake${n}`,
      version: template.version,
      protocol: template.protocol,
    };
    const addresses = [`/ip4/192.0.2.${n}/tcp/8444`];
    node.apply('node.admit', { ...facts, tokenId, nodeId, addresses }, scheduler);
    const { capacity, accel } = template;
    const more = {
      address: `pc-${n}.lab.example`,
      capacity,
      accel,
      hostProblem: null,
      meshAddresses: addresses,
    };
    node.applyAsNode('node.register', { ...facts, ...more }, nodeId);
    ids.push(nodeId);
  }
  for (const n of off) node.apply('node.reach', { id: ids[n - 1], state: 'unreachable' }, scheduler);
  const voters = ids.slice(0, options.voters ?? (pcs >= 5 ? 5 : pcs >= 3 ? 3 : 1));
  const away = new Set(off.map((n) => ids[n - 1]));
  node.quorum = () => quorumOf(node, ids, voters, away, master);
  node.peer = (id) => peerOf(node, ids, away, id);
  return ids;
}

function quorumOf(
  node: FakeNode,
  ids: readonly string[],
  voters: readonly string[],
  away: ReadonlySet<string | undefined>,
  master: number | null,
): Quorum {
  const alive = voters.filter((id) => !away.has(id));
  const learners = ids.filter((id) => !voters.includes(id));
  const masterId = master === null ? null : (ids[master - 1] ?? null);
  return {
    term: 7,
    masterId,
    masterSince: masterId === null ? null : node.now() - TEN_MINUTES,
    voters,
    learners,
    standbys: learners.slice(0, 2),
    alive,
    mayFail: Math.max(0, alive.length - Math.floor(voters.length / 2) - 1),
    warnings: [],
  };
}

/** PC-2 and PC-4 are far apart, PC-5 hangs on an old switch, PC-6 does not reach PC-2. */
function linksOf(ids: readonly string[], away: ReadonlySet<string | undefined>, from: number): Link[] {
  return ids.flatMap((to, n) => {
    if (n === from || away.has(to) || (from === 5 && n === 1)) return [];
    const far = (from === 1 && n === 3) || (from === 3 && n === 1);
    const old = from === 4 || n === 4;
    return [{ to, rttMs: far ? 41 : 0.6 + ((from + n) % 7) / 5, bytesPerSecond: old ? 6e6 : 112e6 }];
  });
}

function peerOf(
  node: FakeNode,
  ids: readonly string[],
  away: ReadonlySet<string | undefined>,
  id: string,
): Peer | null {
  const at = ids.indexOf(id);
  const known: Node | undefined = node.state.tables.node.get(id);
  if (at === -1 || !known) return null;
  const dead = away.has(id);
  return {
    seenMs: at === 0 ? 0 : dead ? TEN_MINUTES : 1400,
    health: dead ? 'dead' : 'alive',
    load: dead ? null : { ...node.load(), cpu: (at % 10) / 10 },
    userPresent: false,
    versionIds: node.state.tables.version.ids().slice(0, at % 4),
    links: dead ? [] : linksOf(ids, away, at),
    version: known.version,
  };
}
