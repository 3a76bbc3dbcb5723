/** A served version by itself: what it keeps open, and what readers hear when it goes or its file is not what it was. */
import { afterEach, expect, test } from 'bun:test';
import { chmodSync, readdirSync, readlinkSync, truncateSync } from 'node:fs';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import { VersionExport } from '../../../../src/images/nbd/version-export.ts';
import { until } from '../../../support/until.ts';
import { MiB, makeRig, noise, type Rig, request, write } from '../rig.ts';

const CHUNKS = 4;
const rigs: Rig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.remove();
});

async function opened(missing: readonly number[] = []) {
  const rig = await makeRig();
  rigs.push(rig);
  const bytes = noise(Buffer.alloc(CHUNKS * MiB), 17);
  const { versionId } = await rig.store.import(request(write(rig.path('a.raw'), bytes), { asRaw: true }));
  const disk = rig.store.localPath(versionId);
  const present = PresentBitmap.full(CHUNKS);
  for (const chunk of missing) present.clear(chunk);
  const wanted: number[] = [];
  const bringing = { want: (chunks: readonly number[]) => void wanted.push(...chunks), damaged: () => {} };
  const served = await VersionExport.open(disk, await rig.store.manifest(versionId), present, bringing, 5000);
  return { disk, served, bytes, wanted };
}

const holders = (path: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // the one that lists them
    }
  }).length;

test('one that is no longer served lets its readers go at once, and its file', async () => {
  const { disk, served, wanted } = await opened([1, 2]);
  expect(holders(disk)).toBe(1);
  const reads = [served.bring(MiB, 512), served.bring(MiB, 2 * MiB)].map((one) =>
    one.catch((error: unknown) => String(error)),
  );
  await Bun.sleep(0);
  expect(wanted.toSorted()).toEqual([1, 2]); // each is asked for once, however many wait
  await served.close();
  for (const end of await Promise.all(reads)) expect(end).toContain('no longer served');
  expect([holders(disk), served.wanted]).toEqual([0, []]);
});

test('a file that ends early is an error, never bytes of something else', async () => {
  const { disk, served, bytes } = await opened();
  const into = Buffer.alloc(MiB, 0xee);
  expect(served.readNow(into, 0, 0, MiB)).toBe(true);
  expect(into.equals(bytes.subarray(0, MiB))).toBe(true);
  chmodSync(disk, 0o644);
  truncateSync(disk, 2 * MiB + 100);
  await expect(served.readLater(into, 0, 2 * MiB, MiB)).rejects.toThrow('ends early');
  // A disk that was slow a moment ago is not read at once.
  const said = await until('it is read at once', () => {
    try {
      return served.readNow(into, 0, 2 * MiB, MiB) && 'read';
    } catch (error) {
      return String(error);
    }
  });
  expect(said).toContain('ends early');
  await served.close();
});
