/** Disks of VMs become versions: real layers, written by qemu-io. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, copyFileSync, openSync, readFileSync, writeSync } from 'node:fs';
import { ulid } from 'ulid';
import { type CaptureRequest, CHUNK_BYTES, chunkHash, type Manifest } from '../../../src/images/index.ts';
import { leftBehind, MiB, makeRig, noise, type Rig, refusal, request, tool, write } from './rig.ts';

/** 12 MiB and a bit: the last chunk is short. Chunks 0 to 5 are full, 6 to 9 are zeros, the rest is full again. */
const BASE = 12 * MiB + 128 * 1024;
const DISK = 16 * MiB;
let rig: Rig;
let base: string;
let baseManifest: Manifest;

beforeAll(async () => {
  rig = await makeRig();
  const bytes = noise(Buffer.alloc(BASE), 21);
  bytes.fill(0, 6 * MiB, 10 * MiB);
  const wanted = request(write(rig.path('base.raw'), bytes), { asRaw: true });
  await rig.store.import(wanted);
  base = wanted.versionId;
  baseManifest = await rig.store.manifest(base);
});
afterAll(() => rig.remove());

/** A layer over the base (or over nothing), written to by QEMU's own tool. */
function layer(commands: readonly string[], options: { bytes?: number; over?: string | null } = {}): string {
  const path = rig.path(`layer-${ulid()}.qcow2`);
  const over = options.over === undefined ? rig.store.localPath(base) : options.over;
  const backing = over === null ? [] : ['-b', over, '-F', 'raw'];
  tool('qemu-img', 'create', '-q', '-f', 'qcow2', ...backing, path, String(options.bytes ?? DISK));
  if (commands.length > 0) tool('qemu-io', ...commands.flatMap((command) => ['-c', command]), path);
  return path;
}

function capture(overlay: string, more: Partial<CaptureRequest> = {}): CaptureRequest {
  return {
    versionId: ulid(),
    imageId: baseManifest.imageId,
    number: 2,
    author: 'teacher',
    os: 'linux',
    createdAt: 1_800_000_100_000,
    overlay,
    baseVersionId: base,
    form: 'image',
    virtualBytes: DISK,
    ...more,
  };
}

/** Captures and lets qemu-img say whether a guest would read the same from the version as through the layer. */
async function same(wanted: CaptureRequest) {
  const result = await rig.store.capture(wanted);
  const file = rig.store.localPath(wanted.versionId);
  tool('qemu-img', 'compare', '-q', '-f', 'raw', '-F', 'qcow2', file, wanted.overlay);
  const manifest = await rig.store.manifest(wanted.versionId);
  expect(await rig.store.verify(wanted.versionId)).toEqual({ checked: result.chunks, damaged: [] });
  // Every chunk has the hash that a reading of the whole disk gives it.
  const bytes = readFileSync(file);
  for (let i = 0; i < result.chunks; i++) expect(hex(manifest, i)).toBe(hashOf(bytes, i));
  return { result, manifest };
}

function hashOf(disk: Buffer, chunk: number): string | undefined {
  const bytes = disk.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
  return bytes.every((byte) => byte === 0) ? undefined : createHash('sha256').update(bytes).digest('hex');
}

function hex(manifest: Manifest, chunk: number): string | undefined {
  return chunkHash(manifest, chunk)?.toString('hex');
}

