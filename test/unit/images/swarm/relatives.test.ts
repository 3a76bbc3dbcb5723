/** What a version here has already does not travel again (I5). */
import { afterEach, expect, test } from 'bun:test';
import { ulid } from 'ulid';
import type { PeerFigures, Transfer } from '../../../../src/images/index.ts';
import { MiB, noise, type Rig, request, write } from '../rig.ts';
import { diskOf, Rigs, sourceOf } from './swarm.ts';

const rigs = new Rigs();
afterEach(() => rigs.close());
const CHUNKS = 40;

/** A holder of two versions of one image: the second has 2 of 40 chunks changed. */
async function holder() {
  const rig = await rigs.make();
  const imageId = ulid();
  const first = noise(Buffer.alloc(CHUNKS * MiB), 3);
  const second = Buffer.from(first);
  for (const chunk of [7, 30]) noise(second.subarray(chunk * MiB, (chunk + 1) * MiB), chunk);
  const asRaw = { asRaw: true, imageId };
  const one = await rig.store.import(request(write(rig.path('1.raw'), first), asRaw));
  const two = await rig.store.import(
    request(write(rig.path('2.raw'), second), { ...asRaw, number: 2, parent: one.versionId }),
  );
  return { rig, first, second, one, two };
}

async function fetched(
  into: Rig,
  from: Rig,
  { versionId, manifestHash }: { versionId: string; manifestHash: string },
) {
  let transfer: Transfer | undefined;
  await into.store.fetch({
    versionId,
    manifestHash,
    sources: [sourceOf(from.store, 'a')],
    onBegun: (begun) => {
      transfer = begun;
    },
  });
  return (transfer?.peers() ?? []).reduce((sum: number, one: PeerFigures) => sum + one.bytes, 0);
}

test('I5 a second version with 5 % changed takes under 10 % of the first one’s bytes where that is', async () => {
  const { rig, second, one, two } = await holder();
  const target = await rigs.make();
  const whole = await fetched(target, rig, one);
  expect(whole).toBeGreaterThanOrEqual(CHUNKS * MiB); // a busy machine may ask for one twice
  expect(await fetched(target, rig, two)).toBeLessThan(whole / 10);
  expect(diskOf(target.store, two.versionId).equals(second)).toBe(true);
  const newcomer = await rigs.make();
  expect(await fetched(newcomer, rig, two)).toBeGreaterThanOrEqual(CHUNKS * MiB);
});

test('a parent that rotted gives no wrong byte: its chunk comes from a peer and is struck out here', async () => {
  const { rig, first, second, one, two } = await holder();
  const target = await rigs.make();
  await fetched(target, rig, one);
  const rotten = Buffer.from(first);
  rotten[20 * MiB] = (rotten[20 * MiB] ?? 0) ^ 1;
  write(target.store.localPath(one.versionId), rotten);
  const damaged = new Promise<unknown>((resolve) =>
    target.store.onDamaged((id, chunks) => resolve([id, [...chunks]])),
  );
  const bytes = await fetched(target, rig, two);
  expect(bytes).toBeGreaterThanOrEqual(3 * MiB);
  expect(bytes).toBeLessThan(8 * MiB);
  expect(diskOf(target.store, two.versionId).equals(second)).toBe(true);
  expect(await damaged).toEqual([one.versionId, [20]]);
});
