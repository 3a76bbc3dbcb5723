/** The API of reservations: what is taken, what is refused and how, who sees whose. */
import { beforeEach, describe, expect, test } from 'bun:test';
import { createWebApp } from '../../../src/web/index.ts';
import { BAD, GOOD, NOW } from '../../support/bad-reservations.ts';
import { fakeCloud, userNamed } from '../../support/fake-cloud.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { type Ask, ask, type Client, ROOT, signInAs } from './client.ts';

const HOUR = 3_600_000;
let node: FakeNode;
let app: ReturnType<typeof createWebApp>;

beforeEach(() => {
  node = fakeCloud('small', { now: NOW });
  app = createWebApp(node);
});

const as = (who: Client) => (method: string, path: string, what?: Ask) =>
  ask(app, who, method, `/api/v1${path}`, what);
const reserve = async (name: string, fields: object = {}) =>
  as(await signInAs(app, name))('POST', '/reservations', { body: { ...GOOD, ...fields } });

describe('S6 a reservation', () => {
  test('is for oneself, at a local time; numbers may be text or numbers', async () => {
    const { status, json } = await reserve('ana', { hours: 3 });
    expect([status, json.code]).toEqual([201, undefined]);
    expect(json).toMatchObject({
      owner: { name: 'ana' },
      user: { name: 'ana' },
      course: null,
      count: 1,
      kind: 'personal',
      hours: 3,
      at: '2027-06-03T17:00',
      zone: 'Europe/Madrid',
      starts: [Date.UTC(2027, 5, 3, 15)],
      next: { start: Date.UTC(2027, 5, 3, 15), end: Date.UTC(2027, 5, 3, 18), now: false },
      state: 'active',
      warning: null,
    });
    const stored = node.state.tables.reservation.get(json.id);
    expect(stored).toMatchObject({ ownerId: userNamed(node, 'ana').id, hours: 3 });
  });

  test('of a course takes its places where no count is given, and keeps wall time over a change of clocks', async () => {
    // 16 cores, twenty places: one and a half vCPUs a core.
    await ask(app, ROOT, 'PUT', '/api/v1/settings/scheduler.cpu_excess', { body: { value: 0.5 } });
    const { json } = await reserve('teresa', {
      course: 'Operating systems 2A',
      at: '2027-10-25T09:00',
      weekly: '2',
      exam: true,
      label: 'Midterm',
      size: 'Tiny',
    });
    expect(json).toMatchObject({
      course: { name: 'Operating systems 2A' },
      count: 20,
      kind: 'exam',
      label: 'Midterm',
    });
    expect(json.starts).toEqual([Date.UTC(2027, 9, 25, 7), Date.UTC(2027, 10, 1, 8)]);
  });

  test('takes the first of an hour that comes twice, and 29 February', async () => {
    expect((await reserve('ana', { at: '2027-10-31T02:30' })).json.starts).toEqual([
      Date.UTC(2027, 9, 31, 0, 30),
    ]);
    expect((await reserve('bruno', { at: '2028-02-29T09:00' })).json.starts).toEqual([
      Date.UTC(2028, 1, 29, 8),
    ]);
  });

  test.each(BAD.map((one) => [one.what, one] as const))(
    'is refused for %s, in its own words',
    async (_, bad) => {
      const before = node.state.tables.reservation.size;
      const refused = await reserve('ana', bad.fields);
      expect([refused.status >= 400 && refused.status < 500, refused.json.code]).toEqual([true, bad.code]);
      expect(refused.json.data).toMatchObject(bad.data ?? {});
      expect(refused.json.message).not.toMatch(/undefined|NaN|no words for/);
      expect(node.state.tables.reservation.size).toBe(before);
    },
  );

  test('is refused for a course of more VMs than places, or by one who only learns there', async () => {
    const course = { course: 'Operating systems 2A', size: 'Tiny' };
    expect((await reserve('teresa', { ...course, count: '21' })).json).toMatchObject({
      code: 'reservation.count',
      data: { count: 21, max: 20 },
    });
    const student = await reserve('ana', { ...course, count: 2 });
    expect([student.status, student.json.code]).toEqual([403, 'access.denied']);
  });

  test('is refused with how many would fit and the next free hour, when the cloud is full then', async () => {
    const all = { course: 'Operating systems 2A', size: 'Tiny', count: 20 };
    // 16 cores: twenty of one vCPU never fit.
    const root = await ask(app, ROOT, 'PUT', '/api/v1/settings/scheduler.cpu_excess', { body: { value: 0 } });
    expect(root.status).toBe(200);
    const { status, json } = await reserve('teresa', all);
    expect([status, json.code]).toEqual([409, 'reservation.no_room']);
    expect(json.data).toMatchObject({ resource: 'vcpus', free: expect.any(Number) });
  });
});

describe('G15 reservations', () => {
  test('are seen by whom they concern: another’s is as unknown as none', async () => {
    const { id } = (await reserve('ana')).json;
    const seen = async (name: string) =>
      (await as(await signInAs(app, name))('GET', '/reservations')).json.items.map(
        (one: { id: string }) => one.id,
      );
    expect(await seen('ana')).toEqual([id]);
    expect(await seen('bruno')).toEqual([]);
    expect(await seen('admin')).toEqual([id]);
    const bruno = as(await signInAs(app, 'bruno'));
    for (const [method, path] of [
      ['GET', `/reservations/${id}`],
      ['DELETE', `/reservations/${id}`],
    ] as const) {
      const refused = await bruno(method, path);
      const none = await bruno(method, path.replace(id, '01ARZ3NDEKTSV4RRFFQ69G5FAV'));
      expect([refused.status, none.status]).toEqual([404, 404]);
      expect(refused.text.replaceAll(id, '')).toBe(none.text.replaceAll('01ARZ3NDEKTSV4RRFFQ69G5FAV', ''));
    }
    expect(node.state.tables.reservation.get(id)?.state).toBe('active');
  });

  test('a student sees that of a course and does not cancel it; by label or id its maker does, once', async () => {
    const made = await reserve('teresa', {
      course: 'Operating systems 2A',
      size: 'Tiny',
      count: 3,
      label: 'Practice 3',
    });
    const { id } = made.json;
    const student = as(await signInAs(app, 'ana'));
    expect((await student('GET', `/reservations/${id}`)).json.label).toBe('Practice 3');
    expect((await student('DELETE', `/reservations/${id}`)).status).toBe(403);
    const teacher = as(await signInAs(app, 'teresa'));
    expect((await teacher('DELETE', '/reservations/practice%203')).json).toMatchObject({
      id,
      state: 'cancelled',
      next: null,
    });
    const twice = await teacher('DELETE', `/reservations/${id}`);
    expect(twice.json.code).toBe('reservation.wrong_state');
    const list = await teacher('GET', '/reservations?state=active');
    expect(list.json).toMatchObject({ items: [], total: 0 });
  });

  test('an idempotency key makes one', async () => {
    const ana = as(await signInAs(app, 'ana'));
    const headers = { 'idempotency-key': 'one' };
    const first = await ana('POST', '/reservations', { body: GOOD, headers });
    const again = await ana('POST', '/reservations', { body: GOOD, headers });
    expect(again.json.id).toBe(first.json.id);
    expect(node.state.tables.reservation.size).toBe(1);
    expect(first.json.starts[0] - NOW).toBeGreaterThan(HOUR);
  });
});
