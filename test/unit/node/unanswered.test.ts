/** Who is taken for cut off because nothing comes back (GF25). */
import { expect, test } from 'bun:test';
import { Unanswered } from '../../../src/node/cluster/unanswered.ts';

const beats = (one: Unanswered, from: number, to: number): number[] => {
  const silent: number[] = [];
  for (let now = from; now <= to; now += 100) if (one.asks('b', now)) silent.push(now);
  return silent;
};

test('GF25 silence to three seconds of heartbeats is noticed, once every three seconds', () => {
  expect(beats(new Unanswered(), 0, 7_000)).toEqual([3_000, 6_100]);
});

test('an answer begins the count anew', () => {
  const one = new Unanswered();
  expect(beats(one, 0, 2_900)).toEqual([]);
  one.heard('b');
  expect(beats(one, 3_000, 5_900)).toEqual([]);
});

test('whoever was stopped itself blames nobody', () => {
  const one = new Unanswered();
  expect(one.asks('b', 0)).toBe(false);
  expect(one.asks('b', 10_000)).toBe(false);
});
