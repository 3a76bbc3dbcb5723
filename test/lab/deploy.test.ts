/**
 * Copies of images on four PCs: kept safe by themselves, put where people want them, with PCs that have no room, are off, or
 * are lost in the middle (I6, I8). One lab for all tests, in order.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lab, nameOf } from '../support/lab.ts';
import type { Answer, Problem } from '../support/node.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(240_000);
const MIB = 2 ** 20;
const SIZE = 48 * MIB;
const ALL = [0, 1, 2, 3];
let lab: Lab;

interface ImageJson {
  name: string;
  state: string;
  copies: number;
  chunks: number;
  nodes: { node: string; state: string; presentChunks: number; cause: Problem | null }[];
}

beforeAll(async () => {
  lab = await Lab.start(ALL.length);
  await lab.form();
  // A PC is lost soon here, so that nobody waits two minutes for it.
  await lab.cli(0, ['setting', 'set', 'node.lost_after', '10']);
});
afterAll(() => lab?.close());

/** Imports a disk that nothing can be packed of, on a PC. */
async function bring(index: number, name: string): Promise<void> {
  const disk = new Uint8Array(SIZE);
  for (let at = 0; at < SIZE; at += 65_536) crypto.getRandomValues(disk.subarray(at, at + 65_536));
  const file = join(lab.pc(index).dir, `${name}.raw`);
  writeFileSync(file, disk);
  await lab.cli(index, ['image', 'import', file, '--raw', '--name', name]);
}

const show = (name: string, asked = 0) => lab.cli<ImageJson>(asked, ['image', 'show', name]);
const whole = ({ nodes }: ImageJson) =>
  nodes
    .filter(({ state }) => state === 'whole')
    .map(({ node }) => node)
    .sort();
const ask = (index: number, ...args: string[]): Promise<Answer<Problem>> =>
  lab.node(index).cli<Problem>('image', ...args);
const names = (...indexes: number[]) => indexes.map(nameOf).sort();

async function untilOn(name: string, ...indexes: number[]): Promise<void> {
  await until(
    `${name} is on ${names(...indexes)}`,
    async () => {
      return JSON.stringify(whole(await show(name))) === JSON.stringify(names(...indexes));
    },
    60_000,
  );
}

/** What is in the folder of a PC's images, as the PC sees it. */
async function folders(index: number): Promise<string[]> {
  const { stdout } = await lab.pc(index).run(['ls', '-A', join(lab.node(index).data, 'images')]);
  return stdout.split('\n').filter((line) => line !== '');
}

async function untilLost(index: number): Promise<void> {
  await until(`${nameOf(index)} is lost`, async () => (await lab.seen(0, index)).state === 'lost', 60_000);
}

test('I6 an image gets a second copy by itself', async () => {
  await bring(0, 'first');
  const image = await until(
    'a second copy',
    async () => {
      const found = await show('first');
      return found.copies === 2 && found;
    },
    60_000,
  );
  expect(whole(image)).toContain(nameOf(0));
  expect(image.nodes.every(({ presentChunks }) => presentChunks === image.chunks)).toBe(true);
});

test('GF24 GF30 on all, of which one has no room: it is named with why, the others stand, and it gets its own when there is room', async () => {
  const images = join(lab.node(3).data, 'images');
  // Smaller than what every PC keeps free.
  const mounted = await lab.pc(3).run(['mount', '-t', 'tmpfs', '-o', 'size=900m,mode=0711', 'tmpfs', images]);
  expect(mounted).toMatchObject({ code: 0 });
  await lab.cli(0, ['image', 'rm', 'first']);
  await bring(0, 'second');
  const { code, json } = await ask(1, 'deploy', 'second', '--all');
  expect(code).toBe(1);
  expect(json.code).toBe('image.deploy_partly');
  expect(json.data).toMatchObject({ done: 3, total: 4 });
  expect(json.message).toContain(`${nameOf(3)}: The image needs`);
  expect(whole(await show('second'))).toEqual(names(0, 1, 2));
  const grown = await lab.pc(3).run(['mount', '-o', 'remount,size=3g', images]);
  expect(grown).toMatchObject({ code: 0 });
  await untilOn('second', ...ALL);
  expect((await ask(2, 'deploy', 'second', '--all')).code).toBe(0); // GF22: there already
});

test('GF23 GF35 taken off a PC, and put back; never the last copies, never more than there are PCs', async () => {
  await lab.cli(0, ['image', 'undeploy', 'second', '--on', nameOf(0)]);
  await untilOn('second', 1, 2, 3);
  expect(await folders(0)).toEqual([]);
  expect((await ask(0, 'undeploy', 'second', '--on', nameOf(0))).json.code).toBe('image.not_on_node');
  expect((await ask(0, 'deploy', 'second', '--copies', '9')).json.code).toBe('image.no_node_left');
  expect((await ask(0, 'deploy', 'nothing', '--all')).json.code).toBe('not_found');
  await lab.cli(2, ['image', 'deploy', 'second', '--on', nameOf(0)]);
  await untilOn('second', ...ALL);
});

test('GF26 GF13 a PC that is lost in the middle: told, and it goes on when it is back', async () => {
  await bring(0, 'third');
  await until('a second copy', async () => (await show('third')).copies === 2, 60_000);
  const holders = whole(await show('third'));
  const index = [3, 2, 1].find((one) => !holders.includes(nameOf(one))) ?? 3;
  const before = (await folders(index)).length;
  lab.shape(index, 20);
  const asked = ask(0, 'deploy', 'third', '--on', nameOf(index));
  await until('it has begun', async () => (await folders(index)).length > before, 60_000);
  await lab.kill9(index);
  const { code, json } = await asked;
  expect({ code, of: json.code }).toEqual({ code: 1, of: 'image.deploy_partly' });
  expect(json.message).toContain(`${nameOf(index)}: It does not answer`);
  lab.shape(index, 1000);
  await lab.startNode(index);
  await until('it has it', async () => whole(await show('third')).includes(nameOf(index)), 90_000);
});

test('GF25 GF31 deleted while a PC is off: named, and done when it returns', async () => {
  await untilOn('second', ...ALL);
  await lab.kill9(2);
  await untilLost(2);
  const { code, json } = await ask(0, 'rm', 'second');
  expect({ code, of: json.code }).toEqual({ code: 1, of: 'image.remove_waits' });
  expect(json.data).toMatchObject({ nodes: [nameOf(2)] });
  expect((await show('second')).state).toBe('deleting');
  expect((await ask(1, 'rm', 'second')).json.code).toBe('image.not_ready'); // GF19
  await lab.startNode(2);
  await until('it is gone', async () => (await ask(1, 'show', 'second')).json.code === 'not_found', 60_000);
});

test('I8 a deployment that is given up leaves nothing half done', async () => {
  await bring(1, 'fourth');
  await until('a second copy', async () => (await show('fourth')).copies === 2, 60_000);
  const holders = whole(await show('fourth'));
  const index = ALL.find((one) => !holders.includes(nameOf(one))) ?? 3;
  const before = (await folders(index)).length;
  lab.shape(index, 20);
  await lab.must(0, 'POST', '/images/fourth/deploy', { on: [nameOf(index)] });
  await until('it has begun', async () => (await folders(index)).length > before, 60_000);
  await lab.must(3, 'POST', '/images/fourth/cancel');
  await until('what had arrived is gone', async () => (await folders(index)).length === before, 60_000);
  lab.shape(index, 1000);
  expect(whole(await show('fourth'))).toEqual(holders);
});
