/** A version that grows: who waits for chunks gets what came first hand, and hears of the rest. */
import { expect, test } from 'bun:test';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import { Growth } from '../../../../src/images/swarm/growth.ts';

const CHUNKS = 16;
/** Longer than any test takes: an answer that waits for it is one too late. */
const LONG_MS = 60_000;

function growing() {
  const present = PresentBitmap.empty(CHUNKS);
  const growth = new Growth(present);
  const come = (chunk: number, isFirstHand: boolean) => {
    present.set(chunk);
    growth.arrived(chunk, isFirstHand);
  };
  return { growth, come };
}

function some(...chunks: number[]): PresentBitmap {
  const bitmap = PresentBitmap.empty(CHUNKS);
  for (const chunk of chunks) bitmap.set(chunk);
  return bitmap;
}

const given = (have: PresentBitmap) => Array.from({ length: CHUNKS }, (_, i) => i).filter((i) => have.has(i));

test('I3 a chunk that came from a PC that has all is handed on when it comes, to everybody who waits for it', async () => {
  const { growth, come } = growing();
  const [one, other] = [growth.oneOf(some(3, 4), false, LONG_MS), growth.oneOf(some(4), false, LONG_MS)];
  come(7, true);
  come(4, true);
  expect(given(await one)).toContain(4);
  expect(given(await other)).toContain(4);
  expect(given(await growth.oneOf(some(4), false, LONG_MS))).toContain(4); // it is there already
});

test('I3 what came from others who pass it on is told, and not sent a second time', async () => {
  const { growth, come } = growing();
  const waiting = growth.oneOf(some(3), false, LONG_MS);
  come(3, false);
  expect(given(await waiting)).toEqual([]);
  expect(given(await growth.oneOf(some(3), false, LONG_MS))).toEqual([]); // it was there before
});

test('S7 what a guest waits for is given however it came', async () => {
  const { growth, come } = growing();
  const waiting = growth.oneOf(some(3), true, LONG_MS);
  come(3, false);
  expect(given(await waiting)).toEqual([3]);
});

test('I3 whoever waits in vain is answered in the end', async () => {
  const { growth, come } = growing();
  const waiting = growth.oneOf(some(3), false, 20);
  come(5, true);
  expect(given(await waiting)).not.toContain(3);
});
