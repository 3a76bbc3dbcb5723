/** The API of changing images and publishing VMs: who may, what is refused in which words, what the answers say. */
import { beforeEach, expect, test } from 'bun:test';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud } from '../../support/fake-cloud.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { type Ask, ask, type Client, ROOT, signInAs } from './client.ts';

const IMAGE = 'Networks lab';
const path = (rest = '') => `/images/${encodeURIComponent(IMAGE)}${rest}`;
let node: FakeNode;
let app: ReturnType<typeof createWebApp>;
let teresa: Client;

beforeEach(async () => {
  node = fakeCloud('small');
  app = createWebApp(node);
  teresa = await signInAs(app, 'teresa');
});

const as = (who: Client) => (method: string, to: string, what?: Ask) =>
  ask(app, who, method, `/api/v1${to}`, what);

test('I7 I8 edit, publish, look at the versions, go back', async () => {
  const begun = await as(teresa)('POST', path('/edit'), { body: { size: 'Tiny', hours: 3 } });
  expect(begun.status).toBe(202);
  expect(begun.json).toMatchObject({
    vm: {
      name: 'Networks lab edit',
      persistent: true,
      edits: { name: IMAGE },
      publishing: false,
      leaseHours: 3,
    },
    image: { edit: { user: { name: 'teresa' }, vm: { name: 'Networks lab edit' } } },
    operation: { kind: 'vm.start' },
  });
  node.settle();
  const published = await as(teresa)('POST', `/vms/${begun.json.vm.id}/publish`, { body: { as: IMAGE } });
  expect(published.status).toBe(202);
  expect(published.json).toMatchObject({
    image: { version: 1 },
    operation: { kind: 'image.publish', state: 'running' },
  });
  node.settle();
  expect((await as(teresa)('GET', path())).json).toMatchObject({ version: 2, edit: null });
  expect((await as(teresa)('GET', path('/versions'))).json).toMatchObject([
    { number: 2, current: true, parent: 1, newBytes: 120_000_000, author: 'teresa' },
    { number: 1, current: false, parent: null },
  ]);
  const back = await as(teresa)('POST', path('/use'), { body: { version: 1 } });
  expect(back.json).toMatchObject({ image: { version: 1 } });
  expect((await as(teresa)('POST', path('/use'), { body: { version: 9 } })).status).toBe(404);
});

test('GF40 the second editor is told who and until when, in their language', async () => {
  await as(teresa)('POST', path('/edit'), { body: {} });
  const { status, json } = await as(ROOT)('POST', path('/edit'), {
    body: {},
    headers: { 'accept-language': 'es' },
  });
  expect(status).toBe(409);
  expect(json).toMatchObject({ code: 'image.edited', data: { user: 'teresa', until: expect.any(Number) } });
  expect(json.message).toContain('teresa está cambiando la imagen');
});

test('another teacher may not, a student even less; an unknown image is not found', async () => {
  const [tom, ana] = [await signInAs(app, 'tom'), await signInAs(app, 'ana')];
  expect((await as(tom)('POST', path('/edit'), { body: {} })).status).toBe(404);
  const shared = `/images/${encodeURIComponent('Operating systems lab')}/edit`;
  expect((await as(tom)('POST', shared, { body: {} })).json.code).toBe('image.forbidden');
  expect((await as(ana)('POST', path('/edit'), { body: {} })).json.code).toBe('access.denied');
  expect((await as(teresa)('POST', '/images/nothing/edit', { body: {} })).status).toBe(404);
});

test('GF4 what nobody edits is not overwritten; under a new name it is a new image', async () => {
  const started = await as(teresa)('POST', '/vms', { body: { image: IMAGE, size: 'Tiny', name: 'mine' } });
  node.settle();
  const publish = (name: string) =>
    as(teresa)('POST', `/vms/${started.json.vm.id}/publish`, { body: { as: name } });
  expect((await publish(IMAGE)).json.code).toBe('image.not_edited');
  expect((await publish('  ')).status).toBe(400);
  const { json } = await publish('Mine, with tools');
  expect(json.image).toMatchObject({ name: 'Mine, with tools', state: 'importing', owner: 'teresa' });
  node.settle();
  expect((await as(teresa)('GET', `/images/${json.image.id}`)).json).toMatchObject({
    state: 'ready',
    version: 1,
  });
  expect((await as(teresa)('GET', `/vms/${started.json.vm.id}`)).json).toMatchObject({
    state: 'stopped',
    publishing: false,
  });
});

test('giving up, renewing, taking over', async () => {
  await as(teresa)('POST', path('/edit'), { body: {} });
  node.settle();
  expect((await as(teresa)('POST', path('/edit/renew'))).json.image.edit.user.name).toBe('teresa');
  expect((await as(ROOT)('POST', path('/edit/take'))).json.image.edit.user.name).toBe('admin');
  expect((await as(teresa)('DELETE', path('/edit'))).json.code).toBe('image.edited');
  const gone = await as(ROOT)('DELETE', path('/edit'));
  expect(gone.status).toBe(202);
  expect(gone.json).toMatchObject({ image: { edit: null }, operation: { kind: 'vm.remove' } });
  expect((await as(teresa)('DELETE', path('/edit'))).json.code).toBe('image.not_edited');
});
