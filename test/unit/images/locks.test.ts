/** One piece of work per version at a time, and an end that waits for all of it. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { PresentBitmap } from '../../../src/images/bitmap.ts';
import { type CaptureRequest, ImagesError, openImageStore } from '../../../src/images/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { leftBehind, MiB, makeRig, noise, type Rig, refusal, request, tool, write } from './rig.ts';
import { sourceOf } from './swarm/swarm.ts';

const CHUNKS = 8;
let rig: Rig;
let raw: string;
let versionId: string;
let manifestHash: string;

beforeEach(async () => {
  rig = await makeRig();
  raw = write(rig.path('disk.raw'), noise(Buffer.alloc(CHUNKS * MiB), 91));
  const wanted = request(raw, { asRaw: true });
  ({ versionId } = wanted);
  ({ manifestHash } = await rig.store.import(wanted));
});
afterEach(async () => {
  await rig.store.stop();
  rig.remove();
});

/** The same folder after a restart of the node. */
async function restarted() {
  const store = openImageStore({ dataDir: rig.dataDir, logger: silentLogger, limits: { reserveBytes: MiB } });
  await store.start();
  return store;
}

function layer(): string {
  const path = rig.path(`layer-${ulid()}.qcow2`);
  const below = ['-b', rig.store.localPath(versionId), '-F', 'raw'];
  tool('qemu-img', 'create', '-q', '-f', 'qcow2', ...below, path, String(CHUNKS * MiB));
  tool('qemu-io', '-c', 'write -P 5 0 1M', path);
  return path;
}

function capture(more: Partial<CaptureRequest> = {}): CaptureRequest {
  const facts = { versionId: ulid(), imageId: ulid(), number: 2, author: 'ana', os: 'linux' } as const;
  const disk = { baseVersionId: versionId, form: 'work', virtualBytes: CHUNKS * MiB } as const;
  return { ...facts, overlay: layer(), ...disk, createdAt: 1_800_000_000_000, ...more };
}

/** One does its work, the others are told to wait. */
async function expectOne(works: readonly Promise<unknown>[]): Promise<void> {
  const ends = await Promise.allSettled(works);
  const codes = ends.map((end) =>
    end.status === 'fulfilled' ? 'done' : end.reason instanceof ImagesError ? end.reason.code : end.reason,
  );
  expect(codes.toSorted()).toEqual(['done', ...works.slice(1).map(() => 'images.busy')]);
}

describe('two at once', () => {
  test('imports, captures, fetches and deletions of one version', async () => {
    const twice = request(raw, { asRaw: true });
    await expectOne([rig.store.import(twice), rig.store.import(twice), rig.store.import(twice)]);
    expect((await rig.store.verify(twice.versionId)).damaged).toEqual([]);
    const work = capture();
    await expectOne([rig.store.capture(work), rig.store.capture(work)]);
    const other = await makeRig();
    const fetching = { versionId, manifestHash, sources: [sourceOf(rig.store, 'a')] };
    await expectOne([other.store.fetch(fetching), other.store.fetch(fetching)]);
    expect((await other.store.verify(versionId)).damaged).toEqual([]);
    other.remove();
    await expectOne([rig.store.remove(twice.versionId), rig.store.remove(twice.versionId)]);
  });

  test('a version is not deleted under a check or a copy to a file, and can be afterwards', async () => {
    const checking = rig.store.verify(versionId, {
      onProgress: ({ phase }) => {
        if (phase === 'check') removing ??= refusal(rig.store.remove(versionId));
      },
    });
    let removing: Promise<ImagesError> | undefined;
    expect((await checking).damaged).toEqual([]);
    expect((await removing)?.code).toBe('images.busy');
    const copying = rig.store.export(versionId, rig.path('out.raw'), { format: 'raw' });
    expect((await refusal(rig.store.remove(versionId))).code).toBe('images.busy');
    await copying;
    await rig.store.remove(versionId);
    expect(leftBehind(rig)).toEqual([]);
  });

  test('nothing is made twice under one name', async () => {
    expect((await refusal(rig.store.import(request(raw, { asRaw: true, versionId })))).code).toBe(
      'images.version_exists',
    );
    expect((await refusal(rig.store.capture(capture({ versionId, baseVersionId: null })))).code).toBe(
      'images.version_exists',
    );
    expect((await rig.store.verify(versionId)).damaged).toEqual([]);
  });
});

describe('the end of the node', () => {
  test('waits for what is under way, which ends and leaves nothing', async () => {
    const own = request(raw, { asRaw: true });
    let stopping: Promise<void> | undefined;
    const ended = refusal(
      rig.store.import({
        ...own,
        onProgress: ({ phase }) => {
          if (phase === 'copy') stopping ??= rig.store.stop();
        },
      }),
    );
    while (stopping === undefined) await Bun.sleep(1);
    await stopping;
    expect(leftBehind(rig)).toEqual([versionId]); // no file of it is there any more, nor written again
    expect((await ended).code).toBe('images.cancelled');
  });

  test('waits until what was found damaged is written down', async () => {
    const striking = rig.store.strikeOut(versionId, [2]);
    await rig.store.stop();
    expect((await restarted()).isWhole(versionId)).toBe(false);
    await striking;
  });
});

describe('a version of which a part is missing', () => {
  beforeEach(async () => {
    const present = PresentBitmap.full(CHUNKS);
    present.clear(3);
    writeFileSync(join(rig.dataDir, 'images', versionId, 'present.bitmap'), present.bytes);
  });

  test('R1 no disk is made of it, none is captured over it, and none is restored from it', async () => {
    const wanted = capture();
    const store = await restarted();
    expect((await refusal(store.capture(wanted))).code).toBe('images.version_incomplete');
    const target = rig.path('os.qcow2');
    const work = { versionId, target, below: null, virtualBytes: 0 };
    expect((await refusal(store.restoreWork(work))).code).toBe('images.version_incomplete');
    const out = store.export(versionId, rig.path('out.raw'), { format: 'raw' });
    expect((await refusal(out)).code).toBe('images.version_incomplete');
    expect(() => store.localPath(versionId)).toThrow('images.version_incomplete');
    expect(leftBehind(rig)).toEqual([versionId]);
  });

  test('what it lacks is not taken for damage where a younger version takes from it what is the same', async () => {
    const store = await restarted();
    const told: number[] = [];
    store.onDamaged((_, chunks) => void told.push(...chunks));
    const other = await makeRig();
    const { imageId } = await store.manifest(versionId);
    const second = noise(Buffer.alloc(CHUNKS * MiB), 91).fill(1, 0, MiB);
    const child = request(write(other.path('2.raw'), second), { asRaw: true, parent: versionId, imageId });
    const made = await other.store.import(child);
    await store.fetch({ ...made, sources: [sourceOf(other.store, 'a')] });
    expect(told).toEqual([]);
    expect((await store.verify(child.versionId)).damaged).toEqual([]);
    rmSync(other.folder, { recursive: true, force: true });
  });
});
