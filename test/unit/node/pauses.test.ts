/** VMs that their disk paused are let go on often enough for QEMU to come back to its server, and not without a pause. */
import { expect, test } from 'bun:test';
import { Pauses } from '../../../src/node/agent/pauses.ts';

function paced() {
  const looks: number[] = [];
  return { looks, pauses: new Pauses((_, afterMs) => void looks.push(afterMs)) };
}

test('tried at once, then at a pace, and looked at again for the next try', () => {
  const { looks, pauses } = paced();
  expect(pauses.mayTry('v', true)).toBe(true);
  expect(looks).toEqual([500]);
  expect(pauses.mayTry('v', true)).toBe(false);
  expect(looks).toEqual([500, 500]);
});

test('a full disk is left to the tick: room does not come by asking', () => {
  const { looks, pauses } = paced();
  expect(pauses.mayTry('v', false)).toBe(true);
  expect(looks).toEqual([]);
});

test('a VM that was let go on a moment ago is not believed yet; one that was never paused is', () => {
  const { looks, pauses } = paced();
  expect(pauses.isWavering('v')).toBe(false);
  pauses.mayTry('v', true);
  expect(pauses.isWavering('v')).toBe(true);
  expect(looks.at(-1)).toBe(1000);
  pauses.forget('v');
  expect(pauses.isWavering('v')).toBe(false);
});

test('a short pause is not told', () => {
  const { pauses } = paced();
  pauses.mayTry('v', true);
  expect(pauses.isLong('v')).toBe(false);
  expect(pauses.isLong('nobody')).toBe(false);
});
