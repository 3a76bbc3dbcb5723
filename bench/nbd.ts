/**
 * `npm run bench nbd`: the server that QEMU reads images from, against `qemu-nbd` and the plain file, all warm in memory, each read with
 * `qemu-img bench`. Goals: at least qemu-nbd's throughput at 64 KiB (16 under way), a 4 KiB read in at most twice its time.
 *
 *   npm run bench nbd [-- --rounds 5]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ulid } from 'ulid';
import { openImageStore } from '../src/images/index.ts';
import { silentLogger } from '../src/state/index.ts';
import { median, printTable, until } from './parts/table.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const MiB = 1024 * 1024;
const DISK_BYTES = 256 * MiB;
/** Reads of one measurement: some tenths of a second each, so that starting the tool does not count much. */
const READS = { 65536: 16_384, 4096: 20_000 } as const;

interface Peer {
  readonly name: string;
  readonly target: string;
  readonly pid: number | null;
}

const folder = mkdtempSync(join(tmpdir(), 'labmesh-bench-nbd-'));
const stop: (() => void)[] = [];
try {
  await measure();
} finally {
  for (const one of stop) one();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const peers = await openPeers();
  const throughput = new Map<string, number[]>();
  const latency = new Map<string, number[]>();
  for (const { target } of peers) bench(target, 65_536, 16); // all of it in memory, on every side
  const cpuBefore = new Map(peers.map(({ name, pid }) => [name, pid === null ? 0 : cpuSeconds(pid)]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { name, target } of peers) {
      const mibs = (READS[65_536] * 65_536) / MiB / bench(target, 65_536, 16);
      throughput.set(name, [...(throughput.get(name) ?? []), mibs]);
    }
    for (const { name, target } of peers) {
      const us = (bench(target, 4096, 1) / READS[4096]) * 1e6;
      latency.set(name, [...(latency.get(name) ?? []), us]);
    }
  }
  const gib = (Number(values.rounds) * (READS[65_536] * 65_536 + READS[4096] * 4096)) / (1024 * MiB);
  console.log(
    `\nReads of a ${DISK_BYTES / MiB} MiB image that is in memory, median of ${values.rounds} rounds`,
  );
  const of = (figures: Map<string, number[]>, name: string) => median(figures.get(name) ?? []);
  printTable([
    ['', '64 KiB x 16, MiB/s', '4 KiB x 1, µs', 'CPU-s per GiB', 'resident MiB'],
    ...peers.map(({ name, pid }) => [
      name,
      of(throughput, name).toFixed(0),
      of(latency, name).toFixed(0),
      pid === null ? '-' : ((cpuSeconds(pid) - (cpuBefore.get(name) ?? 0)) / gib).toFixed(2),
      pid === null ? '-' : residentMiB(pid).toFixed(0),
    ]),
  ]);
  const fast = of(throughput, 'labmesh') >= of(throughput, 'qemu-nbd');
  const near = of(latency, 'labmesh') <= 2 * of(latency, 'qemu-nbd');
  console.log(
    `goal: at least qemu-nbd's throughput: ${fast ? 'met' : 'missed'}; at most twice its 4 KiB read: ${near ? 'met' : 'missed'}`,
  );
}

async function openPeers(): Promise<Peer[]> {
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  const store = openImageStore({ dataDir, logger: silentLogger, limits: { reserveBytes: MiB } });
  await store.start();
  const source = join(folder, 'source.raw');
  const bytes = Buffer.alloc(DISK_BYTES);
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  writeFileSync(source, bytes);
  const versionId = ulid();
  await store.import({
    source: { path: source },
    versionId,
    imageId: ulid(),
    number: 1,
    author: 'bench',
    os: 'other',
    createdAt: Date.now(),
    asRaw: true,
  });
  const plain = store.localPath(versionId);
  const peerSocket = join(folder, 'qemu.sock');
  const peer = Bun.spawn(['qemu-nbd', '-k', peerSocket, '-t', '-r', '-e', '8', '-f', 'raw', plain]);
  const [socket, control] = [join(folder, 'nbd.sock'), join(folder, 'control.sock')];
  const main = join(import.meta.dir, '..', 'src', 'main.ts');
  const ours = Bun.spawn([process.execPath, main, '_serve-images', dataDir, socket, control], {
    stderr: 'ignore',
  });
  stop.push(
    () => peer.kill(),
    () => ours.kill('SIGKILL'), // deaf to gentler signals, as it should be
  );
  await until('both serve', () => isOpen(peerSocket) && isOpen(control));
  await openVersion(control, versionId);
  return [
    { name: 'plain file', target: plain, pid: null },
    { name: 'qemu-nbd', target: `nbd+unix:///?socket=${peerSocket}`, pid: peer.pid },
    { name: 'labmesh', target: `nbd+unix:///${versionId}?socket=${socket}`, pid: ours.pid },
  ];
}

function isOpen(path: string): boolean {
  return Bun.spawnSync(['test', '-S', path]).exitCode === 0;
}

async function openVersion(control: string, versionId: string): Promise<void> {
  const opened = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    unix: control,
    socket: {
      data: (_, bytes) => {
        if (bytes.toString().includes('"opened"')) opened.resolve();
      },
    },
  });
  socket.write(`${JSON.stringify({ tell: 'open', versionId })}\n`);
  await opened.promise;
  stop.push(() => socket.end());
}

/** @returns seconds that the tool says its reads took */
function bench(target: string, size: keyof typeof READS, depth: number): number {
  const command = ['qemu-img', 'bench', '-f', 'raw', '-c', String(READS[size]), '-d', String(depth)];
  const run = Bun.spawnSync([...command, '-s', String(size), target], { timeout: 120_000 });
  const took = /in ([\d.]+) seconds/.exec(run.stdout.toString())?.[1];
  if (took === undefined) throw new Error(`qemu-img bench said ${run.stdout}${run.stderr}`);
  return Number(took);
}

/** User and system time so far. Source: proc(5), fields 14 and 15 of stat, in ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const stat = Bun.spawnSync(['cat', `/proc/${pid}/stat`]).stdout.toString();
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentMiB(pid: number): number {
  const status = Bun.spawnSync(['cat', `/proc/${pid}/status`]).stdout.toString();
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
