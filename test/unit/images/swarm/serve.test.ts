/** What a holder does with askers that go away, with too many of them, and with a disk that is not what it was. */
import { afterEach, expect, test } from 'bun:test';
import { chmodSync, renameSync } from 'node:fs';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import { type ImageStore, openImageStore } from '../../../../src/images/index.ts';
import { readHead } from '../../../../src/images/swarm/answer.ts';
import { ByteReader } from '../../../../src/images/swarm/read.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { until } from '../../../support/until.ts';
import { MiB, makeRig, noise, type Rig, refusal, request, write } from '../rig.ts';

const CHUNKS = 8;
const rigs: Rig[] = [];
const stores: ImageStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.stop();
  for (const rig of rigs.splice(0)) rig.remove();
});

/** A PC that has a version whole. */
async function holder(bytesPerSecond = Number.POSITIVE_INFINITY) {
  const rig = await makeRig();
  rigs.push(rig);
  const bytes = noise(Buffer.alloc(CHUNKS * MiB), 23);
  const { versionId } = await rig.store.import(request(write(rig.path('a.raw'), bytes), { asRaw: true }));
  const rates = { up: () => bytesPerSecond, down: () => Number.POSITIVE_INFINITY };
  const options = { dataDir: rig.dataDir, logger: silentLogger, limits: { reserveBytes: MiB }, rates };
  const store = openImageStore(options);
  await store.start();
  stores.push(store);
  return { store, versionId, bytes };
}

const patience = { stallMs: 20_000, signal: new AbortController().signal };
const plainly = { waitMs: 0, insist: false };

async function asks(
  store: ImageStore,
  versionId: string,
  askerId: string,
  chunks: readonly number[],
  reach: readonly string[] = [],
) {
  const want = PresentBitmap.empty(CHUNKS);
  for (const chunk of chunks) want.set(chunk);
  const stream = await store.take(versionId, askerId, {
    ...plainly,
    want: want.bytes,
    max: chunks.length,
    reach,
  });
  const reader = new ByteReader(stream, patience);
  const head = await readHead(reader, CHUNKS);
  if (head === null) throw new Error('no answer');
  return { head, reader };
}

test('what an asker that went away did not get is not left to it: the next one gets it at once', async () => {
  const { store, versionId } = await holder();
  const first = await asks(store, versionId, 'a', [0, 1, 2, 3]);
  expect(first.head.chosen.toSorted()).toEqual([0, 1, 2, 3]);
  // While it reads, others that can ask it are sent there.
  expect((await asks(store, versionId, 'b', [0, 1, 2, 3], ['a'])).head.chosen).toEqual([]);
  first.reader.cancel();
  await Bun.sleep(0);
  const again = await asks(store, versionId, 'b', [0, 1, 2, 3], ['a']);
  expect(again.head.chosen.toSorted()).toEqual([0, 1, 2, 3]);
});

test('X7 who would have to wait too long is sent nothing, and asks elsewhere', async () => {
  const { store, versionId } = await holder(MiB);
  const askers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => asks(store, versionId, `asker${n}`, [n])),
  );
  expect(askers.every(({ head }) => head.chosen.length === 1)).toBe(true);
  const reading = askers.map(({ reader }) => reader.all(2 * MiB).catch(() => null));
  const late = await until('all of them wait for their turn', async () => {
    const { head, reader } = await asks(store, versionId, 'late', [0]);
    reader.cancel();
    return head.chosen.length === 0 && head;
  });
  expect(late.have.count()).toBe(CHUNKS); // it has them all the same
  for (const { reader } of askers) reader.cancel();
  await Promise.all(reading);
});

test('I2 a chunk that turns out to be rotten is not sent, and no answer says any more that it is here', async () => {
  const { store, versionId, bytes } = await holder();
  const path = store.localPath(versionId);
  chmodSync(path, 0o644);
  const rotten = Buffer.from(bytes);
  rotten[3 * MiB + 9] = (rotten[3 * MiB + 9] ?? 0) ^ 8;
  write(path, rotten);
  const first = await asks(store, versionId, 'a', [3]);
  expect(first.head.have.has(3)).toBe(true); // nobody has looked yet
  await expect(first.reader.all(2 * MiB)).rejects.toThrow();
  const second = await asks(store, versionId, 'a', [2, 3]);
  expect([second.head.have.has(3), second.head.chosen]).toEqual([false, [2]]);
});

test('a version that could not be read for a moment is read again by the next question', async () => {
  const { store, versionId } = await holder();
  const manifest = store.localPath(versionId).replace('disk.raw', 'manifest.json');
  renameSync(manifest, `${manifest}.away`);
  expect((await refusal(asks(store, versionId, 'a', [0]))).code).toBe('images.manifest_invalid');
  renameSync(`${manifest}.away`, manifest);
  expect((await asks(store, versionId, 'a', [0])).head.chosen).toEqual([0]);
});
