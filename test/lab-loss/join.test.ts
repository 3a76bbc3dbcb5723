/** Whoever may not join is told why by the command that they ran, each in its own sentence, and leaves nothing behind. Nothing is hosted here. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatToken, newSecret, parseToken } from '../../src/gossip/index.ts';
import { describe } from '../../src/texts/index.ts';
import { Lab, nameOf } from '../support/lab.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(300_000);
const LONG_MS = 60_000;
/** PC 0 and PC 1 are clouds of their own; PC 2 wants to join that of PC 0. */
const [OURS, THEIRS, NEWCOMER] = [0, 1, 2];
let lab: Lab;

interface TokenJson {
  id: string;
  token: string;
}

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [] });
  await lab.startNode(OURS);
  await lab.startNode(THEIRS);
});
afterAll(() => lab?.close());

const made = (uses: number, ttlSeconds = 3600) =>
  lab.must<TokenJson>(OURS, 'POST', '/tokens', { uses, ttlSeconds });

/** `labmesh join` must end by itself, unwelcome. What it said. */
async function refused(index: number, token: string, flags: readonly string[] = []): Promise<string> {
  const node = lab.node(index);
  const said = existsSync(node.logFile) ? node.log.length : 0;
  const child = node.spawn(['join', token, ...flags]);
  const code = await Promise.race([child.exited, Bun.sleep(LONG_MS)]);
  if (typeof code !== 'number') {
    child.kill('SIGKILL');
    throw new Error('it neither joined nor was refused');
  }
  expect(code).toBeGreaterThan(0);
  return node.log.slice(said);
}

const sentence = (code: string, data: Record<string, unknown> = {}) => describe(code, data, 'en').message;
const uses = async (id: string) => {
  const all = await lab.must<{ id: string; nodes: unknown[] }[]>(OURS, 'GET', '/tokens');
  return all.find((one) => one.id === id)?.nodes.length;
};

test('N2 X3 a token with another secret, one of no cloud, and one that leads to another cloud', async () => {
  const { token } = await made(1);
  const real = parseToken(token);
  const forged = formatToken({ ...real, secret: newSecret() });
  expect(await refused(NEWCOMER, forged)).toContain(sentence('join.wrong_secret'));
  const unknown = formatToken({ ...real, tokenId: `${real.tokenId.slice(0, -4)}ZZZZ` });
  expect(await refused(NEWCOMER, unknown)).toContain(sentence('join.token_unknown'));
  const [address] = parseToken(
    (await lab.must<TokenJson>(THEIRS, 'POST', '/tokens', { uses: 1, ttlSeconds: 3600 })).token,
  ).addresses;
  const astray = formatToken({ ...real, addresses: address ? [address] : [] });
  const found = (await lab.status(THEIRS)).cloud.id;
  expect(await refused(NEWCOMER, astray)).toContain(
    sentence('join.wrong_cloud', { wanted: real.cloudId, found }),
  );
  expect(await refused(NEWCOMER, token.slice(0, -5))).toContain('not a whole join token');
  expect(existsSync(join(lab.node(NEWCOMER).data, 'log', 'db'))).toBe(false);
});

test('N2 a node of one cloud does not join another: its labs would be left behind', async () => {
  const { token } = await made(1);
  await lab.stop(THEIRS);
  expect(await refused(THEIRS, token)).toContain(
    sentence('node.other_cloud', { dir: lab.node(THEIRS).data }),
  );
  await lab.startNode(THEIRS);
});

test('N2 a token that was withdrawn, one whose time is over', async () => {
  const short = await made(1, 60);
  const { id, token } = await made(1);
  await lab.must(OURS, 'DELETE', `/tokens/${id}`);
  expect(await refused(NEWCOMER, token)).toContain(sentence('join.token_revoked'));
  await until(
    'its minute is over',
    async () => {
      const all = await lab.must<{ id: string; state: string }[]>(OURS, 'GET', '/tokens');
      return all.find((one) => one.id === short.id)?.state === 'expired';
    },
    90_000,
  );
  expect(await refused(NEWCOMER, short.token)).toMatch(
    /This token expired on \d{4}-\d\d-\d\d at \d\d:\d\d UTC/,
  );
});

test('N2 GF29 a name that is taken; then welcome; then used up for everybody else, and no second use for who is in', async () => {
  const { id, token } = await made(1);
  const name = nameOf(OURS);
  expect(await refused(NEWCOMER, token, ['--name', name])).toContain(sentence('join.name_taken', { name }));
  expect(await uses(id)).toBe(0);
  await lab.startNode(NEWCOMER, { join: token });
  await until('it is a member', async () => (await lab.seen(OURS, NEWCOMER)).state === 'ready', LONG_MS);
  // The same once more, from the same folder: it is in already and simply starts.
  await lab.kill9(NEWCOMER);
  await lab.startNode(NEWCOMER, { join: token });
  expect(await uses(id)).toBe(1);
  await lab.kill9(NEWCOMER);
  await lab.pc(NEWCOMER).run(['rm', '-rf', lab.node(NEWCOMER).data]);
  const flags = ['--name', 'somebody-else'];
  expect(await refused(NEWCOMER, token, flags)).toContain(sentence('join.token_used_up', { maxUses: 1 }));
  expect((await lab.status(OURS)).nodes).toHaveLength(2);
});
