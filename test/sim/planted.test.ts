import { describe, expect, test } from 'bun:test';
import { Cluster } from './support/cluster.ts';
import { Figure8 } from './support/figure8.ts';
import { planted } from './support/planted.ts';

/** Seeds tried until a fault shows; with the faults below it does within a few, or within some hundreds. */
const SEEDS = 1_500;
const PLAYS = 40;

function noticed(run: (seed: number) => void, seeds: number): string {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      run(seed);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return `nothing within ${seeds} seeds`;
}

describe('the checks bite: a core that', () => {
  for (const [name, { faults, noticedAs, play }] of Object.entries(planted)) {
    test(name, () => {
      const run =
        play === 'figure 8'
          ? (seed: number) => new Figure8(seed, faults).run()
          : (seed: number) => new Cluster(seed, faults).run();
      expect(noticed(run, play === 'figure 8' ? PLAYS : SEEDS)).toMatch(noticedAs);
    }, 60_000);
  }
});

test('E5 figure 8 of the Raft paper, played to its end, harms a whole core never', () => {
  let played = 0;
  for (let seed = 1; seed <= PLAYS; seed++) if (new Figure8(seed).run()) played += 1;
  expect(played).toBeGreaterThan(PLAYS / 2);
});
