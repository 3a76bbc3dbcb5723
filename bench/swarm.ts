/**
 * `npm run bench swarm`: an image of 256 MiB (40 % zeros, 30 % like text, 30 % incompressible) from one PC to N others, lines of
 * 200 Mbit/s, against Debian's nginx with curl, rsync and aria2, raw and packed with zstd. Goals: 5 copies within 7 s, 1 within 6 s, at most
 * 1.3 copies of the packed bytes sent by the first PC, time that grows by less than a quarter from 1 to 5.
 *
 *   npm run bench swarm              4 minutes; single sources at N = 1 and 5
 *   npm run bench swarm -- --full    7 minutes; everything at N = 1, 2 and 5
 *   npm run bench swarm -- --quick   40 seconds; labmesh alone
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ShapedLan, type ShapedPc } from './parts/shaped-lan.ts';
import { steadyMemory } from './parts/steady-memory.ts';
import { swarmDisk } from './parts/swarm-disk.ts';
import { runLabmesh } from './parts/swarm-labmesh.ts';
import { runAria2, runNginx, runRsync, type Served } from './parts/swarm-peers.ts';
import type { Run } from './parts/swarm-run.ts';
import { printTable } from './parts/table.ts';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    mbits: { type: 'string', default: '200' },
    mib: { type: 'string', default: '256' },
  },
});
const GIB = 2 ** 30;
const MIB = 2 ** 20;
const ALL = [1, 2, 5];
/** Two copies and their unpacking on each of six PCs. */
const NEEDED = 6 * GIB;

/** What six processes and their copies take at most. */
const TOUCHED = 4 * GIB;

// Six PCs would share one disk here, which none of them has to: in memory, where there is room.
const roots = ['/dev/shm', tmpdir()].filter(
  (one) => existsSync(one) && statfsSync(one).bavail > NEEDED / 4096,
);
const folder = mkdtempSync(join(roots[0] ?? tmpdir(), 'labmesh-bench-swarm-'));
let runs = 0;
/** An empty folder for one run. */
const fresh = () => {
  const own = join(folder, `run-${runs++}`);
  mkdirSync(own);
  return own;
};
steadyMemory(folder, TOUCHED);
const lan = await ShapedLan.open(Math.max(...ALL) + 1, Number(values.mbits));
try {
  await measure();
} finally {
  await lan.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const disk = swarmDisk(Number(values.mib) * MIB);
  mkdirSync(join(folder, 'seed'));
  const raw = join(folder, 'seed', 'image.raw');
  writeFileSync(raw, disk);
  const packed = `${raw}.zst`;
  const zstd = Bun.spawnSync(['zstd', '-q', '-3', raw, '-o', packed]);
  if (!zstd.success) throw new Error(`zstd: ${zstd.stderr}`);
  const sha256 = createHash('sha256').update(disk).digest('hex');
  const packedBytes = statSync(packed).size;
  const line = (bytes: number) => ((bytes * 8) / (Number(values.mbits) * 1e6)).toFixed(1);
  console.log(
    `${values.mib} MiB, ${(packedBytes / MIB).toFixed(0)} MiB packed, lines of ${values.mbits} Mbit/s: ` +
      `the raw bytes alone take ${line(disk.length)} s, the packed ones ${line(packedBytes)} s\n`,
  );

  const done: Run[] = [];
  const swarmAt = async (n: number) => done.push(await once((own) => runLabmesh(group(n), raw, own)));
  for (const n of ALL) await swarmAt(n);
  if (!values.quick) {
    for (const file of [packed, raw]) {
      const kind = file === raw ? '' : ' zstd';
      const served = (name: string, own: string): Served => ({
        name: name + kind,
        file,
        sha256,
        folder: own,
      });
      for (const n of ALL) done.push(await once((own) => runAria2(group(n), served('aria2', own))));
      for (const n of values.full ? ALL : [1, 5])
        done.push(await once((own) => runNginx(group(n), served('nginx', own))));
      for (const n of values.full ? ALL : [1, 5])
        done.push(await once((own) => runRsync(group(n), served('rsync', own))));
    }
  }
  report(done, packedBytes);
}

function group(n: number): readonly ShapedPc[] {
  return lan.pcs.slice(0, n + 1);
}

async function once(run: (own: string) => Promise<Run>): Promise<Run> {
  const own = fresh();
  try {
    const result = await run(own);
    console.error(`${result.name}, N = ${result.downloaders}: ${result.seconds.toFixed(1)} s`);
    return result;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function report(all: readonly Run[], packedBytes: number): void {
  const names = [...new Set(all.map(({ name }) => name))];
  const of = (name: string, n: number) => all.find((one) => one.name === name && one.downloaders === n);
  const copies = ({ seederBytes }: Run) => seederBytes / packedBytes;
  const cell = (run: Run | undefined, text: (run: Run) => string) => (run ? text(run) : '-');
  printTable([
    ['', 's, N = 1', 'N = 2', 'N = 5', 'copies sent', 'CPU-s/GiB sent', 'received', 'MiB resident'],
    ...names.map((name) => {
      const last = of(name, 5);
      return [
        name,
        ...ALL.map((n) => cell(of(name, n), ({ seconds }) => seconds.toFixed(1))),
        cell(last, (run) => copies(run).toFixed(2)),
        cell(last, ({ seederCpu, seederBytes }) => (seederCpu / (seederBytes / GIB)).toFixed(1)),
        cell(last, ({ downloaderCpu, received }) => (downloaderCpu / (received / GIB)).toFixed(1)),
        cell(last, ({ peakMiB }) => peakMiB.toFixed(0)),
      ];
    }),
  ]);
  console.log(
    '\ncopies sent: by the first PC at N = 5, in packed images; CPU-s and memory at N = 5; CPU and bytes as their lines counted them',
  );
  const [one, five] = [of('labmesh', 1), of('labmesh', 5)];
  if (!one || !five) return;
  const told = (met: boolean) => (met ? 'met' : 'missed');
  const growth = five.seconds / one.seconds - 1;
  console.log(
    `goals: N = 5 within 7 s: ${told(five.seconds <= 7)}; N = 1 within 6 s: ${told(one.seconds <= 6)}; ` +
      `at most 1.3 copies: ${told(copies(five) <= 1.3)}; grows by less than a quarter: ${told(growth < 0.25)} (${(growth * 100).toFixed(0)} %)`,
  );
}
