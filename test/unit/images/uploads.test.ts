import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { type ImageLimits, type ImageStore, openImageStore } from '../../../src/images/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { until } from '../../support/until.ts';
import { converted, diskBytes, MiB, makeRig, noise, type Rig, refusal, request, write } from './rig.ts';

const HOUR = 3_600_000;
const bytes = noise(Buffer.alloc(3 * MiB + 123), 9);
const sha256 = createHash('sha256').update(bytes).digest('hex');
let rig: Rig;
let now = 1_800_000_000_000;
let store: ImageStore;

beforeEach(async () => {
  rig = await makeRig();
  store = await open();
});
afterEach(() => rig.remove());

async function open(limits: Partial<ImageLimits> = {}): Promise<ImageStore> {
  const opened = openImageStore({
    dataDir: rig.dataDir,
    logger: silentLogger,
    limits: { reserveBytes: 0, ...limits },
    now: () => now,
  });
  await opened.start();
  return opened;
}

function create(more: Partial<{ name: string; sizeBytes: number; sha256: string }> = {}) {
  return store.uploads.create({ name: 'disk.img', sizeBytes: bytes.length, sha256, owner: 'ana', ...more });
}

/** The first bytes of the file as they come over a slow line. */
function inParts(length: number, part: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= length) return controller.close();
      controller.enqueue(bytes.subarray(at, Math.min(length, at + part)));
      at += part;
    },
  });
}

function folders(): string[] {
  return readdirSync(join(rig.dataDir, 'uploads'));
}

test('pieces become the file, which becomes an image', async () => {
  const image = readFileSync(converted(rig, write(rig.path('disk.raw'), diskBytes()), 'qcow2'));
  const { id } = await create({
    sizeBytes: image.length,
    sha256: createHash('sha256').update(image).digest('hex'),
  });
  for (let at = 0; at < image.length; at += MiB)
    await store.uploads.append(id, at, image.subarray(at, at + MiB));
  const { path } = await store.uploads.finish(id);
  const wanted = request(path);
  expect(await store.import(wanted)).toMatchObject({ format: 'qcow2' });
  expect(readFileSync(store.localPath(wanted.versionId)).equals(diskBytes())).toBe(true);
  await store.uploads.discard(id);
  expect(folders()).toEqual([]);
});

test('goes on after a restart of the node where it stopped', async () => {
  const { id } = await create();
  await store.uploads.append(id, 0, bytes.subarray(0, MiB));
  store = await open();
  expect(await store.uploads.status(id)).toMatchObject({
    id,
    offset: MiB,
    sizeBytes: bytes.length,
    name: 'disk.img',
    owner: 'ana',
    sha256,
  });
  await store.uploads.append(id, MiB, bytes.subarray(MiB));
  const done = await store.uploads.finish(id);
  expect(done.sha256).toBe(sha256);
  expect(readFileSync(done.path).equals(bytes)).toBe(true);
});

test('a stream that breaks counts as far as it came', async () => {
  const { id } = await create();
  let sent = 0;
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 3) throw new Error('the Wi-Fi is gone');
      controller.enqueue(bytes.subarray(sent * 1000, (sent + 1) * 1000));
      sent++;
    },
  });
  await expect(store.uploads.append(id, 0, broken)).rejects.toThrow('Wi-Fi');
  expect((await store.uploads.status(id)).offset).toBe(3000);
  await store.uploads.append(id, 3000, bytes.subarray(3000));
  expect((await store.uploads.finish(id)).sha256).toBe(sha256);
});

