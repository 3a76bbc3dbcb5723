/** X7: what this PC fetches in all keeps to its limit, whoever sends, and a limit that is taken away holds nobody up. */
import { afterEach, expect, test } from 'bun:test';
import { type ImageStore, openImageStore } from '../../../../src/images/index.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { MiB, noise, request, write } from '../rig.ts';
import { diskOf, Rigs, sourceOf } from './swarm.ts';

const CHUNKS = 24;
const rigs = new Rigs();
const stores: ImageStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.stop();
  await rigs.close();
});

test('X7 three PCs that send together bring no more a second than may come', async () => {
  const rig = await rigs.make();
  const bytes = noise(Buffer.alloc(CHUNKS * MiB), 3); // none of it packs
  const { versionId, manifestHash } = await rig.store.import(
    request(write(rig.path('a.raw'), bytes), { asRaw: true }),
  );
  const target = await rigs.make();
  let down = 12 * MiB;
  const rates = { up: () => Number.POSITIVE_INFINITY, down: () => down };
  const limits = { reserveBytes: MiB };
  const store = openImageStore({ dataDir: target.dataDir, logger: silentLogger, limits, rates });
  stores.push(store);
  await store.start();
  const sources = ['a', 'b', 'c'].map((id) => sourceOf(rig.store, id));
  const began = performance.now();
  let arrived = 0;
  await store.fetch({
    versionId,
    manifestHash,
    sources,
    onBegun: (transfer) =>
      transfer.onArrived(() => {
        arrived += 1;
        // Chunks that are in hand when their turn is waited for: one for each question under way.
        const seconds = (performance.now() - began) / 1000;
        if (Number.isFinite(down)) expect((arrived - 10) * MiB).toBeLessThan((seconds + 0.2) * down);
        if (arrived === 18) down = Number.POSITIVE_INFINITY;
      }),
  });
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
}, 60_000);
