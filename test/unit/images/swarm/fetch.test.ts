/** Versions between stores, over sources that are functions: whole, cut short, lied about. The network is tested in test/unit/node. */
import { afterEach, expect, test } from 'bun:test';
import { readFileSync, statSync } from 'node:fs';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import {
  type ChunkSource,
  type ImageStore,
  ImagesError,
  openImageStore,
} from '../../../../src/images/index.ts';
import { answerHead, frameHead, readHead } from '../../../../src/images/swarm/answer.ts';
import { ByteReader } from '../../../../src/images/swarm/read.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { until } from '../../../support/until.ts';
import { diskBytes, leftBehind, MiB, makeRig, type Rig, refusal, request, write } from '../rig.ts';

const CHUNKS = 40;
const patience = { stallMs: 20_000, signal: new AbortController().signal };
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

/** Everything that a store may be asked for. */
const everything = (chunks: number) => PresentBitmap.full(chunks).bytes;

/** What each answer brought. */
type Sent = number[];

function sourceOf(store: ImageStore, id: string, sent: Sent = [], askerId = 'asker'): ChunkSource {
  return {
    id,
    manifest: async (versionId) => new Blob([await encoded(store, versionId)]).stream(),
    take: async (versionId, request) => {
      const reader = new ByteReader(await store.take(versionId, askerId, request), patience);
      const bytes = await reader.all(64 * MiB);
      const again = new ByteReader(new Blob([new Uint8Array(bytes)]).stream(), patience);
      sent.push(...((await readHead(again, CHUNKS))?.chosen ?? []));
      return new Blob([new Uint8Array(bytes)]).stream();
    },
  };
}

async function encoded(store: ImageStore, versionId: string) {
  return new Uint8Array(await store.encodedManifest(versionId));
}

const diskOf = (store: ImageStore, versionId: string) => readFileSync(store.localPath(versionId));

test('GF21 a version comes whole: the same bytes, its holes kept, chunks asked for once', async () => {
  const { rig, bytes, versionId, manifestHash } = await holder();
  const { store } = await newRig();
  const sent: Sent = [];
  const phases = new Set<string>();
  const sources = [sourceOf(rig.store, 'a', sent), sourceOf(rig.store, 'b', sent)];
  const onProgress = ({ phase }: { phase: string }) => void phases.add(phase);
  await store.fetch({ versionId, manifestHash, sources, onProgress });
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
  expect(statSync(store.localPath(versionId)).blocks * 512).toBeLessThan(34 * MiB);
  expect(statSync(store.localPath(versionId)).mode & 0o777).toBe(0o444);
  // The last few may be asked for twice, so that no slow peer holds up the end.
  expect(sent.length - new Set(sent).size).toBeLessThanOrEqual(8);
  expect(sent).not.toContain(12);
  expect(phases).toEqual(new Set(['fetch']));
  expect((await store.verify(versionId)).damaged).toEqual([]);
  await store.fetch({ versionId, manifestHash, sources: [] }); // it is here: nobody is asked
});

test('X4 a source that lies is named and left alone; the version is whole all the same', async () => {
  const { rig, bytes, versionId, manifestHash } = await holder();
  const { store } = await newRig();
  let asked = 0;
  const liar: ChunkSource = {
    ...sourceOf(rig.store, 'liar'),
    take: async (_, { want, max }) => {
      asked++;
      const wanted = PresentBitmap.read(want, CHUNKS) ?? PresentBitmap.empty(CHUNKS);
      const chosen = Array.from({ length: CHUNKS }, (_, i) => i)
        .filter((i) => wanted.has(i))
        .slice(0, max);
      const frame = { encoding: 'plain', bytes: new Uint8Array(MiB).fill(7) } as const;
      const frames = chosen.flatMap(() => [frameHead(frame), frame.bytes]);
      return new Blob([answerHead(PresentBitmap.full(CHUNKS), chosen), ...frames]).stream();
    },
  };
  const lies: [string, number | null][] = [];
  const onLie = (id: string, chunk: number | null) => void lies.push([id, chunk]);
  await store.fetch({ versionId, manifestHash, sources: [liar, sourceOf(rig.store, 'b')], onLie });
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
  expect(new Set(lies.map(([id]) => id))).toEqual(new Set(['liar']));
  expect(asked).toBeLessThanOrEqual(2); // those that travelled when it was found out
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
    take: async (...args) => {
      if (requests++ < 1) return honest.take(...args);
      return new ReadableStream({}); // says nothing more
    },
  };
  const fetching = store.fetch({ versionId, manifestHash, sources: [slow], signal: abort.signal });
  const ended = refusal(fetching);
  await until('one request is answered, two wait', () => requests === 3);
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
  const { presentChunks: before = 0, dataChunks = 0 } = again.versions()[0] ?? {};
  expect(before).toBeGreaterThan(CHUNKS - dataChunks); // zeros and what came
  const sent: Sent = [];
  await again.fetch({ versionId, manifestHash, sources: [sourceOf(rig.store, 'a', sent)] });
  expect(diskOf(again, versionId).equals(bytes)).toBe(true);
  expect(new Set(sent).size).toBe(CHUNKS - before);
  await again.stop();
});

