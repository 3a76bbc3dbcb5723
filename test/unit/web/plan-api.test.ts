/** The API of the queue: who waits and why, what would be, and what is not taken. */
import { beforeEach, describe, expect, test } from 'bun:test';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed, vmOf } from '../../support/fake-cloud.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { type Ask, ask, type Client, ROOT, signInAs } from './client.ts';

const IMAGE = 'Operating systems lab';
let node: FakeNode;
let app: ReturnType<typeof createWebApp>;

/** A PC that two running VMs leave room for one more of 1 GB. */
beforeEach(async () => {
  node = fakeCloud('small');
  app = createWebApp(node);
  const capacity = { cores: 4, ramMiB: 2304, storageGiB: 500, tempGiB: 200 };
  const facts = { name: 'PC-1', address: 'pc-1.lab.example', version: '0.1.0', capacity, accel: 'tcg' };
  node.applyAsNode('node.register', { ...facts, hostProblem: null });
});

const as = (who: Client) => (method: string, path: string, what?: Ask) =>
  ask(app, who, method, `/api/v1${path}`, what);
const start = async (name: string, body: object = {}) =>
  as(await signInAs(app, name))('POST', '/vms', { body: { image: IMAGE, size: 'Linux small', ...body } });

/** Fills the PC for good: who comes now waits. */
async function fill(): Promise<void> {
  // Nobody makes way, and who has used less than others by milliseconds does not go first.
  await ask(app, ROOT, 'PUT', '/api/v1/settings/scheduler.preemption', { body: { value: false } });
  await ask(app, ROOT, 'PUT', '/api/v1/settings/priority.fair_share', { body: { value: 0 } });
  await start('teresa', { name: 'filler', preemptible: false });
  node.settle();
}

describe('S3 the queue', () => {
  test('a VM that waits says where it stands; one that runs does not', async () => {
    await fill();
    const { status, json } = await start('bruno', { name: 'late' });
    expect([status, json.code]).toEqual([202, undefined]);
    expect(json.vm).toMatchObject({ state: 'waiting', queue: { position: 1 } });
    expect(json.vm.queue.short.code).toMatch(/^capacity\./);
    expect(json.operation).toMatchObject({ kind: 'vm.start', state: 'running' });
    const list = await as(ROOT)('GET', '/vms');
    for (const one of list.json.items)
      expect([one.name, one.queue !== null]).toEqual([one.name, one.name === 'late']);
  });

  test('everybody sees their own requests with their true places; a page at a time', async () => {
    await fill();
    await start('bruno', { name: 'first' });
    await start('chloe', { name: 'second' });
    const mine = await as(await signInAs(app, 'chloe'))('GET', '/requests');
    expect(mine.json).toMatchObject({
      total: 1,
      next: null,
      items: [{ name: 'second', position: 2, owner: 'chloe' }],
    });
    expect(mine.json.items[0].priority.total).toBeGreaterThan(0);
    const page = await as(ROOT)('GET', '/requests?limit=1');
    expect(page.json).toMatchObject({ total: 2, next: '1', items: [{ name: 'first' }] });
    const rest = await as(ROOT)('GET', `/requests?limit=1&after=${page.json.next}`);
    expect(rest.json).toMatchObject({ total: 2, next: null, items: [{ name: 'second' }] });
  });

  test('a request is given up by its owner; of others it is unknown; one that runs is none', async () => {
    await fill();
    const { id } = (await start('bruno', { name: 'late' })).json.vm;
    const eve = as(await signInAs(app, 'eve'));
    expect((await eve('DELETE', `/requests/${id}`)).status).toBe(404);
    const bruno = as(await signInAs(app, 'bruno'));
    const gone = await bruno('DELETE', '/requests/late');
    expect([gone.status, gone.json.vm]).toEqual([200, null]);
    expect(node.state.tables.vm.get(id)).toBeUndefined();
    const ana = as(await signInAs(app, 'ana'));
    for (const [method, path] of [
      ['DELETE', '/requests/kernel%20practice'],
      ['GET', '/requests/kernel%20practice/why'],
    ] as const) {
      expect((await ana(method, path)).json).toMatchObject({
        code: 'vm.not_waiting',
        data: { state: 'running' },
      });
    }
  });
});

