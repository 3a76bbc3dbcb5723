/**
 * What is confirmed survives a power cut: every file was told to the disk after its last byte, its name after that, and nothing was said before.
 * A power cut itself is in `test/lab-loss`; here the calls are watched, in their order.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test';
import { chmodSync, existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { PresentBitmap } from '../../../src/images/bitmap.ts';
import type { CaptureRequest } from '../../../src/images/index.ts';
import { MiB, makeRig, noise, type Rig, refusal, request, tool, write } from './rig.ts';
import { sourceOf } from './swarm/swarm.ts';

const CHUNKS = 8;
let rig: Rig;
let target: Rig;
let versionId: string;
let manifestHash: string;

/** What was done to files by this process, in order; `isPublished`: whether the version had its name by then. */
interface Step {
  readonly path: string;
  readonly isSync: boolean;
  readonly isPublished: boolean;
}
const WATCHED = ['write', 'writeFile', 'truncate', 'sync', 'datasync'] as const;
type Watched = (typeof WATCHED)[number];
type Call = (this: { fd: number }, ...args: unknown[]) => Promise<unknown>;
let steps: Step[] = [];
let watched = '';
const undo: (() => void)[] = [];

beforeAll(async () => {
  rig = await makeRig();
  target = await makeRig();
  const wanted = request(write(rig.path('disk.raw'), noise(Buffer.alloc(CHUNKS * MiB), 71)), { asRaw: true });
  ({ versionId } = wanted);
  ({ manifestHash } = await rig.store.import(wanted));
});
afterAll(async () => {
  await target.store.stop();
  rig.remove();
  target.remove();
});

beforeEach(async () => {
  steps = [];
  const handle = await open(rig.folder, 'r');
  const prototype: Record<Watched, Call> = Object.getPrototypeOf(handle);
  await handle.close();
  for (const name of WATCHED) {
    const real = prototype[name];
    prototype[name] = async function (...args) {
      const path = readlinkSync(`/proc/self/fd/${this.fd}`);
      const done = await real.apply(this, args);
      steps.push({ path, isSync: name.endsWith('sync'), isPublished: watched !== '' && existsSync(watched) });
      return done;
    };
    undo.push(() => {
      prototype[name] = real;
    });
  }
});
afterEach(() => {
  watched = '';
  for (const one of undo.splice(0)) one();
});

/** Every file that was written was told to the disk afterwards. */
function expectSynced(paths: readonly string[]): void {
  for (const path of paths) {
    const own = steps.filter((step) => step.path === path);
    expect({ path, last: own.at(-1)?.isSync }).toEqual({ path, last: true });
  }
}

const folderOf = (of: Rig, id: string) => join(of.dataDir, 'images', id);

/** A version was made under another name, whole and on the disk, and got its name by one durable step. */
function expectPublished(of: Rig, id: string): void {
  const half = folderOf(of, `.import-${id}`);
  expectSynced(['disk.raw', 'present.bitmap', 'manifest.json'].map((name) => join(half, name)).concat(half));
  const names = steps.filter(({ path }) => path === join(of.dataDir, 'images'));
  expect(names.at(-1)).toMatchObject({ isSync: true, isPublished: true });
  expect(steps.filter(({ path }) => path.startsWith(half)).every((step) => !step.isPublished)).toBe(true);
}

test('R1 an import', async () => {
  const wanted = request(rig.path('disk.raw'), { asRaw: true });
  watched = folderOf(rig, wanted.versionId);
  await rig.store.import(wanted);
  expectPublished(rig, wanted.versionId);
});

function capture(more: Partial<CaptureRequest> = {}): CaptureRequest {
  const overlay = rig.path(`layer-${ulid()}.qcow2`);
  const below = ['-b', rig.store.localPath(versionId), '-F', 'raw'];
  tool('qemu-img', 'create', '-q', '-f', 'qcow2', ...below, overlay, String(CHUNKS * MiB));
  tool('qemu-io', '-c', 'write -P 5 1M 2M', overlay);
  const facts = { versionId: ulid(), imageId: ulid(), number: 2, author: 'ana', os: 'linux' } as const;
  const disk = { overlay, baseVersionId: versionId, form: 'image', virtualBytes: CHUNKS * MiB } as const;
  return { ...facts, ...disk, createdAt: 1_800_000_000_000, ...more };
}

test('R1 the disk of a VM that is published, and one that is saved', async () => {
  for (const form of ['image', 'work'] as const) {
    const wanted = capture({ form });
    watched = folderOf(rig, wanted.versionId);
    steps = [];
    await rig.store.capture(wanted);
    expectPublished(rig, wanted.versionId);
  }
});

