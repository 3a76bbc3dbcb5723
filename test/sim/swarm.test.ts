/** Classes that fetch a version at once, over simulated lines: how long the last one waits, and what it costs the first. */
import { expect, test } from 'bun:test';
import { Random } from './support/random.ts';
import { simulateSwarm } from './support/swarm/swarm.ts';

/** As measured in a laboratory's net whose lines are full: a question waits behind the bytes of others. */
const BUSY = { rttMs: 40, chunkMs: 8 };
const CHUNKS = 98;

test.each([
  // downloaders, Mbit/s, and how much longer than one copy's time the last of them may take
  [1, 200, 0.1],
  [2, 200, 0.25],
  [5, 200, 0.25],
  [5, 50, 0.25],
  [10, 200, 0.6],
])(
  'I3 %i PCs at %i Mbit/s have their copies soon after one has its own, and the first sends one',
  async (downloaders, mbits, growth) => {
    for (const seed of [1, 2, 3]) {
      const run = await simulateSwarm({ downloaders, chunks: CHUNKS, mbits, ...BUSY }, new Random(seed));
      expect(run.seconds / run.lineSeconds).toBeLessThan(1 + growth);
      expect(run.copies).toBeLessThan(1.15);
      expect(run.traffic).toBeLessThan(1.1);
    }
  },
);

test('I3 thirty PCs do not wait for one another: a class fills itself in the time of two or three copies', async () => {
  const about = { downloaders: 30, chunks: CHUNKS, mbits: 1000, ...BUSY };
  const run = await simulateSwarm(about, new Random(1));
  expect(run.seconds / run.lineSeconds).toBeLessThan(2.6);
  expect(run.copies).toBeLessThan(1.15);
  expect(run.traffic).toBeLessThan(1.1);
});
