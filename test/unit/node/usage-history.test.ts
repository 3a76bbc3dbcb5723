import { afterAll, describe, expect, test } from 'bun:test';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageHistory, type UsageSample } from '../../../src/node/usage/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** A history whose time the test moves. Its first moment is the beginning of a day. */
const DAY_MS = 86_400_000;
const START = 20_000 * DAY_MS;

function historyIn(dir = freshDir(), startMs = START, maxSubjects = 2_000) {
  const time = { wall: startMs, steady: 0 };
  const history = new UsageHistory({
    dir,
    logger: silentLogger,
    clock: () => time.wall,
    monotonic: () => time.steady,
    maxSubjects,
  });
  const pass = (ms: number) => {
    time.wall += ms;
    time.steady += ms;
  };
  return { dir, time, history, pass };
}

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'labmesh-usage-'));
  dirs.push(dir);
  return dir;
}

const none: UsageSample = {
  cpuNs: 0,
  ramMiB: 0,
  diskReadBytes: 0,
  diskWriteBytes: 0,
  netRxBytes: 0,
  netTxBytes: 0,
};

/** Samples every 5 s for `seconds`, with half a core busy, 512 MiB and 1,000 bytes a second read. */
function run(at: ReturnType<typeof historyIn>, id: string, seconds: number, from = 0): number {
  for (let second = from; second <= from + seconds; second += 5) {
    at.history.record(id, { ...none, cpuNs: second * 5e8, ramMiB: 512, diskReadBytes: second * 1_000 });
    if (second < from + seconds) at.pass(5_000);
  }
  return from + seconds;
}

const measured = <T extends { cpu: number | null }>(points: T[]) => points.filter(({ cpu }) => cpu !== null);

