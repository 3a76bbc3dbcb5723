import { afterEach, expect, test } from 'bun:test';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isGenuine, seal } from '../../../src/gossip/envelope.ts';
import { newMeshIdentity, openMeshIdentity } from '../../../src/gossip/identity.ts';
import { cleanup, temporaryFolder } from '../../support/mesh.ts';

const later = cleanup();
afterEach(() => later.run());

test("the key is made at the first start, stays the same, and is its owner's alone", async () => {
  const dir = await temporaryFolder(later);
  const first = await openMeshIdentity(dir);
  const file = join(dir, 'mesh.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await chmod(file, 0o644);
  const second = await openMeshIdentity(dir);
  expect(second.peerId).toBe(first.peerId);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a damaged key is told, and never replaced by a new one', async () => {
  const dir = await temporaryFolder(later);
  await openMeshIdentity(dir);
  const file = join(dir, 'mesh.json');
  for (const text of ['', '{"format":1,"key":"AAAA"}', 'null', (await readFile(file, 'utf8')).slice(0, 40)]) {
    await writeFile(file, text);
    await expect(openMeshIdentity(dir)).rejects.toMatchObject({ code: 'mesh.identity_damaged' });
    expect(await readFile(file, 'utf8')).toBe(text);
  }
});

test('an envelope proves its author, its words, its subject and its cloud', async () => {
  const [author, other] = [await newMeshIdentity(), await newMeshIdentity()];
  const sealing = { purpose: 'test', cloudId: 'cloud' };
  const envelope = await seal(author.privateKey, sealing, '{"a":1}');
  expect(await isGenuine(sealing, envelope)).toBe(true);
  expect(await isGenuine(sealing, { ...envelope, body: '{"a":2}' })).toBe(false);
  expect(await isGenuine(sealing, { ...envelope, by: other.peerId })).toBe(false);
  expect(await isGenuine({ ...sealing, purpose: 'other' }, envelope)).toBe(false);
  expect(await isGenuine({ ...sealing, cloudId: 'other' }, envelope)).toBe(false);
  for (const by of ['', 'x', '12D3KooW', '../..'])
    expect(await isGenuine(sealing, { ...envelope, by })).toBe(false);
});
