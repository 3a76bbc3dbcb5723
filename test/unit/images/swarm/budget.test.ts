/** So many bytes a second and no more, shared fairly. */
import { expect, test } from 'bun:test';
import { Budget } from '../../../../src/images/swarm/budget.ts';

const MB = 1_000_000;

test('X7 without a limit nobody waits; with one, bytes go at its rate, and each peer in its turn', async () => {
  let rate = Number.POSITIVE_INFINITY;
  const budget = new Budget({ rate: () => rate, now: () => performance.now() });
  await budget.take(100 * MB, 'a');
  rate = 10 * MB;
  const order: string[] = [];
  const began = performance.now();
  const all = [
    ...Array.from({ length: 6 }, () => budget.take(MB / 2, 'greedy').then(() => order.push('greedy'))),
    budget.take(MB / 2, 'late').then(() => order.push('late')),
  ];
  expect(budget.backlogSeconds).toBeGreaterThan(0.2);
  await Promise.all(all);
  const seconds = (performance.now() - began) / 1000;
  expect(seconds).toBeGreaterThan(0.25); // 3.5 MB, the first of them at once
  expect(order.indexOf('late')).toBeLessThan(4);
  expect(budget.backlogSeconds).toBe(0);
});

test('a limit that is taken away lets those go who wait', async () => {
  let rate = 1000;
  const budget = new Budget({ rate: () => rate, now: () => performance.now() });
  await budget.take(MB, 'a');
  const waiting = budget.take(MB, 'a');
  rate = Number.POSITIVE_INFINITY;
  await waiting;
});

test('who waits when the node stops goes at once, and whoever comes later waits for its turn again', async () => {
  let rate = 1;
  const budget = new Budget({ rate: () => rate, now: () => performance.now() });
  await budget.take(MB, 'a');
  const waiting = [budget.take(MB, 'a'), budget.take(MB, 'b')]; // twelve days each
  budget.close();
  await Promise.all(waiting);
  let isLate = true;
  const later = budget.take(MB, 'a').then(() => {
    isLate = false;
  });
  await Bun.sleep(50);
  expect(isLate).toBe(true);
  rate = Number.POSITIVE_INFINITY;
  await later;
});
