/**
 * `npm run bench log`: durable writes a second and p99 with 1, 16 and 64 writers on three members of one log, against etcd's three.
 * Each member is a process of its own on loopback; the writers are this process, which has one connection to the leader: to etcd by
 * gRPC, to our log by lines of JSON. In turn in one run, the same bytes per write.
 *
 *   npm run bench log [-- --rounds 5 --seconds 3]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ETCD_DEFAULTS, EtcdCluster } from './parts/etcd.ts';
import { etcdClient } from './parts/etcd-client.ts';
import { startMembers } from './parts/members.ts';
import { median, printTable, quantile } from './parts/table.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const WRITERS = [1, 16, 64];
/** The goal of the issue: at least etcd's writes a second with so many writers. */
const GOAL_AT = 64;
/** Both sides run hot before they are measured. */
const WARM_UP_MS = 3_000;
/** About what starting a VM costs in the log. */
const command = {
  type: 'vm.start',
  author: '0'.repeat(26),
  key: '1'.repeat(26),
  payload: { image: '2'.repeat(26) },
};
const text = JSON.stringify(command);

interface Figures {
  readonly perSecond: number;
  readonly p99: number;
}

type Write = (n: number) => Promise<unknown>;

async function measure(write: Write, writers: number, milliseconds: number): Promise<Figures> {
  const times: number[] = [];
  const began = performance.now();
  let next = 0;
  const writer = async () => {
    for (;;) {
      const at = performance.now();
      if (at - began > milliseconds) return;
      await write(next++);
      times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return { perSecond: (times.length / (performance.now() - began)) * 1000, p99: quantile(times, 0.99) };
}

async function main(): Promise<void> {
  const root = mkdtempSync(join(process.env.LABMESH_BENCH_DIR ?? tmpdir(), 'labmesh-bench-log-'));
  const ended: (() => void | Promise<void>)[] = [() => rmSync(root, { recursive: true, force: true })];
  try {
    const folder = (name: string) => {
      mkdirSync(join(root, name));
      return join(root, name);
    };
    const etcd = await EtcdCluster.start(folder('etcd'), ETCD_DEFAULTS);
    ended.push(() => etcd.stop());
    const ours = await startMembers(folder('labmesh'));
    ended.push(() => ours.stop());
    const client = etcdClient(etcd.url(await etcd.untilWhole()));
    ended.push(() => client.close());
    const sides: [string, Write][] = [
      ['etcd 3.4', (n) => client.put(`bench/${n % 1000}`, text)],
      ['labmesh', (n) => ours.master.ask({ op: 'put', command: { ...command, n } })],
    ];
    for (const [, write] of sides) await measure(write, GOAL_AT, WARM_UP_MS);

    const found = new Map<string, Figures[]>();
    for (let round = 0; round < rounds; round++) {
      for (const writers of WRITERS) {
        for (const [name, write] of sides) {
          const key = `${name} ${writers}`;
          found.set(key, [...(found.get(key) ?? []), await measure(write, writers, seconds * 1000)]);
        }
      }
    }
    report(found);
  } finally {
    for (const end of ended.toReversed()) await end();
  }
}

function report(found: ReadonlyMap<string, readonly Figures[]>): void {
  const of = (name: string, writers: number, figure: keyof Figures) =>
    median((found.get(`${name} ${writers}`) ?? []).map((one) => one[figure]));
  console.log(
    `Durable writes on three members, ${text.length} bytes each; median of ${rounds} rounds of ${seconds} s`,
  );
  printTable([
    ['writers', 'etcd 3.4 /s', 'p99 ms', 'labmesh /s', 'p99 ms', 'labmesh : etcd'],
    ...WRITERS.map((writers) => {
      const [peer, own] = [of('etcd 3.4', writers, 'perSecond'), of('labmesh', writers, 'perSecond')];
      return [
        String(writers),
        peer.toFixed(0),
        of('etcd 3.4', writers, 'p99').toFixed(1),
        own.toFixed(0),
        of('labmesh', writers, 'p99').toFixed(1),
        (own / peer).toFixed(2),
      ];
    }),
  ]);
  const ratio = of('labmesh', GOAL_AT, 'perSecond') / of('etcd 3.4', GOAL_AT, 'perSecond');
  const isMet = ratio >= 1;
  console.log(`goal: at least etcd's writes a second with ${GOAL_AT} writers: ${isMet ? 'met' : 'MISSED'}`);
  if (!isMet) process.exitCode = 1;
}

await main();
