import { expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { steady } from '../../../src/gossip/steady.ts';

test('a steady clock follows its clock forward and never goes back', () => {
  let now = 1_000;
  const clock = steady(() => now);
  now = 5_000;
  expect(clock()).toBe(5_000);
  now = 2_000; // set back
  expect(clock()).toBe(5_000);
  now = 2_700;
  expect(clock()).toBe(5_700);
  const steps = fc.array(fc.integer({ min: -1e7, max: 1e7 }));
  fc.assert(
    fc.property(steps, (jumps) => {
      let last = clock();
      for (const jump of jumps) {
        now += jump;
        const next = clock();
        expect(next - last).toBe(Math.max(0, jump));
        last = next;
      }
    }),
  );
});