test('sources that fail, stop in the middle or say nothing are passed over; none left is said', async () => {
  const { rig, bytes, versionId, manifestHash } = await holder();
  const honest = sourceOf(rig.store, 'a');
  const bad: ChunkSource[] = [
    {
      ...honest,
      id: 'gone',
      take: () => Promise.reject(new Error('ECONNREFUSED')),
      manifest: () => Promise.reject(new Error('ECONNREFUSED')),
    },
    { ...honest, id: 'short', take: async () => new Blob([new Uint8Array(10)]).stream() },
    { ...honest, id: 'silent', take: async () => new ReadableStream({}) },
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
  const question = { want: everything(CHUNKS), max: 1, waitMs: 0, insist: false, reach: [] };
  const empty = await newRig();
  expect((await refusal(empty.store.take(versionId, 'x', question))).code).toBe('images.version_unknown');
  const { store: held } = rig;
  for (const wrong of [
    { max: 0 },
    { max: 65 },
    { max: 0.5 },
    { want: everything(CHUNKS + 8) },
    { want: everything(CHUNKS) }, // the zero chunks among them
    { reach: Array.from({ length: 2000 }, () => 'x') },
  ])
    expect((await refusal(held.take(versionId, 'x', { ...question, ...wrong }))).code).toBe(
      'images.bad_request',
    );
});

test('a PC that is still fetching serves what it has, and the first holder sends each chunk about once', async () => {
  const { rig, bytes, versionId, manifestHash } = await holder();
  const targets = await Promise.all([newRig(), newRig(), newRig()]);
  const sent: Sent = [];
  const fetches = targets.map(({ store }, me) => {
    const others = targets.flatMap((other, i) =>
      i === me ? [] : [sourceOf(other.store, `t${i}`, [], `t${me}`)],
    );
    return store.fetch({
      versionId,
      manifestHash,
      sources: [sourceOf(rig.store, 'first', sent, `t${me}`), ...others],
    });
  });
  await Promise.all(fetches);
  for (const { store } of targets) expect(diskOf(store, versionId).equals(bytes)).toBe(true);
  const data = (await rig.store.manifest(versionId)) && rig.store.versions()[0]?.dataChunks;
  expect(sent.length).toBeLessThanOrEqual(Math.ceil((data ?? 0) * 1.3) + 8);
});

test('I4: a chunk that a guest waits for comes before the rest', async () => {
  const { rig, versionId, manifestHash } = await holder();
  const { store } = await newRig();
  const sent: Sent = [];
  const arrived: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = sourceOf(rig.store, 'a', sent);
  const gated: ChunkSource = {
    ...slow,
    take: async (...args) => {
      await promise; // nothing is answered before the guest has asked
      return slow.take(...args);
    },
  };
  const fetching = store.fetch({
    versionId,
    manifestHash,
    sources: [gated],
    onBegun: (transfer) => {
      transfer.onArrived((chunk) => arrived.push(chunk));
      queueMicrotask(() => {
        transfer.demand([29, 28]);
        resolve();
      });
    },
  });
  await fetching;
  // Two questions of four chunks were on their way already.
  expect(Math.max(arrived.indexOf(29), arrived.indexOf(28))).toBeLessThan(11);
});

test('I4: what a guest waits for may be said as soon as the transfer is there, before anybody is asked', async () => {
  const { rig, versionId, manifestHash, bytes } = await holder();
  const { store } = await newRig();
  const sent: Sent = [];
  await store.fetch({
    versionId,
    manifestHash,
    sources: [sourceOf(rig.store, 'a', sent)],
    onBegun: (transfer) => {
      transfer.demand([29]);
      transfer.expect([28]);
    },
  });
  expect(diskOf(store, versionId).equals(bytes)).toBe(true);
});
