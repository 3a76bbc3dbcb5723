import { expect, test } from 'bun:test';
import { steadyClock } from '../../../src/node/clock.ts';

/** A PC whose clock and whose counter of elapsed time are set by hand. */
function pcAt(start: number) {
  const pc = { wall: start, elapsed: 5000 };
  const clock = steadyClock(
    () => pc.wall,
    () => pc.elapsed,
  );
  const pass = (ms: number) => {
    pc.wall += ms;
    pc.elapsed += ms;
  };
  return { pc, clock, pass };
}

test('follows the clock of the PC, forward jumps too', () => {
  const { pc, clock, pass } = pcAt(1_000_000);
  pass(250);
  expect(clock.now()).toBe(1_000_250);
  pc.wall += 3_600_000; // the PC slept, or its clock was put right
  expect(clock.now()).toBe(4_600_250);
});

test('set back an hour, it goes on at its own pace and is not an hour late', () => {
  const { pc, clock, pass } = pcAt(10_000_000);
  pc.wall -= 3_600_000;
  expect(clock.now()).toBe(10_000_000);
  pass(90_000);
  expect(clock.now()).toBe(10_090_000);
  pc.wall += 3_600_000; // put right again: nothing jumps
  expect(clock.now()).toBe(10_090_000);
});

test('a start behind the log begins where the log ended', () => {
  const { clock, pass } = pcAt(1_000_000);
  clock.atLeast(9_000_000);
  pass(1_500);
  expect(clock.now()).toBe(9_001_500);
  clock.atLeast(5);
  expect(clock.now()).toBe(9_001_500);
});

test('many readings do not add up to a clock that runs ahead', () => {
  const { pc, clock } = pcAt(1_000_000);
  for (let i = 0; i < 10_000; i++) {
    pc.elapsed += 0.3;
    pc.wall = 1_000_000 + Math.floor((i + 1) * 0.3);
    clock.now();
  }
  expect(Math.abs(clock.now() - pc.wall)).toBeLessThanOrEqual(1);
});
