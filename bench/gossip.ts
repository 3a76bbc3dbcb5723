/**
 * `npm run bench gossip`: the mesh with 5, 20 and 50 nodes over real sockets, against as many agents of serf: time
 * until all see a change and a death, idle traffic, memory of one. All share this machine's processors: until all have met, and
 * where the load is above one a processor, wall-clock time tells of the machine. Hence processor time is told, too.
 *
 *   npm run bench gossip [-- --sizes 5,20,50 --idle 20]
 *
 * As root it takes a network namespace of its own, so that nobody else's bytes are counted.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { parseArgs } from 'node:util';
import type { GossipFigures, GossipRun } from './parts/gossip-figures.ts';
import { measureLabmesh } from './parts/gossip-nodes.ts';
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
/** The goals of the issue at the largest size; a death within serf's time at each. */
const GOAL = { changeMs: 2_000, bytesPerSecond: 10_000, residentBytes: 150e6 };

function row(name: string, figures: GossipFigures): string[] {
  return [
    `${name}, ${figures.count}`,
    figures.meetMs.toFixed(0),
    figures.meetSeconds?.toFixed(2) ?? '-',
    median(figures.changesMs).toFixed(0),
    Math.max(...figures.changesMs).toFixed(0),
    (figures.bytesPerSecond / 1e3).toFixed(1),
    figures.idleShare === null ? '-' : (figures.idleShare * 100).toFixed(1),
    (figures.residentBytes / 1e6).toFixed(0),
    (figures.deathMs / 1e3).toFixed(1),
    String(figures.wronglyDead),
  ];
}

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'labmesh-bench-gossip-'));
  try {
    console.log(
      `load of this machine before: ${loadavg()
        .map((one) => one.toFixed(1))
        .join(' ')}`,
    );
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
      [
        'nodes',
        'all met ms',
        'CPU s',
        'change ms',
        'worst',
        'kB/s a node',
        'CPU %',
        'MB of one',
        'death s',
        'wrongly dead',
      ],
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
