/**
 * What happens to a VM whose image still comes (V3): restarted, and reset, suspended and resumed while nobody is left who has the image. The guest counts
 * on its disk. One lab, in order.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lab, nameOf } from '../support/lab.ts';
import { openScreen } from '../support/lab-screen.ts';
import { demoImage } from '../support/node.ts';
import { withNoise } from '../support/streamed.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(300_000);
const LONG_MS = 120_000;
/** The third only votes: a PC that is cut off from the holder still has a cloud to tell. */
const [HOLDER, NEWCOMER, VOTER] = [0, 1, 2];
/** So slow that the noise takes longer to come than the guest to boot twice. */
const MBITS = 12;
const NOISE_MIB = 80;
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [HOLDER, NEWCOMER] });
  const demo = join(lab.pc(HOLDER).dir, 'demo.raw');
  copyFileSync(demoImage(), `${demo}.qcow2`);
  await lab.pc(HOLDER).run(['qemu-img', 'convert', '-O', 'raw', `${demo}.qcow2`, demo]);
  await lab.form();
  await lab.cli(HOLDER, ['setting', 'set', 'image.copies', '1']);
  const file = join(lab.pc(HOLDER).dir, 'life.raw');
  withNoise(demo, file, NOISE_MIB);
  await lab.cli(HOLDER, ['image', 'import', file, '--name', 'life', '--os', 'linux', '--shared', '--raw']);
  for (const index of [HOLDER, NEWCOMER]) lab.shape(index, MBITS);
});
afterAll(() => lab?.close());

/** A lab on the PC that has nothing of its image. */
function guest(name: string) {
  const serial = () => lab.node(NEWCOMER).serial(name);
  const seen = () => lab.node(NEWCOMER).vm(name);
  const cli = (...args: string[]) => lab.cli(NEWCOMER, ['vm', ...args, name]);
  const type = async (line: string) => {
    const keyboard = await openScreen(lab, NEWCOMER, name);
    await keyboard.line(line);
    keyboard.close();
  };
  const boots = async () => (await serial()).split('labmesh-demo ready').length - 1;
  const ready = (nth: number) =>
    until(`${name} is up, time ${nth}`, async () => (await boots()) === nth, LONG_MS);
  const counts = async () =>
    [...(await serial()).matchAll(/counter (\d+) [\d.]+\r?\n/g)].map(([, number]) => Number(number));
  const countsOn = async () => {
    const last = (await counts()).at(-1) ?? 0;
    await until('it counts on', async () => ((await counts()).at(-1) ?? 0) > last + 5, LONG_MS);
    const numbers = await counts();
    expect(numbers).toEqual(numbers.map((_, at) => at + (numbers[0] ?? 0)));
  };
  const start = () => {
    const where = ['--on', nameOf(NEWCOMER), '--name', name, '--size', 'Linux small'];
    return lab.cli(NEWCOMER, ['vm', 'start', '--image', name, ...where]);
  };
  const isServed = async () => (await seen()).cause?.code.startsWith('vm.image_') === true;
  return { serial, seen, cli, type, ready, countsOn, start, isServed };
}

const lost = () => lab.cut({ a: [HOLDER], b: [NEWCOMER, VOTER] });

test('V3 V4 it restarts while its image comes', async () => {
  const vm = guest('life');
  await vm.start();
  await vm.ready(1);
  await vm.cli('reboot');
  await vm.ready(2);
  expect(await vm.isServed()).toBe(true);
  expect(await vm.serial()).not.toContain('I/O error');
});

test('V3 GF9 nobody is left who has it: reset, suspended and resumed, it goes on with what came', async () => {
  const vm = guest('life');
  lost();
  await vm.cli('reboot', '--force');
  await vm.ready(3);
  await vm.type('counter 0.2 > /dev/ttyS0 &');
  await vm.countsOn();
  await vm.cli('suspend');
  expect((await vm.seen()).state).toBe('suspended');
  await vm.cli('start');
  await vm.countsOn();
  expect(await vm.isServed()).toBe(true);
});
