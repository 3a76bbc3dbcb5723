import { expect, test } from 'bun:test';
import { freshDir, withLog } from './support/temp.ts';

/** Measured: 0.55 s on two shared cores (npm run bench log-alone). A replay by the square of its length takes minutes. */
const PATIENCE_MS = 20_000;
const ENTRIES = 100_000;

test('S5 a start that replays 100,000 entries and one from a snapshot give the same state, both soon', async () => {
  const dir = freshDir();
  const wait = { timeoutMs: 60_000 };
  await withLog(
    dir,
    async ({ log }) => {
      let next = 0;
      const propose = async () => {
        while (next < ENTRIES) await log.propose({ n: next++, key: '0'.repeat(60) }, wait);
      };
      await Promise.all(Array.from({ length: 256 }, propose));
    },
    { snapshotEveryEntries: 10 * ENTRIES },
  );
  const began = performance.now();
  const counts: number[] = [];
  await withLog(dir, async ({ log, machine }) => {
    expect(performance.now() - began).toBeLessThan(PATIENCE_MS);
    counts.push(machine.applied.length);
    // Its first apply is far beyond what calls for a snapshot.
    await log.propose('last', wait);
    const deadline = performance.now() + 20_000;
    while (log.status().snapshotIndex === 0 && performance.now() < deadline) await Bun.sleep(5);
    expect(log.status().snapshotIndex).toBeGreaterThan(ENTRIES);
  });
  const again = performance.now();
  await withLog(dir, async ({ machine }) => {
    expect(performance.now() - again).toBeLessThan(PATIENCE_MS);
    counts.push(machine.applied.length);
    expect(machine.applied[ENTRIES - 1]?.command).toMatchObject({ n: ENTRIES - 1 });
  });
  expect(counts).toEqual([ENTRIES, ENTRIES + 1]);
}, 180_000);
