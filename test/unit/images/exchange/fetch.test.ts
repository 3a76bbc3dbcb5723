/** Versions between stores, over sources that are functions: whole, cut short, lied about. The network is tested in test/unit/node. */
import { afterEach, expect, test } from 'bun:test';
import { readFileSync, statSync } from 'node:fs';
import {
  type ChunkSource,
  type ImageStore,
  ImagesError,
  openImageStore,
} from '../../../../src/images/index.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { until } from '../../../support/until.ts';
import { diskBytes, leftBehind, MiB, makeRig, type Rig, refusal, request, write } from '../rig.ts';

const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) {
    await rig.store.stop();
    rig.remove();
  }
});

async function newRig(limits = {}): Promise<Rig> {
  const rig = await makeRig(limits);
  rigs.push(rig);
  return rig;
}

/** A store with one imported disk: 40 MiB, so that it takes several requests; two holes. */
async function holder() {
  const rig = await newRig();
  const bytes = diskBytes(40 * MiB);
  for (let i = 3; i < 30; i++) if (i !== 12) bytes.fill(i, i * MiB, (i + 1) * MiB);
  const { versionId, manifestHash } = await rig.store.import(request(write(rig.path('a.raw'), bytes)));
  return { rig, bytes, versionId, manifestHash };
}

interface Asked {
  readonly from: number;
  readonly count: number;
}

function sourceOf(store: ImageStore, id: string, asked: Asked[] = []): ChunkSource {
  return {
    id,
    manifest: async (versionId) => new Blob([await encoded(store, versionId)]).stream(),
    data: (versionId, from, count) => {
      asked.push({ from, count });
      return store.chunks(versionId, from, count);
    },
  };
}

async function encoded(store: ImageStore, versionId: string) {
  return new Uint8Array(await store.encodedManifest(versionId));
}

const diskOf = (store: ImageStore, versionId: string) => readFileSync(store.localPath(versionId));

test('GF21 a version comes whole: the same bytes, its holes kept, each chunk asked for once', async () => {
  const { rig, bytes, versionId, manifestHash } = await holder();
  const { store } = await newRig();
  const asked: Asked[] = [];
  const phases = new Set<string>();
  const sources = [sourceOf(rig.store, 'a', asked), sourceOf(rig.store, 'b', asked)];
  const onProgress = ({ phase }: { phase: string }) => void phases.add(phase);
  await store.fetch({ versionId, manifestHash, sources, onProgress });
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
  expect(statSync(store.localPath(versionId)).blocks * 512).toBeLessThan(34 * MiB);
  expect(statSync(store.localPath(versionId)).mode & 0o777).toBe(0o444);
  const chunks = asked.flatMap(({ from, count }) => Array.from({ length: count }, (_, i) => from + i));
  expect(new Set(chunks).size).toBe(chunks.length);
  expect(chunks).not.toContain(12);
  expect(phases).toEqual(new Set(['fetch']));
  expect((await store.verify(versionId)).damaged).toEqual([]);
  await store.fetch({ versionId, manifestHash, sources: [] }); // it is here: nobody is asked
});

test('X4 a source that lies is named and left alone; the version is whole all the same', async () => {
  const { rig, bytes, versionId, manifestHash } = await holder();
  const { store } = await newRig();
  const asked: Asked[] = [];
  const liar: ChunkSource = {
    ...sourceOf(rig.store, 'liar'),
    data: async (_, from, count) => {
      asked.push({ from, count });
      return new Blob([new Uint8Array(count * MiB).fill(7)]).stream();
    },
  };
  const lies: [string, number | null][] = [];
  const onLie = (id: string, chunk: number | null) => void lies.push([id, chunk]);
  await store.fetch({ versionId, manifestHash, sources: [liar, sourceOf(rig.store, 'b')], onLie });
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
  expect(new Set(lies.map(([id]) => id))).toEqual(new Set(['liar']));
  expect(asked.length).toBeLessThanOrEqual(3); // those that travelled when it was found out
  const forger: ChunkSource = { ...liar, manifest: async () => new Blob(['{}']).stream() };
  const other = await newRig();
  const fetching = other.store.fetch({ versionId, manifestHash, sources: [forger], onLie });
  expect((await refusal(fetching)).code).toBe('images.no_source');
  expect(lies.at(-1)).toEqual(['liar', null]);
  expect(leftBehind(other)).toEqual([]);
});

