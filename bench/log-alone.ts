// Confirmed proposals a second by the log of one node alone with 1, 16 and 64 proposers, beside LevelDB's own synced puts, and a start with 100,000 entries.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMeshedAgreement, type StateMachine, type Transport } from '../src/election/index.ts';
import { openLevel } from '../src/election/level.ts';
import { silentLogger } from '../src/state/logger.ts';

const ROUNDS = 5;
/** About what starting a VM costs in the log. */
const command = {
  type: 'vm.start',
  author: '0'.repeat(26),
  key: '1'.repeat(26),
  payload: { image: '2'.repeat(26) },
};
const root = mkdtempSync(join(tmpdir(), 'labmesh-bench-'));

function counter(): StateMachine<number> {
  let count = 0;
  return {
    apply: () => ++count,
    snapshot: () => [count],
    restore: (records) => {
      for (const record of records) count = Number(record);
    },
  };
}

/** A node alone sends nothing. */
const nobody: Transport = {
  send: () => {},
  onMessage: () => () => {},
  fetchPiece: () => Promise.reject(new Error('nobody is there')),
  onFetchPiece: () => () => {},
};

async function opened(dir: string, snapshotEveryEntries: number) {
  const options = { dir, nodeId: 'n', machine: counter(), logger: silentLogger, clock: Date.now };
  const log = openMeshedAgreement({ ...options, transport: nobody, settings: { snapshotEveryEntries } });
  await log.start();
  return log;
}

/** Calls `work` `total` times, `wide` at a time; returns calls a second and the 99th percentile in ms. */
async function measure(total: number, wide: number, work: (n: number) => Promise<unknown>) {
  const times: number[] = [];
  let next = 0;
  const began = performance.now();
  const one = async () => {
    while (next < total) {
      const at = performance.now();
      await work(next++);
      times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: wide }, one));
  const perSecond = total / ((performance.now() - began) / 1000);
  const p99 = times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
  return { perSecond, p99 };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

try {
  const log = await opened(join(root, 'a'), 10_000);
  const level = await openLevel(join(root, 'level'));
  const value = Buffer.from(JSON.stringify(command));
  const rows = new Map<string, { perSecond: number; p99: number }[]>();
  for (let round = 0; round < ROUNDS; round++) {
    const put = (n: number) => level.put(Buffer.from(`${round} ${n}`), value, { sync: true });
    const found: [string, { perSecond: number; p99: number }][] = [
      ['LevelDB, 1 synced put at a time', await measure(1_000, 1, put)],
    ];
    for (const wide of [1, 16, 64]) {
      const work = (n: number) => log.propose({ ...command, n }, { timeoutMs: 10_000 });
      found.push([`log, ${wide} proposers`, await measure(wide === 1 ? 1_000 : wide * 400, wide, work)]);
    }
    for (const [name, row] of found) rows.set(name, [...(rows.get(name) ?? []), row]);
  }
  await log.stop();
  await level.close();
  for (const [name, runs] of rows) {
    const perSecond = Math.round(median(runs.map((run) => run.perSecond)));
    const p99 = median(runs.map((run) => run.p99)).toFixed(1);
    console.log(`${name.padEnd(34)} ${String(perSecond).padStart(7)} /s   p99 ${p99} ms`);
  }

  const dir = join(root, 'b');
  const long = await opened(dir, Number.MAX_SAFE_INTEGER);
  await measure(100_000, 256, (n) => long.propose({ ...command, n }, { timeoutMs: 10_000 }));
  await long.stop();
  const starts: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const again = await opened(dir, Number.MAX_SAFE_INTEGER);
    starts.push(performance.now() - began);
    await again.stop();
  }
  console.log(
    `${'start, 100,000 entries to replay'.padEnd(34)} ${String(Math.round(median(starts))).padStart(7)} ms`,
  );
} finally {
  rmSync(root, { recursive: true, force: true });
}
