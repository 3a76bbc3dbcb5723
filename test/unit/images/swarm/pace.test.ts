/** Whom to ask next, for how much. */
import { expect, test } from 'bun:test';
import { Pace } from '../../../../src/images/swarm/pace.ts';

const MB = 1_000_000;
const CHUNK = 1_048_576;

function paceOf(...ids: string[]): Pace {
  const pace = new Pace();
  for (const id of ids) pace.add(id);
  return pace;
}

test('a slow peer is asked for little, a quick one for much', () => {
  const pace = paceOf('quick', 'slow');
  for (const [id, seconds] of [
    ['quick', 0.1],
    ['slow', 20],
  ] as const) {
    pace.asked(id, 0);
    pace.answered(id, 4 * MB, seconds, 0);
  }
  expect(pace.chunksFor('quick', CHUNK)).toBeGreaterThan(4 * pace.chunksFor('slow', CHUNK));
  expect(pace.ready(1)).toEqual(['quick', 'slow']);
});

test('whoever had nothing rests, longer each time, and is asked one thing at a time until something comes', () => {
  const pace = paceOf('a');
  const rests: number[] = [];
  let now = 0;
  for (let i = 0; i < 6; i++) {
    pace.asked('a', 0);
    pace.answered('a', 0, 0.01, now);
    const wakes = pace.wakesAt(now) ?? 0;
    rests.push(wakes - now);
    now = wakes;
  }
  expect(rests).toEqual(rests.toSorted((a, b) => a - b));
  expect(rests.at(-1)).toBeGreaterThan(4 * (rests[0] ?? 0));
  expect(pace.ready(now)).toEqual(['a']);
  pace.asked('a', 0);
  expect(pace.ready(now)).toEqual([]);
  pace.answered('a', MB, 0.1, now);
  pace.asked('a', 0);
  expect(pace.ready(now)).toEqual(['a']); // while one's bytes travel the next is on its way
});

test('a peer that fails again and again gives no hope, and is asked now and then all the same; one that lied never', () => {
  const pace = paceOf('gone', 'liar');
  for (let i = 0; i < 3; i++) {
    pace.asked('gone', 0);
    pace.failed('gone', 0);
  }
  pace.asked('liar', 0);
  pace.lied('liar');
  expect(pace.isHopeful).toBe(false);
  expect(pace.ready(1000)).toEqual([]);
  expect(pace.ready(60_000)).toEqual(['gone']);
  pace.asked('gone', 0);
  pace.answered('gone', MB, 0.1, 60_000);
  expect(pace.isHopeful).toBe(true);
  pace.remove('liar');
  pace.add('liar'); // it comes back into the list, and is remembered
  expect(pace.figures(0).find(({ id }) => id === 'liar')?.state).toBe('lied');
});

test('a peer that has nothing of the version yet is no failing one: it rests, gives no hope, and is asked again soon', () => {
  const pace = paceOf('newcomer');
  let now = 0;
  for (let i = 0; i < 8; i++) {
    pace.asked('newcomer', 0);
    pace.empty('newcomer', now);
    expect(pace.isHopeful).toBe(false);
    expect(pace.figures(now)[0]?.state).toBe('resting');
    const wakes = pace.wakesAt(now) ?? Number.POSITIVE_INFINITY;
    expect(wakes - now).toBeLessThan(1000);
    now = wakes;
  }
  pace.asked('newcomer', 0);
  pace.answered('newcomer', MB, 0.1, now);
  expect(pace.isHopeful).toBe(true);
});