test('GF25 a transfer that was cut off goes on where it was, also after a restart of the node', async () => {
  const { rig, bytes, versionId, manifestHash } = await holder();
  const target = await newRig();
  const { store } = target;
  const abort = new AbortController();
  const honest = sourceOf(rig.store, 'a');
  let requests = 0;
  const slow: ChunkSource = {
    ...honest,
    data: async (...args) => {
      if (requests++ < 1) return honest.data(...args);
      return new ReadableStream({}); // says nothing more
    },
  };
  const fetching = store.fetch({ versionId, manifestHash, sources: [slow], signal: abort.signal });
  const ended = refusal(fetching);
  await until('one request is answered, three wait', () => requests === 4);
  abort.abort();
  expect((await ended).code).toBe('images.cancelled');
  expect(store.has(versionId)).toBe(true);
  expect(store.isWhole(versionId)).toBe(false);
  expect(() => store.localPath(versionId)).toThrow();
  await store.stop();
  const again = openImageStore({
    dataDir: target.dataDir,
    logger: silentLogger,
    limits: { reserveBytes: MiB },
  });
  const report = await again.start();
  expect(report.damaged).toEqual([]);
  const before = again.versions()[0]?.presentChunks ?? 0;
  expect(before).toBeGreaterThan(10); // zeros and what came
  const asked: Asked[] = [];
  await again.fetch({ versionId, manifestHash, sources: [sourceOf(rig.store, 'a', asked)] });
  expect(diskOf(again, versionId).equals(bytes)).toBe(true);
  expect(asked.reduce((sum, { count }) => sum + count, 0)).toBe(40 - before);
  await again.stop();
});

test('sources that fail, stop in the middle or say nothing are passed over; none left is said', async () => {
  const { rig, bytes, versionId, manifestHash } = await holder();
  const honest = sourceOf(rig.store, 'a');
  const bad: ChunkSource[] = [
    {
      ...honest,
      id: 'gone',
      data: () => Promise.reject(new Error('ECONNREFUSED')),
      manifest: () => Promise.reject(new Error('ECONNREFUSED')),
    },
    { ...honest, id: 'short', data: async () => new Blob([new Uint8Array(10)]).stream() },
    { ...honest, id: 'silent', data: async () => new ReadableStream({}) },
  ];
  const { store } = await newRig();
  const failing = store.fetch({ versionId, manifestHash, sources: bad, stallMs: 50 });
  const error = await refusal(failing);
  expect(error).toMatchObject({ code: 'images.no_source', data: { versionId, asked: 3 } });
  expect(error.cause instanceof ImagesError || error.cause instanceof Error).toBe(true);
  await store.fetch({ versionId, manifestHash, sources: [...bad, honest], stallMs: 50 });
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
});

test('a disk without room is not filled, and nobody is served what is not here', async () => {
  const { rig, versionId, manifestHash } = await holder();
  const { store } = await newRig({ reserveBytes: 2 ** 60 });
  const fetching = store.fetch({ versionId, manifestHash, sources: [sourceOf(rig.store, 'a')] });
  expect((await refusal(fetching)).code).toBe('images.no_space');
  expect((await refusal(store.chunks(versionId, 0, 1))).code).toBe('images.version_incomplete');
  for (const [from, count] of [
    [-1, 1],
    [40, 1],
    [0, 0],
    [0, 65],
    [0.5, 1],
  ] as const)
    expect((await refusal(rig.store.chunks(versionId, from, count))).code).toBe('images.bad_request');
});