describe('the whole disk becomes a version (I8)', () => {
  test('nothing was changed: the same chunks, nothing new, the size of the base', async () => {
    const { result, manifest } = await same(capture(layer([])));
    expect(result).toMatchObject({ virtualBytes: BASE, newBytes: 0, kind: 'disk' });
    expect(manifest.hashes.equals(baseManifest.hashes)).toBe(true);
    expect(manifest.parent).toBe(base);
  });

  test('changed, zeroed and discarded pieces, some of them parts of a chunk: only those chunks are new', async () => {
    const { result, manifest } = await same(
      capture(
        layer([
          'write -P 5 0 64k', // part of chunk 0
          'write -z 1M 1M', // all of chunk 1 becomes zeros
          'discard 2M 1M', // all of chunk 2 too
          'write -z 3200k 64k', // part of chunk 3
          'write -P 7 6M 4k', // chunk 6 was zeros
          'write -P 9 12M 64k', // the short last one
        ]),
      ),
    );
    const changed = Array.from({ length: 13 }, (_, i) => i).filter(
      (i) => hex(manifest, i) !== hex(baseManifest, i),
    );
    expect(changed).toEqual([0, 1, 2, 3, 6, 12]);
    expect([hex(manifest, 1), hex(manifest, 2)]).toEqual([undefined, undefined]);
    expect(result).toMatchObject({ virtualBytes: BASE, newBytes: 3 * MiB + 128 * 1024 });
  });

  test('written with what was there already: nothing new', async () => {
    write(rig.path('again'), readFileSync(rig.store.localPath(base)).subarray(4 * MiB, 5 * MiB));
    const { result } = await same(capture(layer([`write -s ${rig.path('again')} 4M 1M`])));
    expect(result.newBytes).toBe(0);
  });

  test('the guest used the room behind the image: the version is as large as the disk', async () => {
    const { result, manifest } = await same(capture(layer(['write -P 3 15M 64k'])));
    expect(result).toMatchObject({ virtualBytes: DISK, chunks: 16 });
    // The base's short last chunk is longer here, so it has another hash.
    expect(hex(manifest, 12)).not.toBe(hex(baseManifest, 12));
    expect(result.newBytes).toBe(2 * MiB);
  });

  test('a disk installed from a CD has no base', async () => {
    const wanted = capture(layer(['write -P 1 1M 3M', 'write -P 2 9M 512'], { over: null }), {
      baseVersionId: null,
      number: 1,
    });
    const { result, manifest } = await same(wanted);
    expect(result).toMatchObject({ virtualBytes: DISK, newBytes: 4 * MiB });
    expect(manifest.parent).toBeNull();
  });

  test('scattered small writes over the whole disk', async () => {
    const commands = Array.from({ length: 60 }, (_, i) => `write -P ${i + 1} ${(i * 7919 * 4096) % DISK} 4k`);
    await same(capture(layer(commands)));
  });

  test('holes stay holes', async () => {
    const wanted = capture(layer(['write -P 1 0 64k'], { over: null, bytes: 64 * 1024 * MiB }), {
      baseVersionId: null,
      virtualBytes: 64 * 1024 * MiB,
    });
    const result = await rig.store.capture(wanted);
    expect(result).toMatchObject({ chunks: 65536, newBytes: MiB });
    expect(result.storedBytes).toBeLessThan(MiB);
  });
});

describe('saved work lists only what differs from the base (V7)', () => {
  test('changed chunks and those that became zeros; nothing else, and nothing else takes room', async () => {
    const overlay = layer(['write -P 5 0 64k', 'write -z 1M 1M', 'write -z 7M 1M', 'write -P 3 15M 64k']);
    const wanted = capture(overlay, { form: 'work' });
    const result = await rig.store.capture(wanted);
    const manifest = await rig.store.manifest(wanted.versionId);
    const listed = Array.from({ length: 16 }, (_, i) => i).filter((i) => hex(manifest, i) !== undefined);
    // Chunk 7 was zeros before.
    expect(listed).toEqual([0, 1, 15]);
    expect(hex(manifest, 1)).toBe(createHash('sha256').update(Buffer.alloc(MiB)).digest('hex'));
    expect(result).toMatchObject({ virtualBytes: DISK, chunks: 16, newBytes: 3 * MiB });
    expect(result.storedBytes).toBeLessThan(2 * MiB + 1);
    expect(await rig.store.verify(wanted.versionId)).toEqual({ checked: 16, damaged: [] });
    // The base with the listed chunks over it is what the guest reads.
    const disk = Buffer.concat([readFileSync(rig.store.localPath(base)), Buffer.alloc(DISK - BASE)]);
    const work = readFileSync(rig.store.localPath(wanted.versionId));
    for (const i of listed) work.copy(disk, i * MiB, i * MiB, (i + 1) * MiB);
    tool('qemu-img', 'compare', '-q', '-f', 'raw', '-F', 'qcow2', write(rig.path('back.raw'), disk), overlay);
  });

  test('nothing was changed: nothing is listed', async () => {
    const wanted = capture(layer([]), { form: 'work' });
    expect(await rig.store.capture(wanted)).toMatchObject({ newBytes: 0, virtualBytes: DISK });
    expect((await rig.store.manifest(wanted.versionId)).hashes.every((byte) => byte === 0)).toBe(true);
  });
});

