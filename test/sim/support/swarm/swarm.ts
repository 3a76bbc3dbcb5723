/** A version from one PC to others: the product's own questions, choices and answers, over simulated lines in virtual time. */
import { createHash } from 'node:crypto';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import { ImagesError } from '../../../../src/images/errors.ts';
import type { Manifest } from '../../../../src/images/manifest.ts';
import { Budget } from '../../../../src/images/swarm/budget.ts';
import { Download } from '../../../../src/images/swarm/download.ts';
import { FrameCache } from '../../../../src/images/swarm/frame-cache.ts';
import { Growth } from '../../../../src/images/swarm/growth.ts';
import { Seeding } from '../../../../src/images/swarm/seeding.ts';
import { type Sender, type Shared, serveTake } from '../../../../src/images/swarm/serve.ts';
import type { ChunkSource } from '../../../../src/images/swarm/source.ts';
import type { Random } from '../random.ts';
import { SimulatedLan } from './lan.ts';
import { VirtualTime } from './virtual-time.ts';

/** A chunk of 1 MiB is so many bytes here. */
const CHUNK_BYTES = 1024;
const SCALE = 2 ** 20 / CHUNK_BYTES;
const VERSION = '01JD00000000000000000000V1';

export interface SwarmCase {
  readonly downloaders: number;
  /** Chunks of 1 MiB, none of zeros. */
  readonly chunks: number;
  readonly mbits: number;
  /** From a question's first byte to the first of its answer, on an idle line. */
  readonly rttMs: number;
  /** Hashing, unpacking and writing a chunk. */
  readonly chunkMs: number;
}

export interface SwarmResult {
  readonly seconds: number;
  /** What the line alone takes for one copy. */
  readonly lineSeconds: number;
  /** Copies that the first PC sent. */
  readonly copies: number;
  /** Copies that went over all lines together, for each that arrived. */
  readonly traffic: number;
  readonly questions: number;
}

interface Pc {
  readonly id: string;
  readonly shared: Shared;
  readonly sender: Sender;
  isBegun: boolean;
}

/** @param random decides when each begins and what is begun with */
export async function simulateSwarm(about: SwarmCase, random: Random): Promise<SwarmResult> {
  const time = new VirtualTime();
  const restore = time.install();
  try {
    const rate = (about.mbits * 1e6) / 8 / 1000;
    const lan = new SimulatedLan(time, about.downloaders + 1, rate);
    const disk = Array.from({ length: about.chunks }, (_, chunk) => Buffer.alloc(CHUNK_BYTES, chunk + 1));
    const manifest = manifestOf(disk);
    const pcs = Array.from({ length: about.downloaders + 1 }, (_, n) =>
      pcOf(n, manifest, disk, time, random),
    );
    const counted = { questions: 0 };
    const fetching = pcs.slice(1).map((_, i) => fetch(i + 1));
    await time.until(Promise.all(fetching));
    const copy = about.chunks * 2 ** 20;
    return {
      seconds: time.now / 1000,
      lineSeconds: copy / rate / 1000,
      copies: (lan.sent[0] ?? 0) / copy,
      traffic: lan.sent.reduce((sum, bytes) => sum + bytes, 0) / copy / about.downloaders,
      questions: counted.questions,
    };

    async function fetch(n: number): Promise<void> {
      const pc = pcs[n];
      if (pc === undefined) return;
      await time.wait(random.unit() * 50);
      pc.isBegun = true;
      const { present, growth } = pc.shared;
      const download = new Download({
        manifest,
        here: present,
        stallMs: 20_000,
        signal: new AbortController().signal,
        onLie: (id) => {
          throw new Error(`${id} is taken for a liar`);
        },
        random: () => random.unit(),
        mayCome: () => Promise.resolve(),
        onChunk: async (chunk, _, { frame, isFirstHand }) => {
          await time.wait(about.chunkMs);
          present.set(chunk);
          pc.sender.cache.put(VERSION, chunk, frame);
          growth.arrived(chunk, isFirstHand);
        },
      });
      download.setSources(pcs.flatMap((_, other) => (other === n ? [] : [sourceOf(other, n)])));
      await download.run();
    }

    function sourceOf(from: number, to: number): ChunkSource {
      const pc = pcs[from];
      return {
        id: pc?.id ?? '',
        manifest: () => Promise.reject(new Error('everybody has it')),
        take: async (_, request) => {
          counted.questions++;
          await time.wait(about.rttMs / 2);
          if (!pc?.isBegun) throw new ImagesError('images.version_unknown', { versionId: VERSION });
          const answer = await serveTake(pc.shared, pc.sender, `pc${to}`, request);
          await time.wait(about.rttMs / 2);
          return overLine(answer, (bytes) => lan.send(from, to, bytes * SCALE));
        },
      };
    }
  } finally {
    restore();
  }
}

/** What is read of an answer came over the line; the next piece is under way meanwhile. */
function overLine(
  answer: ReadableStream<Uint8Array>,
  send: (bytes: number) => Promise<void>,
): ReadableStream<Uint8Array> {
  const reader = answer.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      if (value.length >= CHUNK_BYTES) await send(value.length); // heads are some bytes, which the scale would make many
      controller.enqueue(value);
    },
    cancel: () => reader.cancel(),
  });
}

function manifestOf(disk: readonly Buffer[]): Manifest {
  const hashes = Buffer.concat(disk.map((chunk) => createHash('sha256').update(chunk).digest()));
  const facts = {
    imageId: VERSION,
    number: 1,
    parent: null,
    author: 'sim',
    os: 'other',
    createdAt: 0,
  } as const;
  const size = { virtualBytes: disk.length * CHUNK_BYTES, chunkBytes: CHUNK_BYTES };
  return { versionId: VERSION, boot: 'disk', ...facts, ...size, hashes };
}

/** The first has all. */
function pcOf(n: number, manifest: Manifest, disk: readonly Buffer[], time: VirtualTime, random: Random): Pc {
  const present = n === 0 ? PresentBitmap.full(disk.length) : PresentBitmap.empty(disk.length);
  const cache = new FrameCache(Number.POSITIVE_INFINITY);
  if (n === 0) {
    for (const [chunk, bytes] of disk.entries())
      cache.put(VERSION, chunk, { encoding: 'plain', bytes: new Uint8Array(bytes) });
  }
  const [seeding, growth] = [new Seeding(disk.length), new Growth(present)];
  return {
    id: `pc${n}`,
    isBegun: n === 0,
    shared: { manifest, present, diskPath: '/nowhere', seeding, growth },
    sender: {
      cache,
      budget: new Budget({ rate: () => Number.POSITIVE_INFINITY, now: () => time.now }),
      now: () => time.now,
      random: () => random.unit(),
      onDamaged: (_, chunk) => {
        throw new Error(`chunk ${chunk} is taken for damaged`);
      },
    },
  };
}
