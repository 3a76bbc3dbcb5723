/** What peers may send that they should not: each is refused by name, costs a bounded amount of memory and time, and the version comes from the honest one. */
import { afterEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import type {
  ChunkSource,
  ImagesError,
  PeerFigures,
  TakeRequest,
  Transfer,
} from '../../../../src/images/index.ts';
import { type Manifest, manifestHash } from '../../../../src/images/manifest.ts';
import { answerHead, frameHead } from '../../../../src/images/swarm/answer.ts';
import { ask } from '../../../../src/images/swarm/question.ts';
import { diskBytes, leftBehind, MiB, noise, refusal, request, write } from '../rig.ts';
import { diskOf, Rigs, sourceOf } from './swarm.ts';

const rigs = new Rigs();
afterEach(() => rigs.close());
const CHUNKS = 8;
const full = PresentBitmap.full(CHUNKS);

async function holder() {
  const rig = await rigs.make();
  const bytes = diskBytes(CHUNKS * MiB);
  const { versionId, manifestHash } = await rig.store.import(request(write(rig.path('a.raw'), bytes)));
  return { rig, bytes, versionId, manifestHash };
}

const wantedOf = ({ want, max }: TakeRequest) => {
  const wanted = PresentBitmap.read(want, CHUNKS) ?? PresentBitmap.empty(CHUNKS);
  return Array.from({ length: CHUNKS }, (_, i) => i)
    .filter((i) => wanted.has(i))
    .slice(0, max);
};
const plain = (bytes: Uint8Array<ArrayBuffer>) => ({ encoding: 'plain', bytes }) as const;
const garbage = new Uint8Array(noise(Buffer.alloc(MiB), 99));
/** A frame of a few bytes that says it holds 4 GiB. */
const bomb = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0xff, 1, 0, 0]);

const answers: Record<
  string,
  { state: PeerFigures['state']; of: (asked: TakeRequest) => Uint8Array<ArrayBuffer>[] }
> = {
  'garbage instead of an answer': { state: 'lied', of: () => [garbage] },
  'a head that claims a bitmap of 4 GiB': { state: 'lied', of: () => [new Uint8Array(8).fill(255)] },
  'more chunks than were asked for': {
    state: 'lied',
    of: () => [new Uint8Array(answerHead(full, [0, 1, 2, 3, 4, 5, 6, 7]))],
  },
  'a chunk that does not exist': {
    state: 'lied',
    of: () => [new Uint8Array(answerHead(full, [CHUNKS + 5]))],
  },
  'the same chunk twice': {
    state: 'lied',
    of: (asked) => [new Uint8Array(answerHead(full, [wantedOf(asked)[0] ?? 0, wantedOf(asked)[0] ?? 0]))],
  },
  'wrong bytes': {
    state: 'lied',
    of: (asked) => [
      new Uint8Array(answerHead(full, wantedOf(asked).slice(0, 1))),
      new Uint8Array(frameHead(plain(garbage))),
      garbage,
    ],
  },
  'a frame that unpacks to 4 GiB': {
    state: 'lied',
    of: (asked) => [
      new Uint8Array(answerHead(full, wantedOf(asked).slice(0, 1))),
      new Uint8Array(frameHead({ encoding: 'zstd', bytes: bomb })),
      bomb,
    ],
  },
  'a frame longer than its chunk': {
    state: 'failing',
    of: (asked) => [
      new Uint8Array(answerHead(full, wantedOf(asked).slice(0, 1))),
      new Uint8Array(frameHead(plain(new Uint8Array(2 * MiB)))),
    ],
  },
  'bytes behind the end': { state: 'lied', of: () => [new Uint8Array(answerHead(full, [])), garbage] },
  'half an answer': {
    state: 'failing',
    of: (asked) => [new Uint8Array(answerHead(full, wantedOf(asked)))],
  },
};

for (const [name, { state, of }] of Object.entries(answers)) {
  test(`X4 a peer that sends ${name} is ${state === 'lied' ? 'named and left alone' : 'given up'}`, async () => {
    const { rig, bytes, versionId, manifestHash } = await holder();
    const { store } = await rigs.make();
    const honest = sourceOf(rig.store, 'honest');
    const hostile: ChunkSource = {
      ...honest,
      id: 'hostile',
      take: async (_, asked) => new Blob(of(asked)).stream(),
    };
    let transfer: Transfer | undefined;
    const onBegun = (begun: Transfer) => {
      transfer = begun;
    };
    const lies: string[] = [];
    const onLie = (id: string) => void lies.push(id);
    const alone = store.fetch({ versionId, manifestHash, sources: [hostile], onBegun, onLie, stallMs: 500 });
    expect((await refusal(alone)).code).toBe('images.no_source');
    expect(transfer?.peers().map((one) => one.state)).toEqual([state]);
    expect(lies.every((id) => id === 'hostile') && lies.length > 0).toBe(state === 'lied');
    await store.fetch({ versionId, manifestHash, sources: [hostile, honest], onLie });
    expect(diskOf(store, versionId).equals(bytes)).toBe(true);
  });
}