describe('what a layer says is not believed', () => {
  test('its header names another base: the one that was given is read', async () => {
    const overlay = layer(['write -P 5 0 64k']);
    const trap = write(rig.path('trap.raw'), noise(Buffer.alloc(BASE), 99));
    tool('qemu-img', 'rebase', '-u', '-b', trap, '-F', 'raw', overlay);
    const wanted = capture(overlay);
    await rig.store.capture(wanted);
    const version = readFileSync(rig.store.localPath(wanted.versionId));
    const original = readFileSync(rig.store.localPath(base));
    expect(version.subarray(64 * 1024).equals(original.subarray(64 * 1024))).toBe(true);
  });

  test('its base is a socket that is not there: nobody asks for it', async () => {
    const overlay = layer(['write -P 5 0 64k']);
    tool('qemu-img', 'rebase', '-u', '-b', 'nbd+unix:///?socket=/nowhere.sock', '-F', 'raw', overlay);
    expect(await rig.store.capture(capture(overlay))).toMatchObject({ newBytes: MiB });
  });

  test('its data is in another file: refused', async () => {
    const path = rig.path('split.qcow2');
    tool('qemu-img', 'create', '-q', '-f', 'qcow2', '-o', `data_file=${rig.path('split.raw')}`, path, '16M');
    expect((await refusal(rig.store.capture(capture(path, { baseVersionId: null })))).code).toBe(
      'images.external_data',
    );
  });

  test('no qcow2, another size, packed data, broken tables: refused by name, and nothing is left', async () => {
    const before = leftBehind(rig);
    const code = async (overlay: string) => (await refusal(rig.store.capture(capture(overlay)))).code;
    expect(await code(write(rig.path('raw'), noise(Buffer.alloc(DISK), 4)))).toBe('images.not_an_image');
    expect(await code(layer([], { bytes: 20 * MiB }))).toBe('images.damaged');
    const packed = rig.path('packed.qcow2');
    tool('qemu-img', 'convert', '-c', '-O', 'qcow2', layer(['write -P 5 0 1M']), packed);
    expect(await code(packed)).toBe('images.damaged');
    const broken = layer(['write -P 5 0 1M']);
    const file = openSync(broken, 'r+');
    writeSync(file, noise(Buffer.alloc(64), 8), 0, 64, 4 * 64 * 1024); // its first table of level 2
    closeSync(file);
    expect(await code(broken)).toBe('images.damaged');
    // Two places of the disk in one cluster of the file: what is read there was written elsewhere.
    const twice = layer(['write -P 5 0 128k']);
    const table = readFileSync(twice).subarray(4 * 64 * 1024, 4 * 64 * 1024 + 8);
    const doubled = openSync(twice, 'r+');
    writeSync(doubled, table, 0, 8, 4 * 64 * 1024 + 8);
    closeSync(doubled);
    expect(await code(twice)).toBe('images.damaged');
    expect(await code(rig.path('nothing'))).toBe('images.source_missing');
    expect(leftBehind(rig)).toEqual(before);
  });
});

test('a flipped bit in the base is not built upon', async () => {
  const own = request(rig.path('base.raw'), { asRaw: true });
  await rig.store.import(own);
  const path = rig.store.localPath(own.versionId);
  chmodSync(path, 0o644);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([1, 2, 3]), 0, 3, 3 * MiB + 100);
  closeSync(file);
  const overlay = layer(['write -P 5 0 64k'], { over: path });
  const refused = await refusal(rig.store.capture(capture(overlay, { baseVersionId: own.versionId })));
  expect(refused).toMatchObject({ code: 'images.base_damaged', data: { chunk: 3 } });
});

test('a base that is not here is refused', async () => {
  const overlay = layer([]);
  const unknown = await refusal(rig.store.capture(capture(overlay, { baseVersionId: ulid() })));
  expect(unknown.code).toBe('images.version_unknown');
});

test('a layer that somebody writes to meanwhile is refused', async () => {
  const overlay = layer(['write -P 5 0 4M']);
  const twin = rig.path('twin.qcow2');
  copyFileSync(overlay, twin);
  const wanted = capture(overlay, {
    onProgress: ({ phase }) => {
      if (phase === 'copy') tool('qemu-io', '-c', 'write -P 6 5M 64k', overlay);
    },
  });
  expect((await refusal(rig.store.capture(wanted))).code).toBe('images.source_changed');
  expect(rig.store.has(wanted.versionId)).toBe(false);
  // In place: the file stays as long as it was.
  const again = capture(overlay, {
    onProgress: ({ phase }) => {
      if (phase === 'copy') tool('qemu-io', '-c', 'write -P 8 1M 64k', overlay);
    },
  });
  expect((await refusal(rig.store.capture(again))).code).toBe('images.source_changed');
});

test('cancelled: nothing is left', async () => {
  const before = leftBehind(rig);
  const stop = new AbortController();
  const onProgress = ({ phase }: { phase: string }) => {
    if (phase === 'copy') stop.abort();
  };
  const wanted = capture(layer(['write -P 5 0 4M']), { signal: stop.signal, onProgress });
  expect((await refusal(rig.store.capture(wanted))).code).toBe('images.cancelled');
  expect(leftBehind(rig)).toEqual(before);
});

test('cancelled when all is written and only its name is missing: nothing is left', async () => {
  const before = leftBehind(rig);
  const stop = new AbortController();
  const onProgress = ({ phase }: { phase: string }) => {
    if (phase === 'flush') stop.abort();
  };
  const wanted = capture(layer(['write -P 5 0 1M']), { signal: stop.signal, onProgress });
  expect((await refusal(rig.store.capture(wanted))).code).toBe('images.cancelled');
  expect(leftBehind(rig)).toEqual(before);
  expect(rig.store.has(wanted.versionId)).toBe(false);
});

test('the base and the layer stay as they were, to the byte', async () => {
  const overlay = layer(['write -P 5 0 64k']);
  const [layerBytes, baseBytes] = [readFileSync(overlay), readFileSync(rig.store.localPath(base))];
  await rig.store.capture(capture(overlay));
  expect(readFileSync(overlay).equals(layerBytes)).toBe(true);
  expect(readFileSync(rig.store.localPath(base)).equals(baseBytes)).toBe(true);
});
