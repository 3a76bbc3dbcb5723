/** A disk that forgot bits under a guest: nobody reads them, the node hears of it, and the guest gets what comes instead (I2). */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { closeSync, openSync, writeSync } from 'node:fs';
import { Layout } from '../../../../src/images/layout.ts';
import { VersionExport } from '../../../../src/images/nbd/version-export.ts';
import { loadVersion } from '../../../../src/images/versions.ts';
import { until } from '../../../support/until.ts';
import { diskBytes, MiB, makeRig, type Rig, request, write } from '../rig.ts';

let rig: Rig;
const bytes = diskBytes();
/** What holds data in it, and one of zeros (see `diskBytes`). */
const [DATA, ZEROS] = [0, 3];

beforeAll(async () => {
  rig = await makeRig();
});
afterAll(() => rig.remove());

async function opened(patienceMs = 5000) {
  const wanted = request(write(rig.path('disk.raw'), bytes), { asRaw: true });
  await rig.store.import(wanted);
  const paths = new Layout(rig.dataDir).version(wanted.versionId);
  const { manifest, present } = await loadVersion(paths, wanted.versionId);
  const [wants, damaged]: [number[], number[]] = [[], []];
  const bringing = {
    want: (chunks: readonly number[]) => void wants.push(...chunks),
    damaged: (chunk: number) => void damaged.push(chunk),
  };
  const served = await VersionExport.open(paths.disk, manifest, present, bringing, patienceMs);
  const put = (chunk: number, what: Buffer) => {
    const disk = openSync(paths.disk, 'r+');
    writeSync(disk, what, 0, what.length, chunk * MiB + 700);
    closeSync(disk);
  };
  const read = async (offset: number, length: number) => {
    if (!served.isHere(offset, length)) await served.bring(offset, length);
    const into = Buffer.alloc(length);
    await served.readLater(into, 0, offset, length);
    return into;
  };
  const right = (chunk: number) => bytes.subarray(chunk * MiB + 700, chunk * MiB + 764);
  return { served, wants, damaged, put, read, right };
}

test('I2 bits that were flipped before the first read are never read: it waits for what comes instead', async () => {
  const { served, wants, damaged, put, read, right } = await opened();
  put(DATA, Buffer.from([1, 2, 3]));
  // Elsewhere in the chunk: what is to be read is right, but nobody can know that without its hash.
  const reading = read(DATA * MiB + 4096, 512);
  await until('it is told', () => damaged.length > 0);
  expect(damaged).toEqual([DATA]);
  expect(served.damaged).toEqual([DATA]);
  await until('it is wanted', () => wants.includes(DATA));
  put(DATA, right(DATA));
  served.lost([DATA]); // the node has struck it out, and then brought it
  served.arrived([DATA]);
  expect((await reading).equals(bytes.subarray(DATA * MiB + 4096, DATA * MiB + 4608))).toBe(true);
  expect(served.damaged).toEqual([]);
  await served.close();
});

test('I2 what arrives wrong once more is found once more', async () => {
  const { served, damaged, put, read, right } = await opened();
  put(DATA, Buffer.from([1, 2, 3]));
  const reading = read(DATA * MiB, 512);
  await until('it is told', () => damaged.length === 1);
  served.arrived([DATA]);
  await until('it is told again', () => damaged.length === 2);
  put(DATA, right(DATA));
  served.arrived([DATA]);
  expect((await reading).equals(bytes.subarray(DATA * MiB, DATA * MiB + 512))).toBe(true);
  await served.close();
});

test('I2 zeros that are none any more are found where a read crosses into them', async () => {
  const { served, damaged, put, read } = await opened();
  put(ZEROS, Buffer.from([9]));
  const reading = read(ZEROS * MiB - 512, 2048);
  await until('it is told', () => damaged.includes(ZEROS));
  put(ZEROS, Buffer.from([0]));
  served.lost([ZEROS]); // made zeros again
  expect((await reading).equals(bytes.subarray(ZEROS * MiB - 512, ZEROS * MiB + 1536))).toBe(true);
  await served.close();
});

test('a chunk is compared once, and then read at once', async () => {
  const { served, read } = await opened();
  expect(served.isHere(DATA * MiB, 512)).toBe(false);
  await Promise.all([read(DATA * MiB, 512), read(DATA * MiB + 512, 512)]);
  expect(served.isHere(DATA * MiB, MiB)).toBe(true);
  await served.close();
});
