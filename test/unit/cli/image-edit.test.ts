import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type Fixture, startNode } from './support/harness.ts';

let node: Fixture;
beforeAll(() => {
  node = startNode('small');
});
afterAll(() => node.stop());

const plain = { env: { NO_COLOR: '1' } };

test('I7 I8 edit, publish, versions, use, as a script does it', async () => {
  const edit = await node.run(['image', 'edit', 'Networks lab', '--size', 'Tiny', '--json']);
  expect(edit.err).toBe('');
  expect(edit.json()).toMatchObject({
    name: 'Networks lab edit',
    state: 'running',
    edits: { name: 'Networks lab' },
  });
  const shown = await node.run(['image', 'show', 'Networks lab'], plain);
  expect(shown.out).toMatch(/Changed by\s+admin in Networks lab edit, theirs alone until/);
  const second = await node.run(['image', 'edit', 'Networks lab', '--json']);
  expect([second.code, JSON.parse(second.out).code]).toEqual([3, 'image.edited']);
  const publish = await node.run(['image', 'publish', 'Networks lab edit', '--as', 'Networks lab', '--json']);
  expect(publish.json()).toMatchObject({ name: 'Networks lab', version: 2, edit: null });
  const versions = await node.run(['image', 'versions', 'Networks lab'], { ...plain, columns: 120 });
  expect(versions.out).toMatch(/2 \*.*114 MB against 1/);
  expect((await node.run(['image', 'use', 'Networks lab', '1'], plain)).out).toBe(
    'New labs take version 1 of Networks lab.\n',
  );
});

test('I10 one version is deleted, the others stay; the one that new labs take is not, and nothing else either', async () => {
  const rm = (number: string) =>
    node.run(['image', 'rm', 'Networks lab', '--only-version', number, '--json'], plain);
  // New labs take version 1 since the test before; labs of the made-up cloud were made from it too.
  expect([(await rm('1')).code, (await rm('1')).json()]).toMatchObject([
    3,
    { code: 'image.version_current' },
  ]);
  expect([(await rm('9')).code, (await rm('9')).json()]).toMatchObject([3, { code: 'not_found' }]);
  expect((await rm('two')).code).toBe(2);
  const done = await node.run(['image', 'rm', 'Networks lab', '--only-version', '2'], plain);
  expect(done.out).toBe('Version 2 of Networks lab goes away from every PC; the other versions stay.\n');
  const left = await node.run(['image', 'versions', 'Networks lab', '--json']);
  expect(left.json()).toMatchObject([
    { number: 2, leaving: true },
    { number: 1, leaving: false, current: true },
  ]);
  const listed = await node.run(['image', 'versions', 'Networks lab'], { ...plain, columns: 140 });
  expect(listed.out).toMatch(/ 2 .*being deleted/);
  expect((await node.run(['completion', 'bash'])).out).toContain('--only-version');
});

test('what is wrong is told with its exit code; abandon gives the image free', async () => {
  expect((await node.run(['image', 'publish', 'nothing', '--as', 'x', '--json'])).code).toBe(3);
  expect((await node.run(['image', 'publish', 'nothing'])).code).toBe(2);
  expect((await node.run(['image', 'abandon', 'Networks lab', '--json'])).json()).toMatchObject({
    code: 'image.not_edited',
  });
  await node.run(['image', 'edit', 'Networks lab', '--name', 'again']);
  const gone = await node.run(['image', 'abandon', 'Networks lab'], plain);
  expect(gone.out).toContain('given up');
  expect((await node.run(['image', 'show', 'Networks lab', '--json'])).json()).toMatchObject({ edit: null });
});
