/** Copies of images by API and page: deploy, undeploy, give up, delete a version; imports from an address. */
import { beforeEach, describe, expect, test } from 'bun:test';
import { settingDefinitions } from '../../../src/state/index.ts';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud } from '../../support/fake-cloud.ts';
import { addFakeMesh } from '../../support/fake-mesh.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { type Ask, ask, type Client, ORIGIN, ROOT, signInAs } from './client.ts';

const IMAGE = 'Networks lab';
let node: FakeNode;
let app: ReturnType<typeof createWebApp>;
let teresa: Required<Pick<Client, 'cookie' | 'csrf'>>;
let ids: readonly string[];

beforeEach(async () => {
  node = fakeCloud('small');
  ids = addFakeMesh(node, { pcs: 4 });
  app = createWebApp(node);
  teresa = await signInAs(app, 'teresa');
});

const image = () => {
  const found = node.state.tables.image.one('name', IMAGE.toLowerCase());
  if (!found) throw new Error('no image');
  return found;
};
const version = () => node.state.tables.version.get(image().currentVersionId ?? '');
const api = (method: string, path: string, what: Ask = {}, who: Client = teresa) =>
  ask(app, who, method, `/api/v1/images/${encodeURIComponent(IMAGE)}${path}`, what);
const page = async () => (await ask(app, teresa, 'GET', `/images/${image().id}`)).text;
const form = (path: string, fields: Record<string, string>) =>
  ask(app, teresa, 'POST', path, {
    raw: new URLSearchParams({ csrf: teresa.csrf, ...fields }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN },
  });

describe('by API', () => {
  test('I6 on named PCs: the operation ends, and the image says where it is', async () => {
    const begun = await api('POST', '/deploy', { body: { on: ['PC-3', ids[3]] } });
    expect(begun.status).toBe(202);
    expect(begun.json.operation).toMatchObject({ kind: 'image.deploy', state: 'running' });
    node.settle();
    const { json } = await api('GET', '');
    expect(json.deploy).toEqual({ copies: null, nodes: ['PC-3', 'PC-4'] });
    const whole = json.nodes.filter((one: { state: string }) => one.state === 'whole');
    expect(whole.map((one: { node: string }) => one.node)).toEqual(['PC-1', 'PC-3', 'PC-4']);
    expect(whole.every((one: { presentChunks: number }) => one.presentChunks === json.chunks)).toBe(true);
    const done = node.state.tables.operation.get(begun.json.operation.id);
    expect(done).toMatchObject({ state: 'done', error: null });
  });

  test('on all, on so many; off one again', async () => {
    await api('POST', '/deploy', { body: { copies: 'all' } });
    node.settle();
    expect(version()?.nodeIds).toHaveLength(4);
    const off = await api('POST', '/deploy', { body: { off: ['PC-2'] } });
    expect(off.status).toBe(202);
    node.settle();
    expect(version()?.nodeIds).not.toContain(ids[1] ?? '');
  });

  test('GF23 GF35 GF20 refusals have their code and status; a student sees no such image', async () => {
    const refusals: [unknown, number, string][] = [
      [{ off: ['PC-4'] }, 409, 'image.not_on_node'],
      [{ copies: 9 }, 409, 'image.no_node_left'],
      [{ on: ['PC-9'] }, 404, 'not_found'],
      [{ copies: 0 }, 400, 'payload.invalid'],
      [{ copies: 'many' }, 400, 'payload.invalid'],
    ];
    for (const [body, status, code] of refusals) {
      const refused = await api('POST', '/deploy', { body });
      expect([refused.status, refused.json.code]).toEqual([status, code]);
    }
    const ana = await signInAs(app, 'ana');
    expect((await api('POST', '/deploy', { body: { copies: 'all' } }, ana)).status).toBeGreaterThanOrEqual(
      403,
    );
    expect((await ask(app, teresa, 'POST', '/api/v1/images/nothing/deploy', { body: {} })).json.code).toBe(
      'not_found',
    );
  });

  test('I8 given up while it runs; nothing to give up afterwards', async () => {
    const begun = await api('POST', '/deploy', { body: { copies: 'all' } });
    expect((await api('POST', '/cancel')).status).toBe(200);
    expect(node.state.tables.operation.get(begun.json.operation.id)?.state).toBe('cancelled');
    expect((await api('POST', '/cancel')).json.code).toBe('image.deploy_not_running');
  });

  test('a version: not the current one, not one that is not there', async () => {
    expect((await api('DELETE', '/versions/1')).json.code).toBe('image.version_current');
    expect((await api('DELETE', '/versions/7')).json.code).toBe('not_found');
  });

  test('an import is from one source', async () => {
    const body = { name: 'from the web', url: 'https://example.org/x.qcow2' };
    const post = (what: unknown) => ask(app, ROOT, 'POST', '/api/v1/images', { body: what });
    expect((await post(body)).status).toBe(202);
    expect((await post({ ...body, name: 'two', path: '/tmp/x' })).json.code).toBe('payload.invalid');
    expect((await post({ ...body, name: 'sum', sha256: 'abc' })).json.code).toBe('payload.invalid');
  });
});

