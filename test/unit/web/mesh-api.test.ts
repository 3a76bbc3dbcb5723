/** The API of join tokens, PCs and the cloud's power. */
import { beforeEach, describe, expect, test } from 'bun:test';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed } from '../../support/fake-cloud.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { type Ask, ask, type Client, ROOT, signInAs } from './client.ts';

const HOUR = 3_600_000;
let node: FakeNode;
let app: ReturnType<typeof createWebApp>;
let pc2: string;

/** A second PC, joined with a token of root's. */
beforeEach(() => {
  node = fakeCloud('small');
  app = createWebApp(node);
  pc2 = joinPc('pc-2');
});

function joinPc(name: string): string {
  const by = { kind: 'local', nodeId: node.me.nodeId } as const;
  const tokenId = node.newId();
  const made = { id: tokenId, verifier: 'b'.repeat(64), label: name, ttlMs: HOUR, uses: 1, share: false };
  node.apply('token.create', made, by);
  const nodeId = node.newId();
  const admit = { tokenId, nodeId, name, peerId: `12D3KooW${name}`, addresses: ['/ip4/192.0.2.2/tcp/8444'] };
  const scheduler = { kind: 'scheduler', nodeId: node.me.nodeId } as const;
  node.apply('node.admit', { ...admit, version: '0.1.0', protocol: 1 }, scheduler);
  return nodeId;
}

function register(nodeId: string, name: string): void {
  const capacity = { cores: 8, ramMiB: 16_384, storageGiB: 200, tempGiB: 100 };
  const facts = { name, address: `${name}.lab.example`, version: '0.1.0', capacity, accel: 'tcg' };
  const mesh = { meshAddresses: ['/ip4/192.0.2.2/tcp/8444'], protocol: 1, peerId: `12D3KooW${name}` };
  node.applyAsNode('node.register', { ...facts, ...mesh, hostProblem: null }, nodeId);
}

const as = (who: Client) => (method: string, path: string, what?: Ask) =>
  ask(app, who, method, `/api/v1${path}`, what);
const root = (method: string, path: string, body?: unknown) =>
  as(ROOT)(method, path, body === undefined ? {} : { body });

describe('N2 join tokens', () => {
  test('are told once, with the line to run; the list never has the secret', async () => {
    const made = await root('POST', '/tokens', { ttlSeconds: 7200, uses: 3, label: 'room 2.03' });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ token: 'LM1-FAKE', command: 'labmesh join LM1-FAKE', uses: 3 });
    const list = await root('GET', '/tokens');
    expect(list.json[0]).toMatchObject({ label: 'room 2.03', state: 'valid', maxUses: 3, nodes: [] });
    expect(list.json[1]).toMatchObject({
      label: 'pc-2',
      state: 'used_up',
      nodes: [{ id: pc2, name: 'pc-2' }],
    });
    expect(list.text).not.toMatch(/LM1-|[ab]{64}/);
  });

  test('last three hours for one PC where nothing is said', async () => {
    const before = node.now();
    const { json } = await root('POST', '/tokens');
    expect(json.uses).toBe(1);
    expect(json.expiresAt).toBeGreaterThanOrEqual(before + 3 * HOUR);
  });

  test('a revoked one lets nobody in; by the beginning of its id', async () => {
    const { json } = await root('POST', '/tokens');
    expect((await root('DELETE', `/tokens/${json.id.slice(0, 25)}`)).status).toBe(204);
    const list = await root('GET', '/tokens');
    expect(list.json.find((one: { id: string }) => one.id === json.id).state).toBe('revoked');
    expect((await root('DELETE', '/tokens/none')).json).toMatchObject({ code: 'not_found' });
  });

  test('N11 everybody makes one for a PC of their own, and sees and revokes only that', async () => {
    const student = await signInAs(app, 'ana');
    const refused = await as(student)('POST', '/tokens', { body: {} });
    expect([refused.status, refused.json.code]).toEqual([403, 'access.denied']);
    const made = await as(student)('POST', '/tokens', { body: { share: true, uses: 9 } });
    expect([made.status, made.json.uses]).toEqual([201, 1]);
    const list = await as(student)('GET', '/tokens');
    expect(list.json).toMatchObject([{ id: made.json.id, shared: true, createdBy: { name: 'ana' } }]);
    const others = (await root('GET', '/tokens')).json.find((one: { label: string }) => one.label === 'pc-2');
    expect((await as(student)('DELETE', `/tokens/${others.id}`)).status).toBe(404);
    expect((await as(student)('DELETE', `/tokens/${made.json.id}`)).status).toBe(204);
  });

  test('bounds are kept at the door', async () => {
    for (const body of [{ ttlSeconds: 59 }, { ttlSeconds: 31 * 86_400 }, { uses: 0 }, { uses: 1001 }]) {
      const { status, json } = await root('POST', '/tokens', body);
      expect([status, json.code]).toEqual([400, 'payload.invalid']);
    }
  });
});

