import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomPassword } from '../../../src/node/birth.ts';
import { openIdentity } from '../../../src/node/identity.ts';
import { idFactory } from '../../../src/node/ids.ts';
import { isUlid } from '../../../src/state/index.ts';

const dirs: string[] = [];
const newDir = () => {
  const dir = mkdtempSync(join(tmpdir(), 'labmesh-identity-'));
  dirs.push(dir);
  return dir;
};
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

test('a node keeps its id over restarts, in a file of its own', async () => {
  const dir = join(newDir(), 'data');
  const newId = idFactory(Date.now);
  const first = await openIdentity(dir, newId, 1);
  expect(isUlid(first.nodeId)).toBe(true);
  expect(await openIdentity(dir, newId, 2)).toEqual(first);
  expect(statSync(join(dir, 'node.json')).mode & 0o777).toBe(0o600);
});

test.each(['', '{', '{"format":1,"nodeId":"../../etc","createdAt":1}', '{"format":2}'])(
  'a damaged identity is named, never replaced: %p',
  async (text) => {
    const dir = newDir();
    writeFileSync(join(dir, 'node.json'), text);
    await expect(openIdentity(dir, idFactory(Date.now), 1)).rejects.toMatchObject({
      code: 'node.identity_damaged',
    });
  },
);

test('a folder that cannot be made is refused with the reason', async () => {
  const file = join(newDir(), 'file');
  writeFileSync(file, '');
  await expect(openIdentity(join(file, 'data'), idFactory(Date.now), 1)).rejects.toMatchObject({
    code: 'node.data_dir',
    data: { dir: join(file, 'data') },
  });
});

test('ids grow within a millisecond and when the clock is set back', () => {
  let now = 1_000_000;
  const newId = idFactory(() => now);
  const ids = Array.from({ length: 50 }, newId);
  now = 1000;
  ids.push(newId(), newId());
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test('first passwords are long, legible and different', () => {
  const some = Array.from({ length: 20 }, randomPassword);
  for (const one of some) expect(one).toMatch(/^([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}$/);
  expect(new Set(some).size).toBe(some.length);
});
