/** How fast images may go: the cloud's limits, the hour, and whoever sits at the PC. */
import { expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineBytes, rateOf } from '../../../src/node/imaging/rates.ts';
import { lab, local } from '../state/world.ts';

const MB = 1_000_000;
const line = 125 * MB;
const alone = { hour: 12, isUserHere: false, lineBytes: line };
const settings = (values: Record<string, number>) => {
  const world = lab();
  for (const [key, value] of Object.entries(values)) world.ok('setting.set', { key, value }, local);
  return world.state;
};

test('N11 without limits nothing is held back, until somebody sits at the PC', () => {
  const state = settings({});
  expect(rateOf(state, 'up', alone)).toBe(Number.POSITIVE_INFINITY);
  expect(rateOf(state, 'down', { ...alone, isUserHere: true })).toBe(line / 2);
  const never = settings({ 'transfer.user_active_percent': 100 });
  expect(rateOf(never, 'up', { ...alone, isUserHere: true })).toBe(Number.POSITIVE_INFINITY);
});

test('a limit holds for its way, less beside a person, and not in the free hours, which may go over midnight', () => {
  const state = settings({ 'transfer.max_up': 20, 'transfer.free_from': 22, 'transfer.free_until': 6 });
  expect(rateOf(state, 'up', alone)).toBe(20 * MB);
  expect(rateOf(state, 'down', alone)).toBe(Number.POSITIVE_INFINITY);
  expect(rateOf(state, 'up', { ...alone, isUserHere: true })).toBe(10 * MB);
  for (const hour of [22, 23, 0, 5])
    expect(rateOf(state, 'up', { ...alone, hour })).toBe(Number.POSITIVE_INFINITY);
  for (const hour of [6, 21]) expect(rateOf(state, 'up', { ...alone, hour })).toBe(20 * MB);
  expect(rateOf(state, 'up', { ...alone, hour: 23, isUserHere: true })).toBe(line / 2);
  const day = settings({ 'transfer.max_down': 5, 'transfer.free_from': 9, 'transfer.free_until': 17 });
  expect([8, 9, 16, 17].map((hour) => rateOf(day, 'down', { ...alone, hour }) / MB)).toEqual([
    5,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    5,
  ]);
  const never = settings({ 'transfer.max_down': 5, 'transfer.free_from': 9, 'transfer.free_until': 9 });
  expect([8, 9, 10].map((hour) => rateOf(never, 'down', { ...alone, hour }) / MB)).toEqual([5, 5, 5]);
});

test('the line is the fastest interface that says its speed; a PC whose interfaces say nothing counts as usual', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'labmesh-net-'));
  try {
    for (const [name, speed] of Object.entries({ lo: null, eth0: '2500\n', wlan0: '-1\n' })) {
      mkdirSync(join(folder, name));
      if (speed !== null) writeFileSync(join(folder, name, 'speed'), speed);
    }
    expect(await lineBytes(folder)).toBe((2500 * MB) / 8);
    expect(await lineBytes(join(folder, 'lo'))).toBe(125 * MB);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
