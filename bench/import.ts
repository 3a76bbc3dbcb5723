/**
 * `npm run bench import`: bringing in 1 GiB, against `qemu-img convert` followed by `sha256sum` on the same file, in turn in one run.
 * labmesh also checks the source's tables, hashes every chunk, and has everything on disk before it says "done"; the
 * other side leaves its output in the page cache, so a third row adds the `sync` that would make it comparable.
 *
 *   bun bench/import.ts [--rounds 5] [--mib 1024] [--format qcow2|vmdk|vdi|raw]
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ulid } from 'ulid';
import { openImageStore } from '../src/images/index.ts';
import { silentLogger } from '../src/state/logger.ts';

const MiB = 1024 * 1024;
/** Of 1 GiB: an installed system fills most of a small disk, and the rest are holes. */
const DATA_SHARE = 0.75;
/** The goal of the issue: at least half the speed of the other side. */
const GOAL = 0.5;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    mib: { type: 'string', default: '1024' },
    format: { type: 'string', default: 'qcow2' },
  },
});
const rounds = Number(values.rounds);
const mib = Number(values.mib);
const folder = mkdtempSync(join(process.env.LABMESH_BENCH_DIR ?? tmpdir(), 'labmesh-bench-import-'));

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const source = makeSource();
  const store = openImageStore({ dataDir: join(folder, 'data'), logger: silentLogger });
  await store.start();
  const ours: number[] = [];
  const peer: number[] = [];
  const durable: number[] = [];
  for (let round = 0; round < rounds; round++) {
    settle();
    ours.push(await timed(() => importOnce(source, store)));
    settle();
    const plain = await timed(() => convertAndSum(source));
    peer.push(plain);
    durable.push(plain + (await timed(() => run('sync', ['-d', join(folder, 'peer.raw')]))));
  }
  print([
    ['labmesh import', ours],
    ['qemu-img convert + sha256sum', peer],
    ['… + sync of its output', durable],
  ]);
  const ratio = median(peer) / median(ours);
  console.log(
    `\nspeed against qemu-img convert + sha256sum: ${ratio.toFixed(2)} (goal: at least ${GOAL}) ${ratio >= GOAL ? 'met' : 'MISSED'}`,
  );
  if (ratio < GOAL) process.exitCode = 1;
}

function makeSource(): string {
  const raw = join(folder, 'source.raw');
  const file = openSync(raw, 'w');
  const piece = Buffer.alloc(MiB);
  for (let i = 0; i < mib * DATA_SHARE; i++) writeSync(file, fill(piece));
  closeSync(file);
  truncateSync(raw, mib * MiB);
  if (values.format === 'raw') return raw;
  const source = join(folder, `source.${values.format}`);
  run('qemu-img', ['convert', '-f', 'raw', '-O', values.format, raw, source]);
  rmSync(raw);
  return source;
}

/** Random bytes, 64 KiB at a time (what getRandomValues gives at once): no zeros to skip, nothing to compress. */
function fill(piece: Buffer): Buffer {
  for (let at = 0; at < piece.length; at += 65536) crypto.getRandomValues(piece.subarray(at, at + 65536));
  return piece;
}

async function importOnce(source: string, store: ReturnType<typeof openImageStore>): Promise<void> {
  for (const version of store.versions()) await store.remove(version.versionId);
  await store.import({
    source: { path: source },
    asRaw: values.format === 'raw',
    versionId: ulid(),
    imageId: ulid(),
    number: 1,
    author: 'bench',
    os: 'other',
    createdAt: Date.now(),
  });
}

function convertAndSum(source: string): void {
  const out = join(folder, 'peer.raw');
  rmSync(out, { force: true });
  run('qemu-img', ['convert', '-f', values.format, '-O', 'raw', source, out]);
  run('sha256sum', [out]);
}

/** What earlier rounds left to be written must not slow the next one. */
function settle(): void {
  run('sync', ['-f', folder]);
}

function run(tool: string, args: string[]): void {
  const result = spawnSync(tool, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${tool} failed: ${result.stderr}`);
}

async function timed(work: () => void | Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function print(rows: [string, number[]][]): void {
  console.log(
    `import of ${mib} MiB (${values.format}, ${DATA_SHARE * 100} % data), ${rounds} rounds in turn\n`,
  );
  console.log(
    `${''.padEnd(30)} ${'median s'.padStart(9)} ${'best'.padStart(7)} ${'worst'.padStart(7)} ${'MiB/s'.padStart(7)}`,
  );
  for (const [name, times] of rows) {
    const cells = [median(times), Math.min(...times), Math.max(...times)].map((ms) => (ms / 1000).toFixed(2));
    const speed = Math.round(mib / (median(times) / 1000));
    console.log(
      `${name.padEnd(30)} ${cells[0]?.padStart(9)} ${cells[1]?.padStart(7)} ${cells[2]?.padStart(7)} ${String(speed).padStart(7)}`,
    );
  }
}
