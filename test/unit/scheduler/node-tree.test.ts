/** The index over the PCs finds what a look at each of them finds. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Leaf, NodeTree } from '../../../src/scheduler/node-tree.ts';
import {
  binpackPolicy,
  type Policy,
  penaltyPolicy,
  RESOURCES,
  spreadPolicy,
  standingOf,
} from '../../../src/scheduler/policies.ts';
import { amounts } from '../../../src/scheduler/spot.ts';
import type { Resources } from '../../../src/state/index.ts';

const weights = { cpu: 0.2, ram: 0.3, storage: 0.2, temp: 0.3 };
const policies: Policy[] = [penaltyPolicy(weights), binpackPolicy(weights), spreadPolicy()];

const pcArb = fc.record({
  cores: fc.constantFrom(2, 4, 4, 4, 8),
  ram: fc.constantFrom(0, 4096, 4096, 8192),
  usedCores: fc.integer({ min: 0, max: 8 }),
  usedRam: fc.constantFrom(0, 1024, 2048, 4096),
  vms: fc.integer({ min: 0, max: 3 }),
});
const needArb = fc.record({
  vcpus: fc.integer({ min: 0, max: 4 }),
  ramMiB: fc.constantFrom(0, 512, 1024, 4096),
  storageGiB: fc.integer({ min: 0, max: 60 }),
  tempGiB: fc.constantFrom(0, 3),
});

function leafOf(
  policy: Policy,
  pc: { cores: number; ram: number; usedCores: number; usedRam: number; vms: number },
  n: number,
): Leaf {
  const offered = { cores: pc.cores, ramMiB: pc.ram, storageGiB: 100, tempGiB: 50 };
  const used = { vcpus: pc.usedCores, ramMiB: pc.usedRam, storageGiB: 5 * pc.vms, tempGiB: 0 };
  const limits = [pc.cores * 1.2, pc.ram, 100, 50];
  const free = RESOURCES.map((key, one) => (limits[one] ?? 0) - used[key]);
  const rates = policy.rates(offered);
  return {
    id: `pc-${n.toString().padStart(4, '0')}`,
    rank: n,
    rates,
    standing: standingOf(rates, amounts(used), pc.vms),
    free,
  };
}

function scoreOf({ standing, rates }: Leaf, need: Resources): number {
  let sum = standing;
  for (const key of RESOURCES) sum += need[key] * rates[key];
  return sum + rates.vm;
}

function bestByLook(leaves: readonly Leaf[], need: Resources, extra: (leaf: Leaf) => number): Leaf | null {
  let best: Leaf | null = null;
  for (const leaf of leaves) {
    if (RESOURCES.some((key, one) => need[key] > 0 && need[key] > (leaf.free[one] ?? 0) + 1e-9)) continue;
    if (best === null || scoreOf(leaf, need) + extra(leaf) < scoreOf(best, need) + extra(best)) best = leaf;
  }
  return best;
}

describe('S8 S9 the index over the PCs', () => {
  test.each(policies)('$name: finds the best of all, ties by the lower id, while PCs fill up', (policy) => {
    fc.assert(
      fc.property(
        fc.array(pcArb, { minLength: 1, maxLength: 40 }),
        fc.array(needArb, { minLength: 1, maxLength: 30 }),
        fc.boolean(),
        (pcs, needs, withExtra) => {
          const leaves = pcs.map((pc, n) => leafOf(policy, pc, n));
          const extra = (leaf: Leaf) => (withExtra && leaf.id.endsWith('3') ? 0.25 : 0);
          const tree = new NodeTree(leaves);
          for (const need of needs) {
            const found = tree.best(need, withExtra ? extra : null)?.leaf ?? null;
            expect(found?.id).toBe(bestByLook(leaves, need, extra)?.id);
            if (!found) continue;
            RESOURCES.forEach((key, one) => {
              found.free[one] = (found.free[one] ?? 0) - need[key];
              found.standing += need[key] * found.rates[key];
            });
            tree.update(found);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('no PC at all, or none with room: nothing is found', () => {
    const need = { vcpus: 1, ramMiB: 0, storageGiB: 0, tempGiB: 0 };
    expect(new NodeTree([]).best(need)).toBeNull();
    const [policy] = policies;
    if (!policy) throw new Error('no policy');
    const full = leafOf(policy, { cores: 2, ram: 0, usedCores: 8, usedRam: 0, vms: 0 }, 1);
    expect(new NodeTree([full]).best(need)).toBeNull();
  });
});
