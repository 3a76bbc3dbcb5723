/** Masters that change hands badly: old terms that still plan, steps late, lost and told twice. The log never over-commits. */
import { describe, expect, test } from 'bun:test';
import { Masters, type MastersOutcome } from './schedule/masters.ts';
import { uncheckedLog } from './schedule/planted.ts';

/** LABMESH_SIM_RUNS=500 runs more, LABMESH_SIM_SEED=N replays one seed. */
const only = process.env.LABMESH_SIM_SEED;
const from = Number(only ?? 1);
const runs = only === undefined ? Math.min(500, Number(process.env.LABMESH_SIM_RUNS ?? 4)) : 1;
const FEW = 100;
/** How a seed goes depends on every placement: which of them brings two masters to one PC changes with the scheduler. */
const SEEDS_OF_BITES = 10;

function run(seed: number, requests: number): MastersOutcome {
  try {
    return new Masters(seed, requests).run();
  } catch (error) {
    const command = `LABMESH_SIM_SEED=${seed} bun test test/sim/schedule-masters.test.ts`;
    console.error(`seed ${seed} fails; replay: ${command}`);
    throw error;
  }
}

test('S10: 500 requests at once from five nodes: never over-committed, all served', () => {
  expect(run(from, 500).ran).toBe(500);
}, 120_000);

test(`S10: two masters in two terms, a master killed between plan and commit, ${runs} seeds`, () => {
  const sum = { terms: 0, refusedSteps: 0, lostSteps: 0, lateSteps: 0 };
  for (let seed = from; seed < from + runs; seed++) {
    const outcome = run(seed, FEW);
    expect(outcome.ran).toBe(FEW);
    for (const key of ['terms', 'refusedSteps', 'lostSteps', 'lateSteps'] as const) sum[key] += outcome[key];
  }
  if (runs < 3) return;
  // Otherwise nothing that is feared has happened.
  expect(sum.terms / runs).toBeGreaterThan(5);
  expect(sum.refusedSteps / runs).toBeGreaterThan(5);
  expect(sum.lostSteps / runs).toBeGreaterThan(2);
  expect(sum.lateSteps / runs).toBeGreaterThan(5);
}, 120_000);

describe('the rules bite', () => {
  test('S10: a log that takes places unchecked is over-committed by a master of a term gone by', () => {
    const seeds = Array.from({ length: SEEDS_OF_BITES }, (_, n) => n + 1);
    const overCommits = (seed: number) => {
      try {
        new Masters(seed, FEW, { apply: uncheckedLog }).run();
        return false;
      } catch (error) {
        return /over-commit/.test(String(error));
      }
    };
    expect(seeds.some(overCommits)).toBe(true);
  }, 60_000);
});
