/** A class that fetches at once: nobody is left behind, and the first holder sends little more than one copy. */
import { afterEach, expect, test } from 'bun:test';
import { type ChunkSource, type ImageStore, openImageStore } from '../../../../src/images/index.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { MiB, noise, request, write } from '../rig.ts';
import { diskOf, Rigs, sourceOf } from './swarm.ts';

const rigs = new Rigs();
const stores: ImageStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.stop();
  await rigs.close();
});

const CHUNKS = 40;
/** A line on which a copy takes two seconds, so that it counts who sends what, and not who computes when. */
const LINE = 30 * MiB;

async function storeOnLine(): Promise<{ store: ImageStore; dataDir: string }> {
  const rig = await rigs.make();
  await rig.store.stop();
  const [rates, limits] = [{ up: () => LINE, down: () => LINE }, { reserveBytes: MiB }];
  const store = openImageStore({ dataDir: rig.dataDir, logger: silentLogger, limits, rates });
  await store.start();
  stores.push(store);
  return { store, dataDir: rig.dataDir };
}

/** As over a line: what is read of an answer is there before the rest. */
function streamed(from: ImageStore, id: string, askerId: string, onBytes = (_: number) => {}): ChunkSource {
  const counted = () =>
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, out) {
        onBytes(piece.length);
        out.enqueue(piece);
      },
    });
  return {
    ...sourceOf(from, id),
    take: async (versionId, asked) => (await from.take(versionId, askerId, asked)).pipeThrough(counted()),
  };
}

test('I3 five PCs that begin together have about the same at any time', async () => {
  const first = await storeOnLine();
  const bytes = noise(Buffer.alloc(CHUNKS * MiB), 11);
  const file = write(`${first.dataDir}/a.raw`, bytes);
  const { versionId, manifestHash } = await first.store.import(request(file, { asRaw: true }));
  const targets = await Promise.all(Array.from({ length: 5 }, storeOnLine));
  const arrived = targets.map(() => 0);
  let sentBytes = 0;
  let whenOneIsWhole: number[] = [];
  await Promise.all(
    targets.map(async ({ store }, me) => {
      const askerId = `t${me}`;
      const others = targets.flatMap((other, i) =>
        i === me ? [] : [streamed(other.store, `t${i}`, askerId)],
      );
      const fromFirst = streamed(first.store, 'first', askerId, (bytes) => {
        sentBytes += bytes;
      });
      const sources = [fromFirst, ...others];
      await store.fetch({
        versionId,
        manifestHash,
        sources,
        onBegun: (transfer) =>
          transfer.onArrived(() => {
            arrived[me] = (arrived[me] ?? 0) + 1;
          }),
      });
      if (whenOneIsWhole.length === 0) whenOneIsWhole = [...arrived];
    }),
  );
  for (const { store } of targets) expect(diskOf(store, versionId).equals(bytes)).toBe(true);
  expect(Math.min(...whenOneIsWhole)).toBeGreaterThan(CHUNKS / 2);
  expect(sentBytes).toBeLessThan(bytes.length * 1.7);
});
