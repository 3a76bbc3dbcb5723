/** `token`, `node promote … retire`, `cloud shutdown … recover`, and what `status` says of several PCs. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { type Fixture, labmesh, startNode, tempFolder } from './support/harness.ts';

const HOUR = 3_600_000;
/** Waits for conditions of a node that steps every 5 ms. */
const QUIET = { columns: 200 };
let node: Fixture;
beforeEach(() => {
  node = startNode('small');
});
afterEach(() => node.stop());

/** A second PC that has nothing to run. */
function joinPc(name: string): string {
  const { node: fake } = node;
  const by = { kind: 'local', nodeId: fake.me.nodeId } as const;
  const scheduler = { kind: 'scheduler', nodeId: fake.me.nodeId } as const;
  const tokenId = fake.newId();
  const nodeId = fake.newId();
  const made = { id: tokenId, verifier: 'b'.repeat(64), label: name, ttlMs: HOUR, uses: 1, share: false };
  fake.apply('token.create', made, by);
  const mesh = { peerId: `12D3KooW${name}`, protocol: 1 };
  const addresses = ['/ip4/192.0.2.2/tcp/8444'];
  fake.apply('node.admit', { tokenId, nodeId, name, addresses, version: '0.1.0', ...mesh }, scheduler);
  const capacity = { cores: 8, ramMiB: 16_384, storageGiB: 200, tempGiB: 100 };
  const facts = { name, address: `${name}.lab.example`, version: '0.1.0', capacity, accel: 'tcg' };
  fake.applyAsNode(
    'node.register',
    { ...facts, ...mesh, meshAddresses: addresses, hostProblem: null },
    nodeId,
  );
  return nodeId;
}

describe('N2 token', () => {
  test('create prints the line to run alone on standard output, the rest beside it', async () => {
    const ran = await node.run('token create --ttl 2h --uses 3 --label room');
    expect([ran.code, ran.out]).toEqual([0, 'labmesh join LM1-FAKE\n']);
    expect(ran.err).toMatch(/3 PCs, for (1 h 59|2 h).*shown this once/);
    const json = (await node.run('token create --json')).json();
    expect(json).toMatchObject({ token: 'LM1-FAKE', command: 'labmesh join LM1-FAKE', uses: 1 });
  });

  test('ls shows state and use, never the secret; rm revokes', async () => {
    expect((await node.run('token ls')).out).toStartWith('No tokens.');
    joinPc('pc-2');
    const made = (await node.run('token create --label room --json')).json() as { id: string };
    const listed = await node.run('token ls', QUIET);
    expect(listed.out).toMatch(/room +valid/);
    expect(listed.out).toMatch(/pc-2 +used up +- +1\/1 +pc-2/);
    expect(listed.out).not.toMatch(/LM1|bbbb/);
    expect((await node.run(['token', 'rm', made.id])).code).toBe(0);
    expect((await node.run('token ls', QUIET)).out).toMatch(/room +revoked/);
    expect((await node.run('token rm none --json')).json()).toMatchObject({ code: 'not_found' });
  });
});

describe('N2 join', () => {
  const LINE = 'labmesh join LM1-ABC\n';
  async function tokenOf(given: string, input = ''): Promise<string> {
    let token = '';
    const ran = await labmesh(['join', given], {
      input,
      join: async (_, text) => {
        token = text;
        return 0;
      },
    });
    return ran.code === 0 ? token : `${ran.code} ${ran.err}`;
  }

  test('takes the token from the line, a file or standard input, with or without the words around it', async () => {
    const file = join(tempFolder(), 'token.txt');
    writeFileSync(file, LINE);
    expect(await tokenOf('LM1-ABC')).toBe('LM1-ABC');
    expect(await tokenOf(file)).toBe('LM1-ABC');
    expect(await tokenOf('-', LINE)).toBe('LM1-ABC');
    expect(await tokenOf('-', 'LM1-\nABC')).toBe('LM1-\nABC');
  });

  test('says what is wrong with a file, and reads no more of it than a token has', async () => {
    expect(await tokenOf('./no-such.txt')).toMatch(/^2 There is no file .*no-such/);
    expect(await tokenOf(tempFolder())).toMatch(/^1 .*cannot be read \(EISDIR\)/);
    expect(await tokenOf('/dev/zero')).toMatch(/^1 .*larger than a token/);
    expect(await tokenOf('-', ' \n')).toMatch(/^2 The token is missing/);
  });
});

describe('N5 N6 status', () => {
  test('has the promised shape for several PCs', async () => {
    const id = joinPc('pc-2');
    node.node.peers.set(id, { seenMs: 700 });
    const status = (await node.run('status --json')).json();
    expect(status).toMatchObject({
      quorum: { voters: 1, alive: 1, mayFail: 0 },
      power: { state: 'on' },
      nodes: [
        { role: 'master', state: 'ready', seenMs: 0 },
        { id, name: 'pc-2', role: 'standby', state: 'ready', seenMs: 700, address: 'pc-2.lab.example' },
      ],
    });
    const told = await node.run('status', QUIET);
    expect(told.out).toMatch(/pc-2 +ready +standby/);
    expect(told.out).not.toMatch(/undefined|NaN/);
  });
});

