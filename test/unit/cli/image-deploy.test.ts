import { afterAll, beforeAll, expect, test } from 'bun:test';
import { addFakeMesh } from '../../support/fake-mesh.ts';
import { type Fixture, startNode } from './support/harness.ts';

let node: Fixture;
beforeAll(() => {
  node = startNode('small');
  addFakeMesh(node.node, { pcs: 4 });
});
afterAll(() => node.stop());

const plain = { env: { NO_COLOR: '1' } };
const IMAGE = 'Networks lab';

test('I6 deploy waits until the PCs have it, and says where it is', async () => {
  const ran = await node.run(['image', 'deploy', IMAGE, '--on', 'PC-2', '--on', 'PC-3'], plain);
  expect(ran.code).toBe(0);
  expect(ran.out).toContain('PC-2: complete');
  const shown = await node.run(['image', 'show', IMAGE, '--json']);
  expect(shown.json()).toMatchObject({
    nodes: [
      { node: 'PC-1', state: 'whole' },
      { node: 'PC-2', state: 'whole' },
      { node: 'PC-3', state: 'whole' },
    ],
    deploy: { copies: null, nodes: ['PC-2', 'PC-3'] },
  });
  expect((await node.run(['image', 'deploy', IMAGE, '--all', '--json'])).json()).toMatchObject({ copies: 4 });
});

test('undeploy takes it off; what is wrong has its exit code', async () => {
  const ran = await node.run(['image', 'undeploy', IMAGE, '--on', 'PC-3'], plain);
  expect([ran.code, ran.out.includes('PC-3')]).toEqual([0, false]);
  const again = await node.run(['image', 'undeploy', IMAGE, '--on', 'PC-3', '--json']);
  expect([again.code, JSON.parse(again.out).code]).toEqual([3, 'image.not_on_node']);
  for (const words of [
    ['image', 'deploy', IMAGE],
    ['image', 'deploy', IMAGE, '--copies', '0'],
    ['image', 'deploy', IMAGE, '--copies', '2', '--all'],
    ['image', 'undeploy', IMAGE],
    ['image', 'import', 'https://example.org/x', '--name', 'x', '--sha256', 'abc'],
  ])
    expect({ words, code: (await node.run(words)).code }).toEqual({ words, code: 2 });
});

test('GF9 an address is handed to the node, which fetches it', async () => {
  const ran = await node.run([
    'image',
    'import',
    'https://example.org/x.qcow2',
    '--name',
    'web',
    '--json',
    '--no-wait',
  ]);
  expect(ran.code).toBe(0);
  expect(node.node.calls).toContain('import web');
});
