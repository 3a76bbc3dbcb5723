/** The small parts of the swarm by themselves: what is durable is what the bitmap says, frames are what they claim, memory keeps to its limit. */
import { afterEach, expect, test } from 'bun:test';
import { readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ulid } from 'ulid';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import { Layout } from '../../../../src/images/layout.ts';
import type { Manifest } from '../../../../src/images/manifest.ts';
import { pack, unpack } from '../../../../src/images/swarm/frame.ts';
import { FrameCache } from '../../../../src/images/swarm/frame-cache.ts';
import { beginPartial, PartialDisk } from '../../../../src/images/swarm/partial.ts';
import { isFrameOf } from '../../../../src/images/swarm/zstd-frame.ts';
import { loadVersion } from '../../../../src/images/versions.ts';
import { MiB, makeRig, noise, type Rig } from '../rig.ts';

const CHUNKS = 4;
const rigs: Rig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.remove();
});

const manifest: Manifest = {
  ...{ versionId: ulid(), imageId: ulid(), number: 1, parent: null, author: 'x', os: 'linux', createdAt: 1 },
  ...{ boot: 'disk', virtualBytes: CHUNKS * MiB, chunkBytes: MiB, hashes: Buffer.alloc(CHUNKS * 32, 7) },
};

test('R1 a chunk that comes while others are made durable is not said to be, before it is', async () => {
  const rig = await makeRig();
  rigs.push(rig);
  const layout = new Layout(rig.dataDir);
  await beginPartial(layout, manifest);
  const paths = layout.version(manifest.versionId);
  const disk = await PartialDisk.open(paths, await loadVersion(paths, manifest.versionId));
  const handle = await open(paths.disk, 'r');
  const prototype: { datasync: (this: { fd: number }) => Promise<void> } = Object.getPrototypeOf(handle);
  await handle.close();
  const real = prototype.datasync;
  const rest = Promise.withResolvers<void>();
  prototype.datasync = async function () {
    await rest.promise;
    await real.call(this);
  };
  try {
    await disk.put(0, new Uint8Array(MiB).fill(1));
    const flushing = disk.flush();
    await Bun.sleep(0); // it has begun
    await disk.put(1, new Uint8Array(MiB).fill(2));
    rest.resolve();
    await flushing;
  } finally {
    prototype.datasync = real;
  }
  const said = () => PresentBitmap.read(readFileSync(paths.present), CHUNKS);
  expect([said()?.has(0), said()?.has(1)]).toEqual([true, false]);
  await disk.flush();
  expect([said()?.has(0), said()?.has(1)]).toEqual([true, true]);
  await disk.close();
});

test('GF12 a place that cannot be made whole leaves nothing', async () => {
  const rig = await makeRig();
  rigs.push(rig);
  const layout = new Layout(rig.dataDir);
  await beginPartial(layout, manifest);
  // Its name is taken: the last step fails.
  await expect(beginPartial(layout, manifest)).rejects.toThrow();
  rmSync(layout.version(manifest.versionId).folder, { recursive: true });
  await beginPartial(layout, manifest);
});

test('X4 a packed chunk is one whole frame of its size, and nothing before, behind or instead of it', async () => {
  const chunk = new Uint8Array(MiB).fill(3);
  const frame = await pack(chunk);
  expect(frame.encoding).toBe('zstd');
  expect(await unpack(frame, MiB)).toEqual(chunk);
  const { bytes } = frame;
  const wrong: Uint8Array[] = [
    Buffer.concat([bytes, bytes]),
    Buffer.concat([bytes, Buffer.alloc(1)]),
    Buffer.concat([Buffer.alloc(1), bytes]),
    bytes.subarray(0, -1),
    bytes.subarray(0, 5),
    new Uint8Array(0),
    new Uint8Array(Bun.zstdCompressSync(new Uint8Array(MiB - 1), { level: 1 })),
    new Uint8Array(Bun.zstdCompressSync(new Uint8Array(MiB + 1), { level: 1 })),
  ];
  for (const one of wrong) {
    expect(isFrameOf(one, MiB)).toBe(false);
    expect(await unpack({ encoding: 'zstd', bytes: new Uint8Array(one) }, MiB)).toBeNull();
  }
  for (let at = 0; at < Math.min(bytes.length, 40); at++) {
    const bent = new Uint8Array(bytes);
    bent[at] = (bent[at] ?? 0) ^ 0x55;
    const found = await unpack({ encoding: 'zstd', bytes: bent }, MiB);
    expect(found === null || found.length === MiB).toBe(true); // its hash tells the rest
  }
  expect(await unpack({ encoding: 'plain', bytes: chunk.subarray(1) }, MiB)).toBeNull();
});

test('a chunk that does not pack travels as it is, and comes as it was', async () => {
  const chunk = new Uint8Array(noise(Buffer.alloc(MiB), 5));
  const frame = await pack(chunk);
  expect(frame.encoding).toBe('plain');
  expect(await unpack(frame, MiB)).toEqual(chunk);
});

test('frames are kept up to a limit: the least used goes first, one that is too large is not kept', () => {
  const cache = new FrameCache(10 * MiB);
  const frame = (bytes: number) => ({ encoding: 'plain' as const, bytes: new Uint8Array(bytes) });
  for (let chunk = 0; chunk < 100; chunk++) {
    cache.put('v', chunk, frame(MiB));
    cache.get('v', 0); // it is wanted again and again
    expect(cache.bytes).toBeLessThanOrEqual(10 * MiB);
  }
  expect([cache.get('v', 0), cache.get('v', 99)].every(Boolean)).toBe(true);
  expect(cache.get('v', 50)).toBeUndefined();
  cache.put('v', 0, frame(11 * MiB));
  expect([cache.get('v', 0), cache.bytes]).toEqual([undefined, 9 * MiB]);
});
