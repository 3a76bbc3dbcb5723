import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Fixture, startNode } from './support/harness.ts';

let node: Fixture;
beforeAll(() => {
  node = startNode('small');
});
afterAll(() => node.stop());

const MB = 1_048_576;
const plain = { env: { NO_COLOR: '1' } };

test('I11 image show tells what is on its way, how fast and from whom', async () => {
  const { state, me, fetching } = node.node;
  const image = state.tables.image.all().find(({ name }) => name === 'Networks lab');
  const versionId = image?.currentVersionId ?? '';
  const nodeId = node.node.newId();
  const facts = { name: 'pc-9', address: 'pc-9', version: me.version, accel: 'tcg', hostProblem: null };
  const capacity = { cores: 16, ramMiB: 32_768, storageGiB: 500, tempGiB: 200 };
  node.node.applyAsNode('node.register', { ...facts, capacity }, nodeId);
  const amounts = { done: 100 * MB, total: 400 * MB, rate: 25 * MB, etaMs: 12_000 };
  const from = [{ nodeId: me.nodeId, bytes: 100 * MB, rate: 25 * MB, state: 'asked' }] as const;
  fetching.push({ nodeId, versionId, ...amounts, from });
  const { out } = await node.run(['image', 'show', 'Networks lab'], plain);
  expect(out).toContain('on its way to pc-9: 100 MB of 400 MB, 25 MB a second, 12 s left');
  expect(out).toContain(`(from ${me.name} 100 MB)`);
  const json = (await node.run(['image', 'show', 'Networks lab', '--json'])).json();
  expect(json).toMatchObject({ name: 'Networks lab', transfers: [{ done: 100 * MB }] });
  const other = await node.run(['image', 'show', 'Operating systems lab'], plain);
  expect(other.out).not.toContain('on its way');
});

test('I2 image verify says what was damaged and that it is mended, and ends with 1', async () => {
  node.node.verified = { checked: 512, damaged: [3, 4], repaired: [3, 4] };
  const mended = await node.run(['image', 'verify', 'Networks lab'], plain);
  expect(mended.code).toBe(1);
  expect(mended.err).toContain('2 of 512 pieces were not what they were. They came anew from another PC');
  node.node.verified = { checked: 512, damaged: [3], repaired: [] };
  expect((await node.run(['image', 'verify', 'Networks lab'], plain)).err).toContain('No other PC has them');
  const json = await node.run(['image', 'verify', 'Networks lab', '--json']);
  expect([json.code, json.json()]).toEqual([1, { checked: 512, damaged: [3], repaired: [] }]);
});
