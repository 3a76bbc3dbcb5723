/** The rig itself: a lab whose network does not part when told would make every other test of a cut pass. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { Lab } from '../support/lab.ts';
import { greeting } from '../support/lab-screen.ts';
import { addressOf } from '../support/switch.ts';

setDefaultTimeout(120_000);
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [0] });
});
afterAll(() => lab?.close());

async function reaches(from: number, to: number): Promise<boolean> {
  const door = `exec 3<>/dev/tcp/${addressOf(to)}/8443`;
  return (await lab.pc(from).run(['timeout', '2', 'bash', '-c', door])).code === 0;
}

test('nodes of several PCs run side by side, each at the same ports of its own address', async () => {
  for (const index of [0, 1, 2]) await lab.startNode(index);
  const names = await Promise.all([0, 1, 2].map(async (index) => (await lab.status(index)).me.name));
  expect(names).toEqual(['pc-1', 'pc-2', 'pc-3']);
  expect(await reaches(0, 1)).toBe(true);
  expect(await reaches(2, 1)).toBe(true);
});

test('a cut parts two sides, each still talks among itself, and healing joins them', async () => {
  lab.cut({ a: [0], b: [1, 2] });
  expect(await reaches(0, 1)).toBe(false);
  expect(await reaches(2, 0)).toBe(false);
  expect(await reaches(1, 2)).toBe(true);
  lab.heal();
  expect(await reaches(0, 1)).toBe(true);
});

test('a screen is reached through the WebSocket of the page', async () => {
  await lab.untilHosting(0);
  await lab.node(0).importGuest('ticker');
  await lab.cli(0, ['vm', 'start', '--image', 'ticker', '--name', 'screen']);
  expect(await greeting(lab, 0, 'screen')).toStartWith('RFB 003.');
});

test('killed and stopped nodes start again', async () => {
  await lab.kill9(1);
  expect(await reaches(0, 1)).toBe(false);
  await lab.startNode(1);
  expect(await reaches(0, 1)).toBe(true);
  expect(await lab.stop(2)).toBe(0);
  expect(await reaches(0, 2)).toBe(false);
});
