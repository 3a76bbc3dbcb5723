/** CygnusCloud's balancer, figure by figure (CASES.md, G; S8). */
import { describe, expect, test } from 'bun:test';
import { penalty } from '../../../src/scheduler/index.ts';
import type { Resources } from '../../../src/state/index.ts';

const weights = { cpu: 0.2, ram: 0.3, storage: 0.2, temp: 0.3 };
const GB = 1024;
const nodeA = { cores: 4, ramMiB: 4 * GB, storageGiB: 1000, tempGiB: 100 };
const usedA: Resources = { vcpus: 0, ramMiB: GB, storageGiB: 100, tempGiB: 0 };
const nodeB = { cores: 8, ramMiB: 16 * GB, storageGiB: 500, tempGiB: 50 };
const usedB: Resources = { vcpus: 4, ramMiB: 4 * GB, storageGiB: 250, tempGiB: 12 };

const need = (vcpus: number, ram: number, disk: number, data: number): Resources => {
  return { vcpus, ramMiB: ram * GB, storageGiB: disk, tempGiB: data };
};

describe('S8 the penalty of a boot', () => {
  test.each([
    ['Linux small', need(1, 1, 5, 3), 0.23, 0.41075],
    ['Linux medium', need(2, 2, 10, 6), 0.365, 0.4745],
    ['Windows big', need(4, 3, 40, 16), 0.576, 0.61525],
  ])('%s', (_name, asked, onA, onB) => {
    expect(penalty(nodeA, usedA, asked, weights)).toBeCloseTo(onA, 10);
    expect(penalty(nodeB, usedB, asked, weights)).toBeCloseTo(onB, 10);
  });

  test("the thesis's misprint (minus for disks) would choose the fuller disk", () => {
    const small = need(1, 1, 5, 3);
    expect(penalty(nodeA, usedA, small, weights)).toBeLessThan(penalty(nodeB, usedB, small, weights));
    const misprint = (of: typeof nodeA, used: Resources) =>
      penalty(
        { ...of, storageGiB: 0, tempGiB: 0 },
        { ...used, storageGiB: 0, tempGiB: 0 },
        { ...small, storageGiB: 0, tempGiB: 0 },
        weights,
      ) +
      (0.2 * (small.storageGiB - used.storageGiB)) / of.storageGiB +
      (0.3 * (small.tempGiB - used.tempGiB)) / of.tempGiB;
    expect(misprint(nodeA, usedA)).toBeCloseTo(0.19, 5);
    expect(misprint(nodeB, usedB)).toBeCloseTo(0.06675, 5);
  });

  test.each([
    ['Linux small', need(1, 1, 5, 3), 0.155, 0.23575],
    ['Windows big', need(4, 3, 40, 16), 0.501, 0.44025],
  ])('S11 deploy of %s: cores and memory in use do not count', (_name, asked, onA, onB) => {
    const idle = (used: Resources) => ({ ...used, vcpus: 0, ramMiB: 0 });
    expect(penalty(nodeA, idle(usedA), asked, weights)).toBeCloseTo(onA, 10);
    expect(penalty(nodeB, idle(usedB), asked, weights)).toBeCloseTo(onB, 10);
  });

  test('a resource that a node has none of is full at once', () => {
    const bare = { ...nodeA, tempGiB: 0 };
    expect(penalty(bare, { ...usedA, tempGiB: 0 }, need(1, 1, 5, 3), weights)).toBe(Number.POSITIVE_INFINITY);
    expect(penalty(bare, { ...usedA, tempGiB: 0 }, need(1, 1, 5, 0), weights)).toBeLessThan(1);
  });
});
