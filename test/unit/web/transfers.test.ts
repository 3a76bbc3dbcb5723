/** I11: images on their way, over the API, on the image's page, and as news for who looks at it. */
import { beforeEach, expect, test } from 'bun:test';
import type { NodeTransfer } from '../../../src/node/interface.ts';
import { softTopicsOf } from '../../../src/web/events/relevance.ts';
import { createWebApp } from '../../../src/web/index.ts';
import { fakeCloud, userNamed } from '../../support/fake-cloud.ts';
import type { FakeNode } from '../../support/fake-node.ts';
import { ask, signInAs } from './client.ts';

const MB = 1_048_576;
let node: FakeNode;
let app: ReturnType<typeof createWebApp>;
let imageId: string;
let nodeId: string;

beforeEach(() => {
  node = fakeCloud('small');
  app = createWebApp(node);
  const image = node.state.tables.image.all().find(({ name }) => name === 'Networks lab');
  imageId = image?.id ?? '';
  const versionId = image?.currentVersionId ?? '';
  nodeId = node.newId();
  const facts = { name: 'pc-9', address: 'pc-9', version: node.me.version, accel: 'tcg', hostProblem: null };
  const capacity = { cores: 16, ramMiB: 32_768, storageGiB: 500, tempGiB: 200 };
  node.applyAsNode('node.register', { ...facts, capacity }, nodeId);
  const from: NodeTransfer['from'] = [
    { nodeId: 'gone-2', bytes: 90 * MB, rate: 20 * MB, state: 'asked' },
    { nodeId: 'liar-3', bytes: 0, rate: null, state: 'lied' },
  ];
  const amounts = { done: 100 * MB, total: 400 * MB, rate: 25 * MB, etaMs: 12_000 };
  node.fetching.push({ nodeId, versionId, ...amounts, from });
  node.fetching.push({ nodeId, versionId: 'unknown', ...amounts, from: [] });
});

test('I11 the API lists what each PC fetches, how fast and from whom; students see what they may use', async () => {
  const { status, json } = await ask(app, await signInAs(app, 'teresa'), 'GET', '/api/v1/transfers');
  expect(status).toBe(200);
  expect(json).toMatchObject([
    {
      node: { name: 'pc-9' },
      image: { id: imageId, name: 'Networks lab' },
      version: 1,
      done: 100 * MB,
      total: 400 * MB,
      etaMs: 12_000,
      from: [{ node: { id: 'gone-2' }, bytes: 90 * MB }, { state: 'lied' }],
    },
  ]);
  expect(JSON.stringify(json)).not.toContain('unknown');
  expect((await ask(app, {}, 'GET', '/api/v1/transfers')).status).toBe(401);
});

test('I11 the page of the image shows it, and hears of what is new', async () => {
  const page = await ask(app, await signInAs(app, 'teresa'), 'GET', `/images/${imageId}`);
  expect(page.text).toContain('Version 1 to pc-9');
  expect(page.text).toContain('25 MB a second');
  expect(page.text).toContain('sent wrong bytes');
  const work = await ask(app, await signInAs(app, 'teresa'), 'GET', '/operations');
  expect(work.text).toContain('Networks lab: Version 1 to pc-9');
  const teresa = userNamed(node, 'teresa');
  expect(softTopicsOf(node, teresa, { kind: 'image', id: imageId })).toEqual([
    'transfers',
    `image:${imageId}`,
  ]);
  expect(softTopicsOf(node, null, { kind: 'image', id: 'nothing' })).toEqual([]);
});

test('I11 what a PC has by now is not on its way any more, whatever it said last', async () => {
  const versionId = node.state.tables.image.get(imageId)?.currentVersionId ?? '';
  node.applyAsNode('image.version_held', { versionId, held: true }, nodeId);
  const page = await ask(app, await signInAs(app, 'teresa'), 'GET', `/images/${imageId}`);
  expect(page.text).not.toContain('Version 1 to pc-9');
});