describe('N5 a PC is told with its role, state, cause and age', () => {
  test('from joining to ready, out of reach, lost', async () => {
    const look = async () => (await root('GET', `/nodes/${pc2}`)).json;
    expect(await look()).toMatchObject({
      state: 'joining',
      cause: { code: 'node.joining' },
      role: 'standby',
    });
    register(pc2, 'pc-2');
    node.peers.set(pc2, { seenMs: 850, version: '0.2.0' });
    expect(await look()).toMatchObject({ state: 'ready', cause: null, seenMs: 850, version: '0.2.0' });
    const scheduler = { kind: 'scheduler', nodeId: node.me.nodeId } as const;
    for (const state of ['unreachable', 'lost']) {
      node.apply('node.reach', { id: pc2, state }, scheduler);
      const seen = await look();
      expect(seen).toMatchObject({ state, cause: { code: `node.${state}`, data: { node: 'pc-2' } } });
      expect(seen.cause.message).toContain('pc-2');
    }
    node.peers.set(pc2, { seenMs: null });
    expect(await look()).toMatchObject({ seenMs: null });
    expect((await root('GET', `/nodes/${node.me.nodeId}`)).json).toMatchObject({ seenMs: 0, role: 'master' });
  });

  test('status counts voters and says how many may fail, and has no retired PC', async () => {
    register(pc2, 'pc-2');
    await root('POST', `/nodes/${pc2}/promote`);
    const third = joinPc('pc-3');
    register(third, 'pc-3');
    await root('POST', `/nodes/${third}/promote`);
    const { json } = await root('GET', '/status');
    expect(json).toMatchObject({ quorum: { voters: 3, alive: 3, mayFail: 1 }, power: { state: 'on' } });
    expect(json.nodes.map((one: { role: string }) => one.role)).toEqual(['master', 'voter', 'voter']);
    await root('POST', `/nodes/${third}/retire`, { force: true });
    expect((await root('GET', '/status')).json.nodes).toHaveLength(2);
    expect((await root('GET', `/nodes/${third}`)).json).toMatchObject({ state: 'retired' });
  });
});

