/** What a guest waits for goes beside what a peer is sending, not behind it. */
import { expect, test } from 'bun:test';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import { Pace } from '../../../../src/images/swarm/pace.ts';
import { Wanted } from '../../../../src/images/swarm/wanted.ts';

const CHUNKS = 64;

test('a peer with its usual questions is asked once more, and only for what a guest waits for', () => {
  const pace = new Pace();
  pace.add('a');
  for (let n = 0; n < 2; n++) pace.asked('a', 0);
  expect(pace.ready(0)).toEqual([]);
  expect(pace.ready(0, true)).toEqual(['a']);
  pace.asked('a', 0);
  expect(pace.ready(0, true)).toEqual([]);
});

test('nothing urgent without a guest that waits; each chunk once', () => {
  const wanted = new Wanted(PresentBitmap.empty(CHUNKS));
  wanted.holds('a', PresentBitmap.full(CHUNKS));
  expect(wanted.urgentQuestion('a')).toBeNull();
  wanted.demand([7, 9]);
  const asked = wanted.urgentQuestion('a');
  expect(asked?.insist).toBe(true);
  expect([7, 9].map((chunk) => asked?.want.has(chunk))).toEqual([true, true]);
  expect(asked?.want.count()).toBe(2);
  wanted.begin('a', [7, 9]);
  expect(wanted.urgentQuestion('a')).toBeNull();
  expect(wanted.urgentQuestion('b')).toBeNull();
});
