/** PCs that never come back: the voters heal, and with most of them lost the admin goes on from one copy. Nothing is hosted here. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { Lab, nameOf } from '../support/lab.ts';
import type { Problem } from '../support/node.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(180_000);
const ALL = [0, 1, 2, 3, 4];
const LONG_MS = 60_000;
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start(5, { hosting: [] });
  await lab.form();
});
afterAll(() => lab?.close());

async function write(index: number, name: string): Promise<void> {
  await until(
    `a write at ${nameOf(index)}`,
    async () => {
      await lab.must(index, 'POST', '/courses', { name, places: 20 });
      return true;
    },
    LONG_MS,
  );
}

const refusedJoin = async (index: number, token: string): Promise<string> => {
  const child = lab.node(index).spawn(['join', token]);
  const code = await Promise.race([child.exited, Bun.sleep(30_000)]);
  if (typeof code !== 'number') {
    child.kill('SIGKILL');
    throw new Error('it neither joined nor was refused');
  }
  expect(code).not.toBe(0);
  return lab.node(index).log;
};

test('N2 GF29 a newcomer under a name that is taken, or with a token used up or revoked, is told why', async () => {
  // PC 4 is set up anew while the cloud still knows it by its name.
  await lab.kill9(4);
  await lab.pc(4).run(['rm', '-rf', lab.node(4).data]);
  const token = await lab.token(1);
  expect(await refusedJoin(4, token)).toMatch(/name/i);
  await lab.must(0, 'POST', `/nodes/${nameOf(4)}/retire`, { force: true });
  await lab.startNode(4, { join: token });
  await until('it is a member', async () => (await lab.seen(0, 4)).state === 'ready', LONG_MS);
  await lab.kill9(4);
  await lab.pc(4).run(['rm', '-rf', lab.node(4).data]);
  const said = lab.node(4).log.length;
  expect((await refusedJoin(4, token)).slice(said)).toMatch(/token/i);
  await lab.must(0, 'POST', `/nodes/${nameOf(4)}/retire`, { force: true });
  await lab.startNode(4, { join: await lab.token(1) });
  await until('it is a member again', async () => (await lab.seen(0, 4)).state === 'ready', LONG_MS);
});

test('N7 two of five are off for good: the voters heal to a full set, and one more may fail', async () => {
  const master = await lab.master(0);
  const gone = ALL.filter((index) => index !== master).slice(-2);
  const left = ALL.filter((index) => !gone.includes(index));
  for (const index of gone) {
    await lab.kill9(index);
    await write(master, `without ${nameOf(index)}`);
  }
  await until(
    'a full set of living voters',
    async () => {
      const { voters, alive, mayFail } = (await lab.status(await lab.master(master, left))).quorum;
      return voters === 3 && alive === 3 && mayFail === 1;
    },
    150_000,
  );
  await until(
    'both are told as lost',
    async () => {
      const states = await Promise.all(gone.map(async (index) => (await lab.seen(master, index)).state));
      return states.every((state) => state === 'lost');
    },
    150_000,
  );
});

test('N9 most voters are lost for good: one command on a survivor goes on from its copy', async () => {
  const alive = await until('three left', async () => {
    const { nodes } = await lab.status(await lab.master(0));
    const names = nodes.filter(({ state }) => state === 'ready').map(({ name }) => name);
    const found = ALL.filter((index) => names.includes(nameOf(index)));
    return found.length === 3 && found;
  });
  const [survivor = 0, ...others] = alive;
  await write(survivor, 'before the loss');
  for (const index of others) await lab.kill9(index);
  const refused = await lab.api<Problem>(survivor, 'POST', '/courses', { name: 'lost', places: 20 });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.body.message.length).toBeGreaterThan(20);
  expect((await lab.status(survivor)).master).toBe(null);
  await lab.cli(survivor, ['cloud', 'recover', '--yes']);
  await write(survivor, 'after the recovery');
  const names = (await lab.cli<{ name: string }[]>(survivor, ['course', 'ls'])).map(({ name }) => name);
  expect(names).toContain('before the loss');
  expect((await lab.status(survivor)).quorum).toMatchObject({ voters: 1, alive: 1 });
});
