// The mesh with 5, 20 and 50 nodes in one process over real sockets: time until all see a change and a death, idle traffic, memory; beside serf's where installed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Facts, Member, Mesh } from '../src/gossip/index.ts';
import { openMesh } from '../src/gossip/index.ts';
import { silentLogger } from '../src/state/logger.ts';

const SIZES = (process.argv[2] ?? '5,20,50').split(',').map(Number);
/** Long enough for two rounds of everything that repeats. */
const IDLE_MS = Number(process.env.IDLE_MS ?? 20_000);
const CLOUD_ID = '01JC0000000000000000000000';
const root = mkdtempSync(join(tmpdir(), 'labmesh-gossip-'));

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

async function until(what: string, probe: () => boolean, timeoutMs = 60_000): Promise<number> {
  const began = performance.now();
  while (!probe()) {
    if (performance.now() - began > timeoutMs) throw new Error(`waited in vain until ${what}`);
    await Bun.sleep(10);
  }
  return performance.now() - began;
}

/** Bytes that this machine sent over loopback, headers included. */
async function loopbackBytes(): Promise<number> {
  return Number(await Bun.file('/sys/class/net/lo/statistics/tx_bytes').text());
}

async function start(count: number): Promise<Node[]> {
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
      dataDir: join(root, `${count}-${n}`),
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

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function measure(count: number) {
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const nodes = await start(count);
  for (const { mesh } of nodes) mesh.announcer.announce(facts(0));
  const meet = await until('all know all', () =>
    nodes.every((one) => nodes.every((of) => knows(one, of, 0))),
  );
  const changes: number[] = [];
  for (let round = 1; round <= 10; round++) {
    const teller = nodes[(round * 7) % count];
    if (teller === undefined) continue;
    teller.mesh.announcer.announce(facts(round / 100));
    changes.push(await until('all see it', () => nodes.every((one) => knows(one, teller, round / 100))));
  }
  const at = await loopbackBytes();
  await Bun.sleep(IDLE_MS);
  const perNode = (await loopbackBytes()) - at;
  const memory = (process.memoryUsage().rss - before) / count / 2 ** 20;
  const [gone, ...others] = nodes;
  if (gone === undefined) throw new Error('no nodes');
  const dying = performance.now();
  void gone.mesh.stop();
  await until('all see its death', () =>
    others.every(({ mesh }) => mesh.detector.health(gone.nodeId) === 'dead'),
  );
  const death = performance.now() - dying;
  const wrong = others.filter((one) =>
    others.some((of) => one.mesh.detector.health(of.nodeId) === 'dead'),
  ).length;
  await Promise.all(others.map(({ mesh }) => mesh.stop()));
  const kilobytes = perNode / count / (IDLE_MS / 1_000) / 1_000;
  return {
    count,
    meet,
    change: median(changes),
    worst: Math.max(...changes),
    kilobytes,
    memory,
    death,
    wrong,
  };
}

try {
  console.log('nodes  all met  change (worst)    kB/s+node  MiB/node  death seen  wrongly dead');
  for (const size of SIZES) {
    const { count, meet, change, worst, kilobytes, memory, death, wrong } = await measure(size);
    console.log(
      [
        String(count).padStart(5),
        `${Math.round(meet)} ms`.padStart(9),
        `${Math.round(change)} (${Math.round(worst)}) ms`.padStart(16),
        kilobytes.toFixed(1).padStart(11),
        memory.toFixed(1).padStart(9),
        `${(death / 1_000).toFixed(1)} s`.padStart(11),
        String(wrong).padStart(13),
      ].join(''),
    );
  }
  console.log(
    'serf (LAN profile, as measured when this project began): death 5.5 s at 10 agents, 7.4 s at 30; idle 0.3 kB/s, 15 MiB an agent',
  );
} finally {
  rmSync(root, { recursive: true, force: true });
}
process.exit(0);
