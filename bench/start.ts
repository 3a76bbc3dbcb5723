// Size of the binary, time until a node is ready, memory and processor when idle, against the goals and a single etcd.
//
//   npm run bench start [-- --rounds 5] [--idle 10] [--no-host]
//
// The peer is etcd because it, too, is one binary with a log on disk that a client finds ready; it does far less than a
// node does. Where etcd is not installed (Debian's etcd-server), its rows are left out.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const goals = { megabytes: 125, readyMs: 1500, residentMiB: 150 };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '10' },
    'no-host': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const idleSeconds = Number(values.idle);
const binary = join(dirname(import.meta.dir), 'dist', 'labmesh');
const readyDeadline = 30_000; // ms
const stopDeadline = 15_000; // ms
const poll = 5; // ms: the error of a measured time to ready
const ticksPerSecond = 100; // Linux's USER_HZ on every PC

interface Idle {
  readonly residentMiB: number;
  /** Percent of one processor. */
  readonly cpu: number;
}

const RunFile = z.object({ pid: z.number(), ready: z.literal(true) });

type Process = Bun.Subprocess<'ignore', 'ignore', 'pipe'>;

function start(command: readonly string[]): Process {
  return Bun.spawn([...command], { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' });
}

async function untilReady(child: Process, ready: () => boolean | Promise<boolean>): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < readyDeadline) {
    if (await ready()) return performance.now() - started;
    if (child.exitCode !== null) throw new Error(`it ended early: ${await child.stderr.text()}`);
    await Bun.sleep(poll);
  }
  throw new Error(`not ready within ${readyDeadline} ms`);
}

async function stop(child: Process): Promise<void> {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), stopDeadline);
  await child.exited;
  clearTimeout(late);
}

async function idle(pid: number): Promise<Idle> {
  const before = ticks(pid);
  await Bun.sleep(idleSeconds * 1000);
  const used = (ticks(pid) - before) / ticksPerSecond;
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { residentMiB: Number(resident) / 1024, cpu: (100 * used) / idleSeconds };
}

// Fields 14 and 15 of /proc/PID/stat: ticks in user and kernel mode; field 2, the name, may hold spaces.
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function nodeReady(data: string, pid: number): boolean {
  const file = join(data, 'run.json');
  if (!existsSync(file)) return false;
  const found = RunFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return found.success && found.data.pid === pid;
}

async function startNode(data: string): Promise<{ child: Process; ms: number }> {
  const free = [
    '--web',
    '127.0.0.1:0',
    '--mesh',
    '127.0.0.1:0',
    '--bulk',
    '127.0.0.1:0',
    '--local-http',
    '0',
  ];
  const child = start([binary, 'up', '--data', data, ...free, ...(values['no-host'] ? ['--no-host'] : [])]);
  return { child, ms: await untilReady(child, () => nodeReady(data, child.pid)) };
}

async function startEtcd(data: string): Promise<{ child: Process; ms: number }> {
  const [client, peer] = ['http://127.0.0.1:23790', 'http://127.0.0.1:23800'];
  const own = ['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer];
  const child = start([
    'etcd',
    '--data-dir',
    data,
    ...own,
    '--initial-advertise-peer-urls',
    peer,
    '--initial-cluster',
    `default=${peer}`,
  ]);
  const healthy = (): Promise<boolean> =>
    fetch(`${client}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
  return { child, ms: await untilReady(child, healthy) };
}

/** Rounds of a first start (empty folder) and a second one (its own folder), then the idle figures of the last. */
async function measure(startOne: (data: string) => Promise<{ child: Process; ms: number }>): Promise<{
  first: number[];
  again: number[];
  idle: Idle;
}> {
  const first: number[] = [];
  const again: number[] = [];
  let last: Idle = { residentMiB: Number.NaN, cpu: Number.NaN };
  for (let round = 1; round <= rounds; round += 1) {
    const data = mkdtempSync(join(tmpdir(), 'labmesh-bench-start-'));
    try {
      const one = await startOne(data);
      first.push(one.ms);
      await stop(one.child);
      const two = await startOne(data);
      again.push(two.ms);
      if (round === rounds) last = await idle(two.child.pid);
      await stop(two.child);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  }
  return { first, again, idle: last };
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}

const rows: { what: string; labmesh: string; goal: string; met: string; etcd: string }[] = [];
function row(
  what: string,
  value: number,
  unit: string,
  goal: number | undefined,
  peer: number | undefined,
): void {
  const shown = (number: number): string => `${number.toFixed(number < 10 ? 1 : 0)} ${unit}`;
  const met = goal === undefined ? '' : value <= goal ? 'yes' : 'NO';
  rows.push({
    what,
    labmesh: shown(value),
    goal: goal === undefined ? '' : shown(goal),
    met,
    etcd: peer === undefined ? '' : shown(peer),
  });
  if (met === 'NO') process.exitCode = 1;
}

const etcdBinary = Bun.which('etcd');
const ours = await measure(startNode);
const peer = etcdBinary === null ? undefined : await measure(startEtcd);
const bytes = (path: string): number => statSync(path).size / 1e6;
row(
  'size of the binary',
  bytes(binary),
  'MB',
  goals.megabytes,
  etcdBinary === null ? undefined : bytes(etcdBinary),
);
row('first start until ready', median(ours.first), 'ms', goals.readyMs, peer && median(peer.first));
row('  slowest of them', Math.max(...ours.first), 'ms', undefined, peer && Math.max(...peer.first));
row('later start until ready', median(ours.again), 'ms', goals.readyMs, peer && median(peer.again));
row('resident memory, idle', ours.idle.residentMiB, 'MiB', goals.residentMiB, peer?.idle.residentMiB);
row('processor, idle', ours.idle.cpu, '%', undefined, peer?.idle.cpu);
console.table(rows);
console.log(
  `${rounds} rounds, medians; idle over ${idleSeconds} s.${peer === undefined ? ' etcd is not installed: no peer.' : ''}`,
);