describe('V14 usage history', () => {
  test('turns counters into rates, at every resolution, up to now', async () => {
    const at = historyIn();
    run(at, 'vm', 3_600);
    const lengths = { hour: 360, day: 288, week: 336, month: 372, year: 366 } as const;
    for (const [span, length] of Object.entries(lengths)) {
      const points = await at.history.series('vm', span as keyof typeof lengths);
      expect(points.length).toBe(length);
      const point = measured(points).at(-1);
      expect(point).toMatchObject({
        cpu: 0.5,
        ramMiB: 512,
        diskReadBytes: 1_000,
        diskWriteBytes: 0,
        netTxBytes: 0,
      });
    }
    expect(measured(await at.history.series('vm', 'hour')).length).toBe(359);
    expect(measured(await at.history.series('vm', 'day')).map(({ t }) => t)).toEqual(
      Array.from({ length: 12 }, (_, n) => START + n * 300_000),
    );
  });

  test('is the same from memory, from disk, and after another start', async () => {
    const at = historyIn();
    run(at, 'vm', 600);
    const before = await at.history.series('vm', 'hour');
    await at.history.flush();
    expect(await at.history.series('vm', 'hour')).toEqual(before);
    const again = historyIn(at.dir, at.time.wall);
    expect(await again.history.series('vm', 'hour')).toEqual(before);
  });

  test('a mean weighs what was flushed and what came after by time', async () => {
    const at = historyIn();
    at.history.record('vm', none);
    at.pass(100_000);
    at.history.record('vm', { ...none, netRxBytes: 100_000 });
    await at.history.flush();
    at.pass(200_000 - 1);
    at.history.record('vm', { ...none, netRxBytes: 100_000 });
    await at.history.flush();
    const point = measured(await at.history.series('vm', 'day')).at(-1);
    expect(point?.netRxBytes).toBeCloseTo(333.3, 0);
  });

  test('a counter that began anew is unknown once, the others are not', async () => {
    const at = historyIn();
    at.history.record('vm', { ...none, cpuNs: 9e9, netTxBytes: 0 });
    at.pass(10_000);
    at.history.record('vm', { ...none, cpuNs: 1e9, netTxBytes: 50 });
    at.pass(10_000);
    at.history.record('vm', { ...none, cpuNs: 6e9, netTxBytes: 50 });
    const points = (await at.history.series('vm', 'hour')).filter(({ netTxBytes }) => netTxBytes !== null);
    expect(points.map(({ cpu }) => cpu)).toEqual([null, 0.5]);
    expect(points.map(({ netTxBytes }) => netTxBytes)).toEqual([5, 0]);
  });

  test('what was not measured is null: no counter, and a gap', async () => {
    const at = historyIn();
    const blind = { ...none, netRxBytes: null, netTxBytes: null };
    at.history.record('vm', blind);
    at.pass(10_000);
    at.history.record('vm', blind);
    // The PC slept for an hour.
    at.pass(3_600_000);
    at.history.record('vm', { ...blind, cpuNs: 1e12 });
    at.pass(10_000);
    at.history.record('vm', { ...blind, cpuNs: 1e12 });
    const points = measured(await at.history.series('vm', 'day'));
    expect(points.map(({ t, cpu, netRxBytes }) => [t, cpu, netRxBytes])).toEqual([
      [START, 0, null],
      [START + 3_600_000, 0, null],
    ]);
  });

  test('a clock that jumps changes no rate, and what it wrote into the future disappears', async () => {
    const at = historyIn();
    let second = run(at, 'vm', 60);
    for (const jump of [3_600_000, -7_200_000, 3_600_000]) {
      at.time.wall += jump;
      at.pass(5_000);
      second = run(at, 'vm', 60, second + 5);
    }
    for (const { cpu } of measured(await at.history.series('vm', 'day'))) expect(cpu).toBeCloseTo(0.5, 5);
    await at.history.flush();
    // A year later everything old is out of sight, whatever slot it is in.
    at.pass(400 * DAY_MS);
    for (const span of ['hour', 'day', 'week', 'month', 'year'] as const) {
      expect(measured(await at.history.series('vm', span))).toEqual([]);
    }
    run(at, 'vm', 60);
    await at.history.flush();
    expect(measured(await at.history.series('vm', 'year')).length).toBe(1);
  });

  test('a file never grows, and there are never more than the limit', async () => {
    const at = historyIn(freshDir(), START, 3);
    for (let day = 0; day < 3; day++) {
      run(at, 'vm-0', 20_000, day * 20_005);
      at.pass(5_000);
      await at.history.flush();
      expect(statSync(join(at.dir, 'vm-0.usage')).size).toBe(55_168);
    }
    for (const name of ['vm-1', 'vm-2', 'vm-3']) {
      utimesSync(join(at.dir, 'vm-0.usage'), 1, 1);
      run(at, name, 20);
      await at.history.flush();
    }
    expect(readdirSync(at.dir).sort()).toEqual(['vm-1.usage', 'vm-2.usage', 'vm-3.usage']);
  });

  test('a file that is none of ours, or broken, is begun anew; garbage in a slot is unknown', async () => {
    const at = historyIn();
    writeFileSync(join(at.dir, 'vm.usage'), 'not a history');
    expect(await at.history.series('vm', 'hour')).toEqual([]);
    run(at, 'vm', 60);
    await at.history.flush();
    expect(measured(await at.history.series('vm', 'hour')).length).toBe(6);
    const bytes = readFileSync(join(at.dir, 'vm.usage')).fill(0xff, 64);
    writeFileSync(join(at.dir, 'vm.usage'), bytes);
    expect(measured(await at.history.series('vm', 'hour'))).toEqual([]);
  });

  test('forget removes the file and what waits; an id that is a path reaches no file', async () => {
    const at = historyIn();
    run(at, 'vm', 60);
    await at.history.flush();
    run(at, 'vm', 60);
    await at.history.forget('vm');
    expect(existsSync(join(at.dir, 'vm.usage'))).toBe(false);
    expect(await at.history.series('vm', 'hour')).toEqual([]);
    expect(() => at.history.record('../vm', none)).toThrow(RangeError);
    expect(await at.history.series('../vm', 'hour')).toEqual([]);
    await at.history.forget('../vm');
  });

  test('a disk that refuses costs nothing: it is written with the next flush', async () => {
    const at = historyIn(join(freshDir(), 'blocked'));
    writeFileSync(at.dir, 'a file where the folder should be');
    run(at, 'vm', 60);
    await at.history.flush();
    rmSync(at.dir);
    await at.history.flush();
    const again = historyIn(at.dir, at.time.wall);
    expect(measured(await again.history.series('vm', 'hour')).length).toBe(6);
  });
});