describe('S16 why', () => {
  test('a request: its claim term by term, every PC with why not, all in sentences', async () => {
    await fill();
    const { id } = (await start('bruno', { name: 'late' })).json.vm;
    const { status, json } = await as(await signInAs(app, 'bruno'))('GET', `/vms/${id}/why`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ vm: { id, state: 'waiting', node: null }, position: 1 });
    expect(json.candidates).toMatchObject([{ node: 'PC-1', verdict: 'dropped' }]);
    const said = [json.candidates[0].dropped, ...json.priority.terms];
    for (const one of said)
      expect([one.code, one.message]).toEqual([one.code, expect.not.stringMatching(/no words for/)]);
    const sum = json.priority.terms.reduce((all: number, term: { points: number }) => all + term.points, 0);
    expect(sum).toBeCloseTo(json.priority.total, 6);
  });

  test('a VM that runs, with scores as they would be now; another’s is unknown', async () => {
    const vm = vmOf(node, 'ana', 'Kernel practice');
    const { json } = await as(await signInAs(app, 'ana'))('GET', `/vms/${vm.id}/why`);
    expect(json).toMatchObject({ vm: { name: 'Kernel practice', node: 'PC-1' }, position: null });
    expect(json.candidates[0]).toMatchObject({ node: 'PC-1', score: expect.any(Number) });
    const eve = as(await signInAs(app, 'eve'));
    expect((await eve('GET', `/vms/${vm.id}/why`)).status).toBe(404);
  });

  test('names no VM of others to those who may not see it', async () => {
    await fill();
    const exam = (await start('admin', { name: 'urgent' })).json.vm;
    const why = (await as(ROOT)('GET', `/vms/${exam.id}/why`)).json;
    const others = JSON.stringify((await as(await signInAs(app, 'bruno'))('GET', '/vms')).json);
    expect(why.vm.name).toBe('urgent');
    expect(others).not.toContain('urgent');
  });
});

describe('forecast', () => {
  test('says what would happen, and changes nothing', async () => {
    const before = JSON.stringify([...node.machine.snapshot()].filter((one) => one.kind !== 'meta'));
    const bruno = as(await signInAs(app, 'bruno'));
    const sessions = node.state.tables.session.size;
    const now = await bruno('POST', '/forecast', { body: { image: IMAGE, size: 'Tiny' } });
    expect(now.json).toMatchObject({ when: 'now', node: 'PC-1', position: null, reason: null });
    expect(node.state.tables.session.size).toBe(sessions);
    expect(JSON.stringify([...node.machine.snapshot()].filter((one) => one.kind === 'vm'))).toBe(
      JSON.stringify(
        JSON.parse(`[${before.slice(1, -1)}]`).filter((one: { kind: string }) => one.kind === 'vm'),
      ),
    );
    await fill();
    const later = await bruno('POST', '/forecast', {
      body: { image: IMAGE, size: 'Linux small', hours: '2' },
    });
    expect(later.json).toMatchObject({ when: 'later', position: 1 });
    expect(later.json.reason.message).not.toMatch(/no words for/);
  });

  test('of what no PC could hold is never, with the resource', async () => {
    await ask(app, ROOT, 'POST', '/api/v1/sizes', {
      body: { name: 'Huge', vcpus: 64, ramMiB: 256, osDiskGiB: 20, dataDiskGiB: 0 },
    });
    const { json } = await as(ROOT)('POST', '/forecast', { body: { image: IMAGE, size: 'Huge' } });
    expect(json).toMatchObject({ when: 'never', reason: { code: 'capacity.never' } });
  });

  test.each([
    [{ image: 'Data bases on Windows' }, 'not_found'],
    [{ image: IMAGE, size: 'none' }, 'not_found'],
    [{ image: IMAGE, hours: 'two' }, 'payload.invalid'],
    [{ image: IMAGE, hours: null }, 'payload.invalid'],
    [{ image: IMAGE, course: 'Data bases 1B' }, 'not_found'],
    [{ image: IMAGE, batch: 'yes' }, 'payload.invalid'],
    [{}, 'payload.invalid'],
  ])('is refused for %j', async (body, code) => {
    const bruno = as(await signInAs(app, 'bruno'));
    const refused = await bruno('POST', '/forecast', { body });
    expect([refused.status < 500, refused.json.code]).toEqual([true, code]);
  });
});

