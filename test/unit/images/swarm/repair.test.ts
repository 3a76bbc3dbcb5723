/** Disks that forget bits: noticed when a chunk is read for sending, by a check or by the scrub; struck out durably; fetched again. */
import { afterEach, expect, test } from 'bun:test';
import { chmodSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { type ImageStore, openImageStore } from '../../../../src/images/index.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { until } from '../../../support/until.ts';
import { diskBytes, MiB, type Rig, refusal, request, write } from '../rig.ts';
import { diskOf, Rigs, sourceOf } from './swarm.ts';

const rigs = new Rigs();
afterEach(() => rigs.close());
const CHUNKS = 8;
const quick = { bytesPerSecond: () => 2 ** 40, signal: new AbortController().signal };

/** Two stores with the same version. */
async function twoHolders() {
  const [one, other] = [await rigs.make(), await rigs.make()];
  const bytes = diskBytes(CHUNKS * MiB);
  const { versionId, manifestHash } = await one.store.import(request(write(one.path('a.raw'), bytes)));
  const fetching = { versionId, manifestHash };
  await other.store.fetch({ ...fetching, sources: [sourceOf(one.store, 'one')] });
  return { one, other, bytes, fetching, versionId };
}

/** A bit turns over in chunk `chunk`, as on a disk that ages. */
function flip(rig: Rig, versionId: string, chunk: number): void {
  const path = `${rig.dataDir}/images/${versionId}/disk.raw`;
  chmodSync(path, 0o644);
  const file = openSync(path, 'r+');
  const at = chunk * MiB + 77;
  writeSync(file, Buffer.from([(readFileSync(path)[at] ?? 0) ^ 4]), 0, 1, at);
}

const damageOf = (store: ImageStore) => {
  const told: [string, number[]][] = [];
  store.onDamaged((versionId, chunks) => void told.push([versionId, [...chunks]]));
  return told;
};

test('I2 a flipped bit is found when the chunk is read for sending: nobody gets it, and the next fetch repairs it', async () => {
  const { one, other, bytes, fetching, versionId } = await twoHolders();
  await other.store.stop();
  flip(other, versionId, 0);
  const store = openImageStore({ dataDir: other.dataDir, logger: silentLogger, limits: { reserveBytes: 1 } });
  await store.start(); // what it sent or got lately, it would send from memory
  const told = damageOf(store);
  const third = await rigs.make();
  const lies: string[] = [];
  const onLie = (id: string) => void lies.push(id);
  const only = [sourceOf(store, 'other')];
  const failing = third.store.fetch({ ...fetching, sources: only, onLie, giveUpMs: 500 });
  expect((await refusal(failing)).code).toBe('images.no_source');
  expect(lies).toEqual([]); // it noticed by itself
  await until('it is struck out', () => told.length > 0);
  expect(told[0]).toEqual([versionId, [0]]);
  expect(store.isWhole(versionId)).toBe(false);
  expect(() => store.localPath(versionId)).toThrow();
  await third.store.fetch({ ...fetching, sources: [...only, sourceOf(one.store, 'one')], onLie });
  expect(diskOf(third.store, versionId).equals(bytes)).toBe(true);
  const sent: number[] = [];
  await store.fetch({ ...fetching, sources: [sourceOf(one.store, 'one', { sent })] });
  expect(sent).toEqual([0]);
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
  await store.stop();
});

test('I2 the slow scrub finds it, says so durably, and knows when it last looked', async () => {
  const { one, other, bytes, fetching, versionId } = await twoHolders();
  const before = await other.store.lastChecked(versionId);
  expect((await other.store.scrub(versionId, quick)).damaged).toEqual([]);
  expect(await other.store.lastChecked(versionId)).toBeGreaterThan(before);
  flip(other, versionId, 1);
  const told = damageOf(other.store);
  expect((await other.store.scrub(versionId, quick)).damaged).toEqual([1]);
  expect(told).toEqual([[versionId, [1]]]);
  await other.store.stop();
  const again = openImageStore({ dataDir: other.dataDir, logger: silentLogger, limits: { reserveBytes: 1 } });
  await again.start();
  expect(again.isWhole(versionId)).toBe(false); // a restart does not forget it
  await again.fetch({ ...fetching, sources: [sourceOf(one.store, 'one')] });
  expect(diskOf(again, versionId).equals(bytes)).toBe(true);
  await again.stop();
});

test('I2 the scrub keeps to its pace, and ends when it is told to', async () => {
  const { one, versionId } = await twoHolders();
  const began = performance.now();
  // Four chunks with data; zeros are not read.
  const { signal } = quick;
  expect(await one.store.scrub(versionId, { bytesPerSecond: () => 20 * MiB, signal })).toEqual({
    checked: 4,
    damaged: [],
  });
  expect(performance.now() - began).toBeGreaterThan(190);
  const before = await one.store.lastChecked(versionId);
  const ended = one.store.scrub(versionId, { ...quick, signal: AbortSignal.abort() });
  expect((await refusal(ended)).code).toBe('images.cancelled');
  expect(await one.store.lastChecked(versionId)).toBe(before); // it was not read through
});

test('I2 a chunk that is found damaged while others still come does not stay as it is', async () => {
  const { one, bytes, fetching, versionId } = await twoHolders();
  const target = await rigs.make();
  const { store } = target;
  const rest = Promise.withResolvers<void>();
  const honest = sourceOf(one.store, 'one');
  let answers = 0;
  const slow = {
    ...honest,
    take: async (...args: Parameters<typeof honest.take>) => {
      if (answers++ > 0) await rest.promise;
      const [id, asked, signal] = args;
      return await honest.take(id, { ...asked, max: 1 }, signal);
    },
  };
  const arrived: number[] = [];
  const running = store.fetch({
    ...fetching,
    sources: [slow],
    onBegun: (transfer) => transfer.onArrived((chunk) => arrived.push(chunk)),
  });
  const first = await until('one chunk is here', () => arrived.at(0)?.toString());
  flip(target, versionId, Number(first));
  await store.strikeOut(versionId, [Number(first)]);
  rest.resolve();
  await running;
  await store.fetch({ ...fetching, sources: [sourceOf(one.store, 'one')] }); // nothing, if it has come again already
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
});

test('I2 one that cannot be struck out does not keep others from it', async () => {
  const { other, versionId } = await twoHolders();
  const lost = await other.store.import(request(write(other.path('b.raw'), diskBytes())));
  rmSync(`${other.dataDir}/images/${lost.versionId}/manifest.json`);
  expect((await refusal(other.store.strikeOut(lost.versionId, [0]))).code).toBe('images.manifest_invalid');
  await other.store.strikeOut(versionId, [0]);
  expect(other.store.isWhole(versionId)).toBe(false);
});

test('I2 a check strikes out what it finds; zeros that are none any more are made zeros again', async () => {
  const { other, bytes, versionId } = await twoHolders();
  const zero = CHUNKS - 1;
  expect(bytes.subarray(zero * MiB).every((byte) => byte === 0)).toBe(true);
  flip(other, versionId, zero);
  expect((await other.store.verify(versionId)).damaged).toEqual([zero]);
  expect(other.store.isWhole(versionId)).toBe(true);
  expect((await other.store.verify(versionId)).damaged).toEqual([]);
  flip(other, versionId, 0);
  expect((await other.store.verify(versionId)).damaged).toEqual([0]);
  expect(other.store.isWhole(versionId)).toBe(false);
});

test('I2 chunks that are found damaged at the same moment are all struck out', async () => {
  const { other, versionId } = await twoHolders();
  const data = [0, 1, 5, 6];
  await Promise.all(data.map((chunk) => other.store.strikeOut(versionId, [chunk])));
  const { chunks = 0, presentChunks } = other.store.versions()[0] ?? {};
  expect(presentChunks).toBe(chunks - data.length);
});
