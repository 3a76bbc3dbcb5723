/** How a transfer ends: with every chunk as it should be, and at once, whatever was found or taken back meanwhile. */
import { afterEach, expect, test } from 'bun:test';
import { openImageStore } from '../../../../src/images/index.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { until } from '../../../support/until.ts';
import { diskBytes, MiB, noise, refusal, request, write } from '../rig.ts';
import { diskOf, Rigs, sourceOf } from './swarm.ts';

const rigs = new Rigs();
afterEach(() => rigs.close());

test('I2 a chunk that is struck out while the rest is on its way is asked for again, and the transfer ends', async () => {
  const rig = await rigs.make();
  const bytes = diskBytes(8 * MiB);
  const { versionId, manifestHash } = await rig.store.import(request(write(rig.path('a.raw'), bytes)));
  const { store } = await rigs.make();
  const rest = Promise.withResolvers<void>();
  const honest = sourceOf(rig.store, 'one');
  let answers = 0;
  const slow = {
    ...honest,
    take: async (...[id, asked, signal]: Parameters<typeof honest.take>) => {
      answers += 1;
      if (answers === 1) return await honest.take(id, { ...asked, max: 1 }, signal);
      await rest.promise;
      return await honest.take(id, { ...asked, max: 4, insist: true }, signal);
    },
  };
  const arrived: number[] = [];
  const running = store.fetch({
    versionId,
    manifestHash,
    sources: [slow],
    giveUpMs: 3000,
    onBegun: (transfer) => transfer.onArrived((chunk) => arrived.push(chunk)),
  });
  const first = await until('one chunk is here', () => arrived.at(0)?.toString());
  await store.strikeOut(versionId, [Number(first)]);
  rest.resolve();
  await running;
  expect(store.isWhole(versionId)).toBe(true);
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
});

test('X7 a fetch under a low limit ends as soon as it is cancelled, and so does the node', async () => {
  const rig = await rigs.make();
  const bytes = noise(Buffer.alloc(24 * MiB), 3);
  const { versionId, manifestHash } = await rig.store.import(
    request(write(rig.path('a.raw'), bytes), { asRaw: true }),
  );
  const target = await rigs.make();
  const rates = { up: () => Number.POSITIVE_INFINITY, down: () => 100 * 1024 };
  const store = openImageStore({
    dataDir: target.dataDir,
    logger: silentLogger,
    limits: { reserveBytes: MiB },
    rates,
  });
  await store.start();
  const abort = new AbortController();
  let arrived = 0;
  const ended = refusal(
    store.fetch({
      versionId,
      manifestHash,
      sources: ['a', 'b', 'c'].map((id) => sourceOf(rig.store, id)),
      signal: abort.signal,
      onBegun: (transfer) =>
        transfer.onArrived(() => {
          arrived += 1;
          if (arrived === 3) abort.abort();
        }),
    }),
  );
  const began = performance.now();
  expect((await ended).code).toBe('images.cancelled');
  await store.stop();
  expect(performance.now() - began).toBeLessThan(5000);
}, 120_000);