describe('N8 node', () => {
  test('promote, promote --master, demote, retire', async () => {
    joinPc('pc-2');
    expect((await node.run('node promote pc-2')).out).toBe('pc-2 is a voter now.\n');
    expect((await node.run('node promote pc-2 --master --json')).json()).toMatchObject({ role: 'master' });
    node.node.masterId = null;
    expect((await node.run('node demote pc-2 --json')).json()).toMatchObject({ role: 'worker' });
    const refused = await node.run('node retire pc-2 --json');
    expect([refused.code, refused.json()]).toMatchObject([3, { code: 'node.wrong_state' }]);
    expect((await node.run('node retire pc-2 --force --json')).json()).toMatchObject({ state: 'retired' });
  });

  test('G18 share', async () => {
    joinPc('pc-2');
    expect((await node.run('node share pc-2 50')).out).toBe('VMs may use 50% of pc-2.\n');
    expect((await node.run('node share pc-2 25% --json')).json()).toMatchObject({ share: 25 });
    expect((await node.run('node show pc-2')).out).toMatch(/VMs may use +25% of it/);
    for (const percent of ['101', 'half', '1.5', '']) {
      const refused = await node.run(['node', 'share', 'pc-2', percent, '--json']);
      expect([percent, refused.code, refused.json()]).toMatchObject([
        percent,
        3,
        { code: 'payload.invalid', data: { field: 'share' } },
      ]);
    }
  });

  test('drain waits until nothing runs, and says what blocks it; undrain takes labs again', async () => {
    const ran = await node.run('node drain PC-1 --suspend --timeout 60s');
    expect([ran.code, ran.out]).toEqual([0, 'PC-1: emptied.\n']);
    expect(ran.err).toMatch(/Kernel practice of ana: .*; is suspended now/);
    expect((await node.run('node show PC-1 --json')).json()).toMatchObject({
      state: 'drained',
      drain: { how: 'suspend', done: true },
    });
    expect((await node.run('node undrain PC-1')).out).toBe('PC-1: ready.\n');
  });

  test('drain --no-wait answers at once; --timeout ends with 5, and the drain goes on', async () => {
    const begun = await node.run('node drain PC-1 --wait --deadline 1h --no-wait --json');
    expect(begun.json()).toMatchObject({ state: 'draining', drain: { how: 'wait', done: false } });
    const late = await node.run('node drain PC-1 --wait --deadline 1h --timeout 50ms --json');
    expect(late.code).toBe(5);
    expect(late.json()).toMatchObject({ code: 'cli.drain_timeout', data: { node: 'PC-1' } });
    expect((await node.run('node show PC-1')).out).toContain('goes on until the deadline');
  });

  test('a drain that somebody calls off ends the waiting with 1', async () => {
    const waiting = node.run('node drain PC-1 --wait --deadline 1h --json');
    const me = node.node.me.nodeId;
    await until('the drain to begin', () => node.node.state.tables.node.get(me)?.state === 'draining');
    await node.run('node undrain PC-1');
    const ran = await waiting;
    expect([ran.code, ran.json()]).toMatchObject([1, { code: 'cli.drain_cancelled' }]);
  });

  test('one way of draining at a time', async () => {
    for (const words of ['--move --wait', '--suspend --wait', '--move --suspend', '--deadline soon']) {
      expect((await node.run(`node drain PC-1 ${words}`)).code).toBe(2);
    }
    expect(node.node.state.tables.node.get(node.node.me.nodeId)?.state).toBe('ready');
  });
});

describe('N15 cloud', () => {
  test('shutdown --now waits until it is off; startup', async () => {
    const off = await node.run('cloud shutdown --now --timeout 60s --json');
    expect([off.code, off.json()]).toMatchObject([0, { state: 'off', running: 0 }]);
    expect((await node.run('status')).out).toMatch(/Power +off/);
    expect((await node.run('cloud startup')).out).toStartWith('The cloud is on');
  });

  test('shutdown gives people ten minutes where nothing is said', async () => {
    const begun = (await node.run('cloud shutdown --no-wait --json')).json() as { deadlineAt: number };
    expect(begun.deadlineAt - Date.now()).toBeGreaterThan(500_000);
    expect((await node.run('status')).out).toContain('being switched off');
    expect((await node.run('cloud shutdown --wait 30m --timeout 50ms')).code).toBe(5);
    expect((await node.run('cloud shutdown --now --wait 1m')).code).toBe(2);
  });

  test('N9 recover asks first, unless --yes, and only on the PC itself', async () => {
    expect((await node.run('cloud recover --json')).json()).toMatchObject({ code: 'cli.not_confirmed' });
    expect((await node.run('cloud recover', { answers: ['no'] })).err).toContain('nothing was done');
    const far = ['cloud', 'recover', '--yes', '--url', 'https://localhost:1', '--json'];
    expect((await labmesh(far)).json()).toMatchObject({ code: 'cli.local_only' });
    expect(node.node.calls).not.toContain('recover');
    expect((await node.run('cloud recover', { answers: ['yes'] })).code).toBe(0);
    expect((await node.run('cloud recover --yes --json')).json()).toEqual({ recovered: true });
    expect(node.node.calls.filter((call) => call === 'recover')).toHaveLength(2);
  });
});

test('completion knows the new verbs', async () => {
  const { out } = await labmesh(['completion', 'bash']);
  for (const word of [
    'join',
    'token',
    'promote',
    'undrain',
    'retire',
    'share',
    'startup',
    'recover',
    '--deadline',
  ]) {
    expect(out).toContain(word);
  }
});
