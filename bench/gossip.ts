/**
 * `npm run bench gossip`: the mesh with 5, 20 and 50 nodes over real sockets, against as many agents of serf: time until all see a
 * change and a death, idle traffic, memory. Our nodes share one process (its memory is divided), serf's have one each.
 *
 *   npm run bench gossip [-- --sizes 5,20,50 --idle 20]
 *
 * As root it takes a network namespace of its own, so that nobody else's bytes are counted.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { parseArgs } from 'node:util';
import type { Facts, Member, Mesh } from '../src/gossip/index.ts';
import { openMesh } from '../src/gossip/index.ts';
import { silentLogger } from '../src/state/logger.ts';
import { type GossipFigures, type GossipRun, loopbackBytes, took } from './parts/gossip-figures.ts';
import { measureSerf } from './parts/serf.ts';
import { median, printTable } from './parts/table.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '5,20,50' },
    /** Long enough for two rounds of everything that repeats. */
    idle: { type: 'string', default: '20' },
  },
});
const CHANGES = 10;
const CLOUD_ID = '01JC0000000000000000000000';
/** The goals of the issue at the largest size; a death within serf's time at each. */
const GOAL = { changeMs: 2_000, bytesPerSecond: 10_000, residentBytes: 150e6 };

interface Node {
  nodeId: string;
  mesh: Mesh;
}

const facts = (cpu: number): Facts => ({
  capacity: { cores: 8, ramBytes: 2 ** 34, diskBytes: 2 ** 39, accelerator: 'kvm' },
  load: { cpu, ramFreeBytes: 2 ** 33, diskFreeBytes: 2 ** 38, isLocalUserPresent: false },
  images: Array.from({ length: 10 }, (_, n) => `01JD00000000000000000000${String(n).padStart(2, '0')}`),
  roles: ['host'],
  version: '0.1.0',
  bulk: '10.0.0.1:7948',
});

async function start(count: number, folder: string): Promise<Node[]> {
  let members: Member[] = [];
  const listeners = new Set<() => void>();
  const membership = {
    members: () => members,
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const nodes: Node[] = [];
  for (let n = 0; n < count; n++) {
    const nodeId = `01JD${String(n).padStart(22, '0')}`;
    const mesh = await openMesh({
      nodeId,
      cloudId: CLOUD_ID,
      dataDir: join(folder, String(n)),
      membership,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      logger: silentLogger,
      inboundPerSecond: 10_000, // all have one address
    });
    await mesh.start();
    nodes.push({ nodeId, mesh });
  }
  members = nodes.map(({ nodeId, mesh }) => ({
    nodeId,
    peerId: mesh.identity.peerId,
    addresses: mesh.host.addresses(),
  }));
  for (const listener of listeners) listener();
  return nodes;
}

const knows = ({ mesh }: Node, of: Node, cpu: number) =>
  mesh.announcer.board.get(of.nodeId)?.facts.load.cpu === cpu;

async function measureLabmesh({ count, changes, idleMs, folder }: GossipRun): Promise<GossipFigures> {
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const nodes = await start(count, folder);
  for (const { mesh } of nodes) mesh.announcer.announce(facts(0));
  const meetMs = await took('all know all', () =>
    nodes.every((one) => nodes.every((of) => knows(one, of, 0))),
  );
  const changesMs: number[] = [];
  for (let nth = 1; nth <= changes; nth++) {
    const teller = nodes[(nth * 7) % count];
    if (teller === undefined) continue;
    teller.mesh.announcer.announce(facts(nth / 100));
    changesMs.push(await took('all see it', () => nodes.every((one) => knows(one, teller, nth / 100))));
  }
  const sent = await loopbackBytes();
  await Bun.sleep(idleMs);
  const bytesPerSecond = ((await loopbackBytes()) - sent) / count / (idleMs / 1000);
  const residentBytes = (process.memoryUsage().rss - before) / count;
  const [gone, ...others] = nodes;
  if (gone === undefined) throw new Error('no nodes');
  const wronglyDead = nodes.filter(({ nodeId }) =>
    nodes.some(({ mesh }) => mesh.detector.health(nodeId) === 'dead'),
  ).length;
  const dying = performance.now();
  void gone.mesh.stop();
  await took('all see its death', () =>
    others.every(({ mesh }) => mesh.detector.health(gone.nodeId) === 'dead'),
  );
  const deathMs = performance.now() - dying;
  await Promise.all(others.map(({ mesh }) => mesh.stop()));
  return { count, meetMs, changesMs, bytesPerSecond, residentBytes, deathMs, wronglyDead };
}

function row(name: string, figures: GossipFigures): string[] {
  return [
    `${name}, ${figures.count}`,
    figures.meetMs.toFixed(0),
    median(figures.changesMs).toFixed(0),
    Math.max(...figures.changesMs).toFixed(0),
    (figures.bytesPerSecond / 1e3).toFixed(1),
    (figures.residentBytes / 2 ** 20).toFixed(1),
    (figures.deathMs / 1e3).toFixed(1),
    String(figures.wronglyDead),
  ];
}

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'labmesh-bench-gossip-'));
  try {
    const pairs: { peer: GossipFigures; own: GossipFigures }[] = [];
    for (const count of values.sizes.split(',').map(Number)) {
      const run = (name: string): GossipRun => {
        const folder = join(root, `${name}-${count}`);
        mkdirSync(folder);
        return { count, changes: CHANGES, idleMs: Number(values.idle) * 1000, folder };
      };
      pairs.push({ peer: await measureSerf(run('serf')), own: await measureLabmesh(run('labmesh')) });
    }
    printTable([
      ['nodes', 'all met ms', 'change ms', 'worst', 'kB/s a node', 'MiB a node', 'death s', 'wrongly dead'],
      ...pairs.flatMap(({ peer, own }) => [row('serf 0.9', peer), row('labmesh', own)]),
    ]);
    const isMet = pairs.every(
      ({ peer, own }) =>
        median(own.changesMs) <= GOAL.changeMs &&
        own.bytesPerSecond <= GOAL.bytesPerSecond &&
        own.residentBytes <= GOAL.residentBytes &&
        own.deathMs <= peer.deathMs,
    );
    console.log(
      `goal: a change within 2 s, 10 kB/s and 150 MB a node, a death within serf's time: ${isMet ? 'met' : 'MISSED'}`,
    );
    if (!isMet) process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The same again where nobody else's bytes run over loopback. */
async function inNamespace(): Promise<number> {
  const again = [process.execPath, import.meta.path, ...process.argv.slice(2)];
  const script = 'ip link set lo up && exec "$@"';
  const child = Bun.spawn(['unshare', '--net', 'sh', '-c', script, 'sh', ...again], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, LABMESH_BENCH_INSIDE: '1' },
  });
  return await child.exited;
}

const isAlone = process.env.LABMESH_BENCH_INSIDE === '1' || getuid?.() !== 0;
if (!isAlone) {
  // Fetched out here: inside there is no network.
  const { debianProgram } = await import('./parts/debian.ts');
  debianProgram('serf', 'serf');
  process.exit(await inNamespace());
}
await main();
process.exit();
