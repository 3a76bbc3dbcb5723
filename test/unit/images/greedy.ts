/** A process of its own, so that its largest memory can be measured: lets one kind of bad input in, and says what came of it and what it cost. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { PresentBitmap } from '../../../src/images/bitmap.ts';
import { type ChunkSource, ImagesError, openImageStore } from '../../../src/images/index.ts';
import {
  encodeManifest,
  MAX_CHUNKS,
  type Manifest,
  manifestBytes,
  manifestHash,
} from '../../../src/images/manifest.ts';
import { answerHead, frameHead, readHead } from '../../../src/images/swarm/answer.ts';
import { ByteReader } from '../../../src/images/swarm/read.ts';
import { silentLogger } from '../../../src/state/logger.ts';

const MiB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'labmesh-greedy-'));
const limits = { reserveBytes: MiB };
const store = openImageStore({ dataDir: folder, logger: silentLogger, limits });
await store.start();

/** A zstd frame of a few kilobytes that holds so many megabytes: blocks of one byte each, to be repeated 128 Ki times (RFC 8878). From 128 on zstd itself refuses. */
function bomb(megabytes: number): Uint8Array<ArrayBuffer> {
  const blocks = megabytes * 8;
  const frame = Buffer.alloc(9 + blocks * 4);
  frame.writeUInt32LE(0xfd2fb528, 0);
  frame.writeUInt8(0xa0, 4); // its size follows, in four bytes
  frame.writeUInt32LE(megabytes * MiB, 5);
  for (let block = 0; block < blocks; block++) {
    const isLast = block === blocks - 1 ? 1 : 0;
    frame.writeUIntLE(((128 * 1024) << 3) | (1 << 1) | isLast, 9 + block * 4, 3);
  }
  return new Uint8Array(frame);
}

/** So many megabytes, made as they are asked for; how many were. */
function flood(megabytes: number) {
  const piece = new Uint8Array(MiB).fill(0x41);
  const sent = { megabytes: 0 };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent.megabytes === megabytes) return controller.close();
        sent.megabytes += 1;
        controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, sent };
}

const chunks = 8;
const manifest: Manifest = {
  ...{ versionId: ulid(), imageId: ulid(), number: 1, parent: null, author: 'x', os: 'linux', createdAt: 1 },
  ...{ boot: 'disk', virtualBytes: chunks * MiB, chunkBytes: MiB, hashes: Buffer.alloc(chunks * 32, 7) },
};

/** A fetch of eight chunks from one peer that answers as told, a megabyte at a time. */
async function fetchFrom(answer: (wanted: number) => ReadableStream<Uint8Array>): Promise<void> {
  const encoded = encodeManifest(manifest);
  const peer: ChunkSource = {
    id: 'greedy',
    manifest: async () => new Blob([new Uint8Array(encoded)]).stream(),
    take: async (_, { want }) => {
      const wanted = PresentBitmap.read(want, chunks);
      return answer(Array.from({ length: chunks }, (_, i) => i).find((i) => wanted?.has(i)) ?? 0);
    },
  };
  const asked = { versionId: manifest.versionId, manifestHash: manifestHash(encoded), chunks };
  await store.fetch({ ...asked, sources: [peer], stallMs: 2000, giveUpMs: 2000 });
}

/** Some bytes, and then a flood. */
function then(start: readonly Uint8Array[], rest: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const pipe = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pipe.writable.getWriter();
  void (async () => {
    for (const one of start) await writer.write(one);
    writer.releaseLock();
    await rest.pipeTo(pipe.writable);
  })().catch(() => {});
  return pipe.readable;
}

const full = PresentBitmap.full(chunks);
const scenarios: Record<string, () => Promise<unknown>> = {
  async 'a frame that unpacks to 120 MiB'() {
    const bytes = bomb(120);
    start();
    await fetchFrom((wanted) =>
      new Blob([answerHead(full, [wanted]), frameHead({ encoding: 'zstd', bytes }), bytes]).stream(),
    );
  },
  async 'a list of chunks that unpacks to 120 MiB'() {
    const packed = bomb(120);
    start();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(packed.length);
    const patience = { stallMs: 2000, signal: new AbortController().signal };
    const reader = new ByteReader(new Blob([length, packed]).stream(), patience);
    if ((await readHead(reader, MAX_CHUNKS)) === null)
      throw new ImagesError('images.wrong_chunk', { chunk: -1 });
  },
  async 'a list of chunks of 512 MiB'() {
    start();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(512 * MiB);
    await fetchFrom(() => then([new Uint8Array(length)], flood(512).stream));
  },
  async 'half a gigabyte behind its answer'() {
    start();
    await fetchFrom(() => then([new Uint8Array(answerHead(full, []))], flood(512).stream));
  },
  async 'half a gigabyte for a chunk'() {
    start();
    const head = frameHead({ encoding: 'plain', bytes: new Uint8Array(0) });
    head.writeUInt32BE(512 * MiB, 1);
    await fetchFrom((wanted) =>
      then([new Uint8Array(answerHead(full, [wanted])), new Uint8Array(head)], flood(512).stream),
    );
  },
  async 'a manifest that does not end'() {
    start();
    const peer: ChunkSource = {
      id: 'endless',
      manifest: async () => flood(512).stream,
      take: () => Promise.reject(new Error('never asked')),
    };
    const asked = { versionId: ulid(), manifestHash: 'a'.repeat(64), chunks: 100 };
    await store.fetch({ ...asked, sources: [peer] });
  },
  async 'the longest manifest of a small version'() {
    // A member told the log of 100 chunks and sends a list of as many runs as fit into that.
    const text = `{"format":1,"chunks":[${'1,'.repeat(manifestBytes(100) / 2 - 20)}1]}`;
    start();
    const peer: ChunkSource = {
      id: 'liar',
      manifest: async () => new Blob([text]).stream(),
      take: () => Promise.reject(new Error('never asked')),
    };
    const hash = new Bun.CryptoHasher('sha256').update(text).digest('hex');
    await store.fetch({ versionId: ulid(), manifestHash: hash, chunks: 100, sources: [peer] });
  },
  async 'a piece of an upload that does not end'() {
    start();
    const { id } = await store.uploads.create({ name: 'a', sizeBytes: 1024 * MiB, owner: 'ana' });
    await store.uploads.append(id, 0, flood(512).stream);
  },
  async 'a file on the web that does not end'() {
    const server = createServer((_, response) => {
      response.writeHead(200);
      const piece = Buffer.alloc(MiB, 0x41);
      const more = () => {
        if (!response.destroyed) response.write(piece, more);
      };
      more();
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    start();
    const url = `http://127.0.0.1:${port}/x`;
    const request = { url, maxBytes: 256 * MiB, allowPrivate: true, isOurs: () => false };
    await store.download(request).finally(() => {
      server.closeAllConnections();
      server.close();
    });
  },
};

let before = 0;
/** What is measured begins here. */
function start(): void {
  before = largest();
}

/** The most memory that this process has ever had, bytes. Source: proc(5), `VmHWM`. */
function largest(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

const name = process.argv[2] ?? '';
let code = 'accepted';
try {
  await scenarios[name]?.();
} catch (error) {
  code = error instanceof ImagesError ? error.code : String(error);
  if (error instanceof ImagesError && typeof error.data.code === 'string') code = error.data.code;
}
console.log(JSON.stringify({ code, megabytes: Math.round((largest() - before) / MiB) }));
rmSync(folder, { recursive: true, force: true });
process.exit(0);