describe('N8 an admin', () => {
  beforeEach(() => register(pc2, 'pc-2'));

  test('promotes, makes master, demotes', async () => {
    expect((await root('POST', '/nodes/pc-2/promote')).json).toMatchObject({ role: 'voter', vote: 'always' });
    const made = await root('POST', '/nodes/pc-2/promote', { master: true });
    expect(made.json).toMatchObject({ role: 'master', id: pc2 });
    expect(node.calls).toContain(`master ${pc2}`);
    node.masterId = null;
    expect((await root('POST', '/nodes/pc-2/demote')).json).toMatchObject({ role: 'worker', vote: 'never' });
  });

  test('G18 share: what VMs may use of a PC; anything but a whole percentage is refused', async () => {
    register(pc2, 'pc-2');
    const half = await root('POST', '/nodes/pc-2/share', { share: 50 });
    expect([half.status, half.json.share]).toEqual([200, 50]);
    for (const share of [-1, 101, 1.5, 'half', null, 1e9]) {
      const refused = await root('POST', '/nodes/pc-2/share', { share });
      expect([share, refused.json.code, refused.json.data.field]).toEqual([
        share,
        'payload.invalid',
        'share',
      ]);
    }
    expect((await root('POST', '/nodes/PC-1/share', { share: 0 })).json.code).toBe('node.share_in_use');
    expect((await root('GET', '/nodes/pc-2')).json.share).toBe(50);
    const student = as(await signInAs(app, 'ana'));
    expect((await student('POST', '/nodes/pc-2/share', { body: { share: 10 } })).status).toBe(403);
  });

  test('drains: what blocks it is told, done only when it is, and undrain resumes', async () => {
    const me = node.me.nodeId;
    const running = node.state.tables.vm.by('compute', me).length;
    expect(running).toBeGreaterThan(0);
    const begun = await root('POST', `/nodes/${me}/drain`, { how: 'wait', deadlineSeconds: 3600 });
    expect(begun.json).toMatchObject({ state: 'draining', cause: { code: 'node.draining' } });
    expect(begun.json.drain).toMatchObject({ how: 'wait', done: false, kept: [] });
    expect(begun.json.drain.blocking).toHaveLength(running);
    expect(begun.json.drain.blocking).toContainEqual(expect.objectContaining({ fate: 'waits' }));
    const now = await root('POST', `/nodes/${me}/drain`, { how: 'suspend' });
    expect(now.json.drain.deadlineAt - now.json.drain.startedAt).toBeLessThan(HOUR);
    node.settle();
    const empty = (await root('GET', `/nodes/${me}`)).json;
    expect(empty).toMatchObject({ state: 'drained', drain: { done: true, blocking: [] } });
    expect(empty.drain.kept.length).toBeGreaterThan(0);
    expect((await root('POST', `/nodes/${me}/undrain`)).json).toMatchObject({ state: 'ready', drain: null });
    node.settle();
    expect(node.state.tables.vm.by('held', 'yes')).toHaveLength(0);
  });

  test('retires only what is drained, unless by force', async () => {
    const refused = await root('POST', '/nodes/pc-2/retire');
    expect([refused.status, refused.json.code]).toEqual([409, 'node.wrong_state']);
    expect((await root('POST', '/nodes/pc-2/retire', { force: true })).json.state).toBe('retired');
    const last = await root('POST', `/nodes/${node.me.nodeId}/retire`, { force: true });
    expect(last.json.code).toBe('node.last');
  });

  test('G15 nobody else does any of it', async () => {
    const teacher = await signInAs(app, 'teresa');
    for (const verb of ['promote', 'demote', 'drain', 'undrain', 'retire']) {
      expect((await as(teacher)('POST', `/nodes/${pc2}/${verb}`)).json.code).toBe('access.denied');
    }
    expect(node.state.tables.node.get(pc2)).toMatchObject({ state: 'ready', vote: 'auto' });
  });
});

describe('N15 the cloud', () => {
  test('goes off once no VM runs, and comes back with those that did', async () => {
    const stopping = await root('POST', '/cloud/shutdown');
    expect(stopping.json).toMatchObject({ state: 'stopping' });
    expect(stopping.json.running).toBeGreaterThan(0);
    node.settle();
    expect((await root('GET', '/status')).json.power).toMatchObject({ state: 'off', running: 0 });
    expect((await root('POST', '/cloud/startup')).json).toMatchObject({ state: 'on' });
    node.settle();
    expect((await root('GET', '/status')).json.power.running).toBeGreaterThan(0);
    expect((await root('POST', '/cloud/startup')).json.code).toBe('cloud.wrong_power');
  });

  test('N9 is recovered by root on the PC alone', async () => {
    const admin = await signInAs(app, 'admin');
    expect((await as(admin)('POST', '/cloud/recover', { body: {} })).json.code).toBe('web.control_only');
    expect(node.calls).not.toContain('recover');
    expect((await root('POST', '/cloud/recover')).status).toBe(204);
    expect(node.calls).toContain('recover');
    expect(userNamed(node, 'admin').role).toBe('admin');
  });
});