describe('refused', () => {
  test('a wrong offset, with the right one', async () => {
    const { id } = await create();
    await store.uploads.append(id, 0, bytes.subarray(0, 1000));
    for (const offset of [0, 999, 1001, -1, Number.NaN]) {
      const error = await refusal(store.uploads.append(id, offset, bytes.subarray(0, 10)));
      expect(error).toMatchObject({ code: 'images.upload_wrong_offset', data: { offset: 1000 } });
    }
    expect((await store.uploads.status(id)).offset).toBe(1000);
  });

  test('more bytes than announced: the piece does not count', async () => {
    const { id } = await create({ sizeBytes: 1000 });
    await store.uploads.append(id, 0, bytes.subarray(0, 600));
    expect((await refusal(store.uploads.append(id, 600, bytes.subarray(0, 401)))).code).toBe(
      'images.upload_too_long',
    );
    expect((await store.uploads.status(id)).offset).toBe(600);
    expect((await refusal(store.uploads.append(id, 600, inParts(500, 90)))).code).toBe(
      'images.upload_too_long',
    );
    expect((await store.uploads.status(id)).offset).toBe(600);
  });

  test('a piece beyond the limit: it does not count, however it comes', async () => {
    store = await open({ maxPieceBytes: 1000 });
    const { id } = await create();
    await store.uploads.append(id, 0, bytes.subarray(0, 1000));
    const stream = new Blob([bytes.subarray(0, 5000)]).stream();
    // Each part of it is small; what is too much has been written by the time that it shows.
    for (const piece of [bytes.subarray(0, 1001), stream, inParts(5000, 300)]) {
      expect((await refusal(store.uploads.append(id, 1000, piece))).code).toBe(
        'images.upload_piece_too_large',
      );
      expect((await store.uploads.status(id)).offset).toBe(1000);
    }
  });

  test('two pieces at once', async () => {
    const { id } = await create();
    const ends = await Promise.allSettled([
      store.uploads.append(id, 0, bytes.subarray(0, 1000)),
      store.uploads.append(id, 0, bytes.subarray(0, 1000)),
    ]);
    expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await store.uploads.status(id)).offset).toBe(1000);
  });

  test('finished too early', async () => {
    const { id } = await create();
    await store.uploads.append(id, 0, bytes.subarray(0, 1000));
    expect(await refusal(store.uploads.finish(id))).toMatchObject({
      code: 'images.upload_incomplete',
      data: { offset: 1000, sizeBytes: bytes.length },
    });
  });

  test('a file that changed in the middle: the sum tells, and nothing is kept', async () => {
    const { id } = await create();
    await store.uploads.append(id, 0, bytes.subarray(0, MiB));
    const other = Buffer.from(bytes);
    other[2 * MiB] = (other[2 * MiB] ?? 0) ^ 1;
    await store.uploads.append(id, MiB, other.subarray(MiB));
    expect(await refusal(store.uploads.finish(id))).toMatchObject({
      code: 'images.upload_wrong_sum',
      data: { expected: sha256 },
    });
    expect(folders()).toEqual([]);
  });

  test('absurd requests', async () => {
    for (const more of [
      { name: '' },
      { name: 'x'.repeat(256) },
      { sizeBytes: 0 },
      { sizeBytes: -1 },
      { sizeBytes: 1.5 },
      { sha256: 'abc' },
    ]) {
      expect((await refusal(create(more))).code).toBe('images.bad_request');
    }
    expect((await refusal(create({ sizeBytes: 2 ** 50 }))).code).toBe('images.too_large');
    expect(folders()).toEqual([]);
  });

  test('more than there is room for, what others announced counted', async () => {
    const free = await store.freeBytes();
    const share = Math.floor(free * 0.6);
    store = await open({ maxVirtualBytes: free * 2 });
    await create({ sizeBytes: share });
    expect((await refusal(create({ sizeBytes: share }))).code).toBe('images.no_space');
  });

  test('what is kept free for VMs and the log is not for uploads', async () => {
    const reserveBytes = await store.freeBytes();
    store = await open({ reserveBytes });
    expect(await refusal(create())).toMatchObject({ code: 'images.no_space', data: { reserveBytes } });
    expect(folders()).toEqual([]);
  });

  test('too many at once', async () => {
    store = await open({ maxUploads: 2 });
    await create();
    await create();
    expect(await refusal(create())).toMatchObject({ code: 'images.upload_too_many', data: { limit: 2 } });
  });

  test('ids that do not exist or lead elsewhere', async () => {
    for (const id of [ulid(), '../images', '', 'x'.repeat(1000)]) {
      expect((await refusal(store.uploads.status(id))).code).toBe('images.upload_unknown');
      expect((await refusal(store.uploads.append(id, 0, bytes))).code).toBe('images.upload_unknown');
      expect((await refusal(store.uploads.finish(id))).code).toBe('images.upload_unknown');
      await store.uploads.discard(id);
    }
  });
});

test('abandoned uploads expire by the clock that was handed in; those in use stay', async () => {
  const idle = await create();
  now += 20 * HOUR;
  const used = await create();
  await store.uploads.append(idle.id, 0, bytes.subarray(0, 1000));
  now += 10 * HOUR;
  expect(await store.uploads.expire(now)).toEqual([]);
  await store.uploads.append(used.id, 0, bytes.subarray(0, 1000));
  now += 14 * HOUR;
  expect(await store.uploads.expire(now)).toEqual([idle.id]);
  expect(folders()).toEqual([used.id]);
  now -= 48 * HOUR; // a clock set back expires nothing
  expect(await store.uploads.expire(now)).toEqual([]);
});

test('one that somebody is sending to does not expire under their hands', async () => {
  const { id } = await create();
  const rest = Promise.withResolvers<void>();
  let isBegun = false;
  const slow = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (isBegun) await rest.promise;
      controller.enqueue(bytes.subarray(isBegun ? 1000 : 0, isBegun ? 2000 : 1000));
      if (isBegun) controller.close();
      isBegun = true;
    },
  });
  const sending = store.uploads.append(id, 0, slow);
  await until('the first bytes are here', () => isBegun);
  expect(await store.uploads.expire(now + 1000 * HOUR)).toEqual([]);
  rest.resolve();
  expect((await sending).offset).toBe(2000);
  expect(await store.uploads.expire(now + 1000 * HOUR)).toEqual([id]);
});

test('GF12 what a crash left half made is removed at start', async () => {
  const { id } = await create();
  const uploads = join(rig.dataDir, 'uploads');
  const [hidden, hollow, grown] = [ulid(), ulid(), (await create({ sizeBytes: 10 })).id];
  mkdirSync(join(uploads, `.${hidden}`));
  mkdirSync(join(uploads, hollow));
  writeFileSync(join(uploads, hollow, 'data'), '');
  appendFileSync(join(uploads, grown, 'data'), 'more than was announced');
  mkdirSync(join(uploads, 'lost+found'));
  const again = openImageStore({ dataDir: rig.dataDir, logger: silentLogger });
  expect((await again.start()).removedUploads.sort()).toEqual([hidden, hollow, grown].sort());
  expect(folders().sort()).toEqual([id, 'lost+found'].sort());
});

test('a torn record of an upload is not believed', async () => {
  const { id } = await create();
  const meta = join(rig.dataDir, 'uploads', id, 'meta.json');
  writeFileSync(`${meta}.x`, readFileSync(meta).subarray(0, 20));
  renameSync(`${meta}.x`, meta);
  expect((await refusal(store.uploads.status(id))).code).toBe('images.upload_unknown');
});