test('every setting stands on the page of settings', async () => {
  const admin = await signInAs(app, 'admin');
  const { text } = await ask(app, admin, 'GET', '/settings');
  for (const key of Object.keys(settingDefinitions))
    expect(text).toContain(`id="setting-${key.replace('.', '-')}"`);
});

describe('by page', () => {
  test('who has it, who fetches it, and why one cannot', async () => {
    node.apply(
      'image.deploy',
      { id: image().id, add: ids.slice(1), drop: [] },
      { kind: 'local', nodeId: node.me.nodeId },
    );
    const versionId = image().currentVersionId ?? '';
    node.apply(
      'image.want',
      { versionId, nodeIds: [...ids.slice(1)] },
      { kind: 'scheduler', nodeId: node.me.nodeId },
    );
    const cause = { code: 'images.no_space', data: { needBytes: 5e9, freeBytes: 1e9, reserveBytes: 1e9 } };
    node.applyAsNode('image.fetch_failed', { versionId, cause }, ids[2]);
    const text = await page();
    for (const words of [
      'On 1 of 4 PCs.',
      'Asked for on PC-2, PC-3',
      'has it',
      'is fetching it',
      'The image needs',
      'Stop copying',
      'Copy to PCs</span>',
    ])
      expect(text).toContain(words);
  });

  test('no two parts of it share an id: labels would name the wrong one', async () => {
    const found = [...(await page()).matchAll(/\sid="([^"]+)"/g)].map(([, one]) => one ?? '');
    expect(found.filter((one, n) => found.indexOf(one) !== n)).toEqual([]);
  });

  test('copied, set and taken off by its forms; a refusal is said there', async () => {
    const to = `/images/${image().id}/deploy`;
    expect((await form(to, { add: ids[2] ?? '' })).status).toBe(303);
    node.settle();
    expect(version()?.nodeIds).toContain(ids[2] ?? '');
    expect((await form(to, { copies: 'count', count: '3' })).status).toBe(303);
    expect(image().deploy.copies).toBe(3);
    expect((await form(to, { copies: 'safe', count: '3' })).status).toBe(303);
    expect(image().deploy.copies).toBeNull();
    const refused = await form(to, { copies: 'count', count: '99' });
    expect([refused.status, refused.text.includes('image.no_node_left')]).toEqual([409, true]);
    const nonsense = await form(to, { copies: 'count', count: 'x' });
    expect([nonsense.status, nonsense.text.includes('payload.invalid')]).toEqual([400, true]);
  });

  test('an old version is deleted after a page has asked', async () => {
    const old = version();
    if (!old) throw new Error('no version');
    node.state.tables.version.put({ ...old, id: node.newId(), number: 0, nodeIds: [ids[1] ?? ''] });
    const to = `/images/${image().id}/versions/0/delete`;
    expect(await page()).toContain(to);
    expect((await ask(app, teresa, 'GET', to)).text).toContain('Delete version 0');
    expect((await form(to, {})).status).toBe(303);
    expect(await page()).toContain('Being deleted');
    expect(await page()).not.toContain(to);
    expect((await form(`/images/${image().id}/versions/1/delete`, {})).text).toContain(
      'image.version_current',
    );
    expect((await form(`/images/${image().id}/versions/9/delete`, {})).status).toBe(404);
  });

  test('a disc offers what it is for', async () => {
    const found = version();
    if (!found) throw new Error('no version');
    expect(await page()).not.toContain('Install from this ISO');
    node.state.tables.version.put({ ...found, kind: 'iso' });
    expect(await page()).toContain('Install from this ISO');
  });

  test('an import from an address begins, or says what is wrong with the form', async () => {
    const fields = { url: 'https://example.org/x.iso', name: 'x', os: 'linux' };
    expect((await form('/images/import/address', fields)).status).toBe(303);
    const wrong = await form('/images/import/address', { ...fields, name: 'y', sha256: 'abc' });
    expect([wrong.status, wrong.text.includes('https://example.org/x.iso')]).toEqual([400, true]);
  });
});
