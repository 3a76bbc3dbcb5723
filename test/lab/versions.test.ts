/**
 * Builds of two levels in one cloud (N10): the newer one is this source, built to call itself so. What a cloud is able to do is what all of its
 * PCs are able to do; who is too old for it is told so and changes nothing.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Lab, nameOf } from '../support/lab.ts';
import { binary, binaryOfLevel } from '../support/node.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(300_000);
const LONG_MS = 60_000;
const OLDER = [binary()];
let newer: string[];
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [], command: OLDER });
  newer = [binaryOfLevel(2, lab.pc(1).dir)];
  lab.useBuild(1, newer);
});
afterAll(() => lab?.close());

const levelAt = async (index: number) => (await lab.status(index)).cloud.level;
const write = (index: number, name: string) => lab.must(index, 'POST', '/courses', { name, places: 20 });

/** A verb that must end by itself, unwelcome; what it said. */
async function refused(index: number, verb: string[]): Promise<string> {
  const said = existsSync(lab.node(index).logFile) ? lab.node(index).log.length : 0;
  const child = lab.node(index).spawn(verb);
  const code = await Promise.race([child.exited, Bun.sleep(LONG_MS)]);
  if (typeof code !== 'number') child.kill('SIGKILL');
  expect(code).toBeGreaterThan(0);
  return lab.node(index).log.slice(said);
}

test('N10 a newer PC joins an older cloud, and works at the level of the cloud', async () => {
  await lab.startNode(0);
  await lab.startNode(1, { join: await lab.token() });
  await until('it is a member', async () => (await lab.seen(0, 1)).state === 'ready', LONG_MS);
  for (const index of [0, 1]) {
    await write(index, `from ${nameOf(index)}`);
    expect(await levelAt(index)).toBe(1);
  }
});

test('N10 when the last older PC has the newer build, the level of the cloud rises', async () => {
  await lab.stop(0);
  lab.useBuild(0, newer);
  await lab.startNode(0);
  for (const index of [0, 1]) {
    await until(`${nameOf(index)} is at level 2`, async () => (await levelAt(index)) === 2, LONG_MS);
  }
});

test('N10 an older PC is not let into a cloud whose level rose: told why, it leaves nothing behind', async () => {
  const token = await lab.token(1, 1);
  expect(await refused(2, ['join', token])).toMatch(/too old for (the|this) cloud/);
  expect((await lab.status(1)).nodes).toHaveLength(2);
  expect(existsSync(join(lab.node(2).data, 'log', 'db'))).toBe(false);
  // The token was not used up by that.
  lab.useBuild(2, newer);
  await lab.startNode(2, { join: token });
  await until('the newer one is a member', async () => (await lab.seen(1, 2)).state === 'ready', LONG_MS);
});

test('N10 a PC that goes back to an older build says so and does not start; the others go on', async () => {
  await lab.kill9(2);
  lab.useBuild(2, OLDER);
  expect(await refused(2, ['up'])).toMatch(/too old for (the|this) cloud/);
  await until('they write', () => write(1, 'without it').then(() => true), LONG_MS);
  expect(await levelAt(1)).toBe(2);
  lab.useBuild(2, newer);
  await lab.startNode(2);
  await until('it is back', async () => (await lab.seen(1, 2)).state === 'ready', LONG_MS);
});