describe('settings, tried first', () => {
  test('the queue before and after; nothing is changed', async () => {
    await fill();
    await start('bruno', { name: 'person' });
    await start('chloe', { name: 'work', batch: true });
    const root = as(ROOT);
    const tried = await root('POST', '/settings/dry-run', { body: { values: { 'priority.batch': 1000 } } });
    const names = (list: { name: string }[]) => list.map((one) => one.name);
    expect([names(tried.json.before), names(tried.json.after)]).toEqual([
      ['person', 'work'],
      ['work', 'person'],
    ]);
    expect((await root('GET', '/settings/priority.batch')).json.value).toBe(100);
  });

  test.each([
    [{ 'priority.nonsense': 1 }, 'setting.unknown'],
    [{ 'priority.batch': -1 }, 'setting.invalid'],
    [{ 'priority.batch': 'many' }, 'setting.invalid'],
    [{ 'scheduler.policy': 'random' }, 'setting.invalid'],
    [{ 'scheduler.preemption': 1 }, 'setting.invalid'],
  ])('are refused as when they are set: %j', async (values, code) => {
    const root = as(ROOT);
    const tried = await root('POST', '/settings/dry-run', { body: { values } });
    expect(tried.json.code).toBe(code);
    const [[key, value] = ['', 0]] = Object.entries(values);
    expect((await root('PUT', `/settings/${key}`, { body: { value } })).json.message).toBe(
      tried.json.message,
    );
  });
});

describe('S14 limits', () => {
  test('a course’s VMs at once, and a person’s own limits, are set by admins and hold', async () => {
    const root = as(ROOT);
    const course = 'Operating%20systems%202A';
    expect((await root('PATCH', `/courses/${course}`, { body: { maxVms: 5 } })).json.maxVms).toBe(5);
    expect((await root('PATCH', `/courses/${course}`, { body: { maxVms: null } })).json.maxVms).toBeNull();
    for (const maxVms of [-1, 1.5, 'many', 1e9]) {
      expect((await root('PATCH', `/courses/${course}`, { body: { maxVms } })).json.code).toBe(
        'payload.invalid',
      );
    }
    const quota = { vms: 1, running: null, vcpus: null, ramMiB: null, diskGiB: null };
    expect((await root('PATCH', '/users/dana', { body: { quota } })).json.quota).toEqual(quota);
    expect((await root('PATCH', '/users/dana', { body: { quota: { vms: 1 } } })).json.code).toBe(
      'payload.invalid',
    );
    const dana = as(await signInAs(app, 'dana'));
    expect((await dana('PATCH', '/users/dana', { body: { quota: null } })).status).toBe(403);
    const windows = { image: 'Data bases on Windows', size: 'Tiny' };
    expect((await dana('POST', '/vms', { body: windows })).status).toBe(202);
    expect((await dana('POST', '/vms', { body: windows })).json).toMatchObject({
      code: 'quota.vms',
      data: { limit: 1 },
    });
  });
});

describe('N11 sharing', () => {
  test('declining is counted; root and those who share cannot', async () => {
    const ana = as(await signInAs(app, 'ana'));
    expect((await ana('POST', '/me/decline-share')).status).toBe(204);
    expect(userNamed(node, 'ana').declined).toBe(1);
    expect((await as(ROOT)('POST', '/me/decline-share')).status).toBe(403);
  });

  test('the owner of a PC sets its share, drains and retires it; other students do not', async () => {
    node.apply(
      'node.configure',
      { id: node.me.nodeId, share: 100, ownerId: userNamed(node, 'ana').id },
      { kind: 'local', nodeId: node.me.nodeId },
    );
    const [ana, bruno] = [as(await signInAs(app, 'ana')), as(await signInAs(app, 'bruno'))];
    expect((await ana('POST', '/nodes/PC-1/share', { body: { share: 90 } })).json).toMatchObject({
      share: 90,
      owner: { name: 'ana' },
    });
    expect((await ana('POST', '/nodes/PC-1/drain', { body: { how: 'suspend' } })).json.state).toBe(
      'draining',
    );
    for (const verb of ['share', 'drain', 'undrain', 'retire']) {
      const body = verb === 'share' ? { share: 1 } : {};
      expect([verb, (await bruno('POST', `/nodes/PC-1/${verb}`, { body })).status]).toEqual([verb, 403]);
    }
    expect((await ana('POST', '/nodes/PC-1/retire', { body: {} })).json.code).toBe('node.last');
  });
});
