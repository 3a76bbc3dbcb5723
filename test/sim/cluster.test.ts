import { expect, test } from 'bun:test';
import { Cluster, type Outcome } from './support/cluster.ts';

/**
 * Whole clusters of 3 to 9 nodes against bad luck; a run is a few virtual seconds and 3 ms of work.
 * LABMESH_SIM_RUNS=10000 runs more, LABMESH_SIM_FROM=N begins elsewhere, LABMESH_SIM_SEED=N replays one seed.
 */
const only = process.env.LABMESH_SIM_SEED;
const from = Number(only ?? process.env.LABMESH_SIM_FROM ?? 1);
const runs = only === undefined ? Number(process.env.LABMESH_SIM_RUNS ?? 1_500) : 1;

function runSeed(seed: number): Outcome {
  try {
    return new Cluster(seed).run();
  } catch (error) {
    console.error(`seed ${seed} fails; replay: LABMESH_SIM_SEED=${seed} bun test test/sim/cluster.test.ts`);
    throw error;
  }
}

test(`E P V M S: ${runs} seeded clusters keep every rule and come back to life`, () => {
  const sum = { confirmed: 0, reads: 0, elections: 0, changes: 0, crashes: 0 };
  for (let seed = from; seed < from + runs; seed++) {
    const outcome = runSeed(seed);
    for (const key of ['confirmed', 'reads', 'elections', 'changes', 'crashes'] as const)
      sum[key] += outcome[key];
  }
  // A simulation in which little happens shows little.
  if (runs < 100) return;
  expect(sum.confirmed / runs).toBeGreaterThan(15);
  expect(sum.reads / runs).toBeGreaterThan(10);
  expect(sum.elections / runs).toBeGreaterThan(2);
  expect(sum.changes / runs).toBeGreaterThan(0.8);
  expect(sum.crashes / runs).toBeGreaterThan(3);
}, 600_000);

test('E9 the same seed gives the same run', () => {
  expect(new Cluster(from).run()).toEqual(new Cluster(from).run());
});