test('R1 saved work that becomes a disk again', async () => {
  const wanted = capture({ form: 'work' });
  await rig.store.capture(wanted);
  steps = [];
  watched = rig.path('os.qcow2');
  await rig.store.restoreWork({
    versionId: wanted.versionId,
    target: watched,
    below: null,
    virtualBytes: 0,
  });
  expectSynced([`${watched}.part`]);
  expect(steps.filter(({ path }) => path === `${watched}.part`).every((step) => !step.isPublished)).toBe(
    true,
  );
  expect(steps.at(-1)).toMatchObject({ path: rig.folder, isSync: true, isPublished: true });
});

test('R1 chunks that come from other PCs: bytes first, then the bit that says so', async () => {
  watched = folderOf(target, versionId);
  await target.store.fetch({ versionId, manifestHash, sources: [sourceOf(rig.store, 'a')] });
  const half = folderOf(target, `.import-${versionId}`);
  expectSynced(['disk.raw', 'present.bitmap', 'manifest.json'].map((name) => join(half, name)).concat(half));
  const [disk, present] = [join(watched, 'disk.raw'), join(watched, 'present.bitmap')];
  expectSynced([disk, present]);
  const order = steps.filter(({ path }) => path === disk || path === present);
  const firstBit = order.findIndex(({ path, isSync }) => path === present && !isSync);
  expect(order.slice(0, firstBit).at(-1)).toMatchObject({ path: disk, isSync: true });
  expect(order.slice(firstBit).some(({ path, isSync }) => path === disk && !isSync)).toBe(false);
});

test('R1 what came of a transfer that ends early', async () => {
  await target.store.remove(versionId);
  const honest = sourceOf(rig.store, 'a');
  let answers = 0;
  const breaking = {
    ...honest,
    take: (...args: Parameters<typeof honest.take>) =>
      answers++ === 0 ? honest.take(...args) : Promise.reject(new Error('gone')),
  };
  expect((await refusal(target.store.fetch({ versionId, manifestHash, sources: [breaking] }))).code).toBe(
    'images.no_source',
  );
  const folder = folderOf(target, versionId);
  expectSynced([join(folder, 'disk.raw'), join(folder, 'present.bitmap')]);
  const bits = PresentBitmap.read(readFileSync(join(folder, 'present.bitmap')), CHUNKS);
  expect(bits?.count()).toBeGreaterThan(0); // what came is not fetched again
});

test('R1 a damaged chunk is struck out for good, and zeros are zeros for good', async () => {
  const own = request(write(rig.path('half.raw'), noise(Buffer.alloc(4 * MiB), 3).fill(0, 2 * MiB)), {
    asRaw: true,
  });
  await rig.store.import(own);
  const disk = rig.store.localPath(own.versionId);
  chmodSync(disk, 0o644);
  const rotten = readFileSync(disk);
  rotten[3 * MiB] = 1;
  rotten[0] = (rotten[0] ?? 0) ^ 1;
  writeFileSync(disk, rotten);
  steps = [];
  expect((await rig.store.verify(own.versionId)).damaged).toEqual([0, 3]);
  expectSynced([disk, disk.replace('disk.raw', 'present.bitmap')]);
});

test('R1 a deletion is there before anything is deleted', async () => {
  const own = request(rig.path('disk.raw'), { asRaw: true });
  await rig.store.import(own);
  steps = [];
  await rig.store.remove(own.versionId);
  expect(steps.at(-1)).toMatchObject({ path: join(rig.dataDir, 'images'), isSync: true });
});

test('R1 GF13 a piece of an upload is on the disk before it is confirmed, also one that was cut off', async () => {
  const { uploads } = rig.store;
  const { id } = await uploads.create({ name: 'a', sizeBytes: 100, owner: 'ana' });
  const folder = join(rig.dataDir, 'uploads', id);
  const hidden = join(rig.dataDir, 'uploads', `.${id}`);
  expectSynced([join(hidden, 'data'), join(hidden, 'meta.json'), hidden, join(rig.dataDir, 'uploads')]);
  await uploads.append(id, 0, new Uint8Array(10));
  expectSynced([join(folder, 'data')]);
  steps = [];
  const broken = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(10));
    },
    pull(controller) {
      controller.error(new Error('the Wi-Fi is gone'));
    },
  });
  await uploads.append(id, 10, broken).catch(() => null);
  expectSynced([join(folder, 'data')]);
  rmSync(folder, { recursive: true });
});