const encoder = new TextEncoder();
const lying = (head: object) => encoder.encode(JSON.stringify(head));
const manifests: Record<string, (versionId: string, imageId: string) => Uint8Array<ArrayBuffer>> = {
  'that is of another version': (_, imageId) => lying({ ...honestHead(ulid(), imageId), chunks: [1] }),
  'of a disk of 9 PB': (id, imageId) =>
    lying({ ...honestHead(id, imageId), virtualBytes: 2 ** 53 - 512, chunks: [1] }),
  'with more chunks than its disk': (id, imageId) =>
    lying({ ...honestHead(id, imageId), chunks: ['a'.repeat(64), 1] }),
  'with fewer chunks than its disk': (id, imageId) =>
    lying({ ...honestHead(id, imageId), virtualBytes: 4 * MiB, chunks: [1] }),
  'with chunks of a byte': (id, imageId) =>
    lying({ ...honestHead(id, imageId), chunkBytes: 1, chunks: [MiB] }),
  'with a doubled key': (id, imageId) => {
    const text = JSON.stringify({ ...honestHead(id, imageId), chunks: [1] });
    return encoder.encode(text.replace('{', '{"format":1,'));
  },
};

function honestHead(versionId: string, imageId: string) {
  const about = { number: 1, parent: null, author: 'x', os: 'linux', createdAt: 1, boot: 'disk' };
  return { format: 1, versionId, imageId, ...about, virtualBytes: MiB, chunkBytes: MiB };
}

for (const [name, of] of Object.entries(manifests)) {
  test(`a manifest ${name} is refused by name and leaves nothing behind`, async () => {
    const [versionId, imageId] = [ulid(), ulid()];
    const encoded = of(versionId, imageId);
    const rig = await rigs.make();
    const source: ChunkSource = {
      id: 'liar',
      manifest: async () => new Blob([encoded]).stream(),
      take: () => Promise.reject(new Error('never asked')),
    };
    const hash = createHash('sha256').update(encoded).digest('hex'); // as the log has it
    const error = await refusal(rig.store.fetch({ versionId, manifestHash: hash, sources: [source] }));
    expect(error).toMatchObject({ code: 'images.no_source', data: { code: 'images.manifest_invalid' } });
    expect(leftBehind(rig)).toEqual([]);
  });
}

test('a manifest that never ends is cut off where one of so many chunks must have ended', async () => {
  const rig = await rigs.make();
  let sent = 0;
  const endless: ChunkSource = {
    id: 'endless',
    manifest: async () =>
      new ReadableStream({
        pull(controller) {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536).fill(32));
        },
      }),
    take: () => Promise.reject(new Error('never asked')),
  };
  const fetching = { versionId: ulid(), manifestHash: manifestHash(new Uint8Array(1)), chunks: 100 };
  const error: ImagesError = await refusal(rig.store.fetch({ ...fetching, sources: [endless] }));
  expect(error).toMatchObject({ code: 'images.no_source', data: { code: 'images.over_limit' } });
  expect(sent).toBeLessThan(MiB);
});

test('a peer that drips a byte before each deadline is ended by the deadline of the whole answer', async () => {
  const manifest: Manifest = {
    ...{
      versionId: ulid(),
      imageId: ulid(),
      number: 1,
      parent: null,
      author: 'x',
      os: 'linux',
      createdAt: 1,
    },
    ...{ boot: 'disk', virtualBytes: 65_536, chunkBytes: 65_536, hashes: Buffer.alloc(32, 7) },
  };
  const have = PresentBitmap.full(1);
  const promised = frameHead(plain(new Uint8Array(65_536)));
  const head = new Uint8Array(Buffer.concat([answerHead(have, [0]), promised]));
  let dripped = 0;
  const drip: ChunkSource = {
    id: 'drip',
    manifest: () => Promise.reject(new Error('not asked')),
    take: async () =>
      new ReadableStream({
        async pull(controller) {
          if (dripped++ === 0) return controller.enqueue(head);
          await Bun.sleep(50);
          controller.enqueue(new Uint8Array(1));
        },
      }),
  };
  const ended = await ask({
    manifest,
    source: drip,
    request: { want: have.bytes, max: 1, waitMs: 0, insist: false, reach: [] },
    stallMs: 400,
    signal: new AbortController().signal,
    onHead: () => {},
    onChunk: async () => {},
  });
  expect(ended.how).toBe('failed');
  expect(dripped).toBeGreaterThan(2);
  expect(dripped).toBeLessThan(200);
});
