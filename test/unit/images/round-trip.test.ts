import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { ulid } from 'ulid';
import {
  CHUNK_BYTES,
  chunkHash,
  encodeManifest,
  manifestHash,
  type Progress,
} from '../../../src/images/index.ts';
import {
  converted,
  diskBytes,
  leftBehind,
  MiB,
  makeRig,
  noise,
  ovf,
  type Rig,
  refusal,
  request,
  tool,
  write,
} from './rig.ts';

let rig: Rig;
let raw: string;
const disk = diskBytes();

beforeAll(async () => {
  rig = await makeRig();
  raw = write(rig.path('disk.raw'), disk);
});
afterAll(() => rig.remove());

function stored(versionId: string): Buffer {
  return readFileSync(rig.store.localPath(versionId));
}

describe('every format comes in bit for bit', () => {
  const formats: [string, string, string[]][] = [
    ['qcow2', 'qcow2', []],
    ['packed qcow2', 'qcow2', ['-c']],
    ['zstd-packed qcow2', 'qcow2', ['-c', '-o', 'compression_type=zstd']],
    ['old qcow2', 'qcow2', ['-o', 'compat=0.10']],
    ['qcow2 with 2 MiB clusters', 'qcow2', ['-o', 'cluster_size=2M']],
    ['qcow2 with reserved space', 'qcow2', ['-o', 'preallocation=metadata']],
    ['VMDK', 'vmdk', []],
    ['VMDK for streaming', 'vmdk', ['-o', 'subformat=streamOptimized']],
    ['VDI', 'vdi', []],
    ['static VDI', 'vdi', ['-o', 'static=on']],
  ];
  for (const [name, format, options] of formats) {
    test(name, async () => {
      const wanted = request(converted(rig, raw, format, ...options));
      const result = await rig.store.import(wanted);
      expect(result).toMatchObject({ format, kind: 'disk', virtualBytes: disk.length, chunks: 8 });
      expect(stored(wanted.versionId).equals(disk)).toBe(true);
    });
  }

  test('raw, known by its boot sector', async () => {
    const wanted = request(raw);
    expect(await rig.store.import(wanted)).toMatchObject({ format: 'raw', kind: 'disk' });
    expect(stored(wanted.versionId).equals(disk)).toBe(true);
  });

  test('raw without a boot sector, because the person says so, filled up to whole sectors', async () => {
    const bytes = noise(Buffer.alloc(MiB + 700), 3);
    const wanted = request(write(rig.path('plain.bin'), bytes), { asRaw: true });
    expect(await rig.store.import(wanted)).toMatchObject({ format: 'raw', virtualBytes: MiB + 1024 });
    expect(stored(wanted.versionId).equals(Buffer.concat([bytes, Buffer.alloc(324)]))).toBe(true);
  });

  test('a qcow2 taken as raw is kept as the file that it is', async () => {
    const file = converted(rig, raw, 'qcow2');
    const wanted = request(file, { asRaw: true });
    await rig.store.import(wanted);
    expect(stored(wanted.versionId).equals(readFileSync(file))).toBe(true);
  });

  test('ISO, kept as a CD', async () => {
    mkdirSync(rig.path('cd'));
    write(rig.path('cd/README'), noise(Buffer.alloc(300_000), 4));
    tool('genisoimage', '-quiet', '-o', rig.path('cd.iso'), rig.path('cd'));
    const wanted = request(rig.path('cd.iso'));
    expect(await rig.store.import(wanted)).toMatchObject({ format: 'iso', kind: 'iso' });
    expect(stored(wanted.versionId).equals(readFileSync(rig.path('cd.iso')))).toBe(true);
    expect((await rig.store.manifest(wanted.versionId)).boot).toBe('iso');
  });

  for (const [kind, flags] of [
    ['ustar', ['--format=ustar']],
    ['GNU tar', ['--format=gnu']],
    ['pax', ['--format=posix']],
  ] as const) {
    test(`OVA (${kind}) with its manifest`, async () => {
      const folder = rig.path(`ova-${kind}`);
      mkdirSync(folder);
      tool('cp', converted(rig, raw, 'vmdk', '-o', 'subformat=streamOptimized'), `${folder}/d.vmdk`);
      write(`${folder}/vm.ovf`, ovf('d.vmdk'));
      const sum = createHash('sha256')
        .update(readFileSync(`${folder}/d.vmdk`))
        .digest('hex');
      write(`${folder}/vm.mf`, `SHA256(d.vmdk)= ${sum}\n`);
      tool('tar', '-C', folder, ...flags, '-cf', rig.path(`${kind}.ova`), 'vm.ovf', 'vm.mf', 'd.vmdk');
      const wanted = request(rig.path(`${kind}.ova`));
      expect(await rig.store.import(wanted)).toMatchObject({
        format: 'ova',
        kind: 'disk',
        virtualBytes: disk.length,
      });
      expect(stored(wanted.versionId).equals(disk)).toBe(true);
    });
  }

  test('the extension says nothing', async () => {
    const wanted = request(rig.path('holiday.jpg'));
    tool('cp', converted(rig, raw, 'qcow2'), rig.path('holiday.jpg'));
    expect(await rig.store.import(wanted)).toMatchObject({ format: 'qcow2' });
  });
});

test('the manifest lists the hash of every chunk with data, and no other', async () => {
  const wanted = request(converted(rig, raw, 'qcow2'), { parent: ulid(), number: 7 });
  const result = await rig.store.import(wanted);
  const manifest = await rig.store.manifest(wanted.versionId);
  expect(manifest).toMatchObject({
    number: 7,
    parent: wanted.parent,
    author: 'teacher',
    os: 'linux',
    chunkBytes: CHUNK_BYTES,
  });
  for (let i = 0; i < 8; i++) {
    const bytes = disk.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES);
    const expected = bytes.every((byte) => byte === 0)
      ? undefined
      : createHash('sha256').update(bytes).digest('hex');
    expect(chunkHash(manifest, i)?.toString('hex')).toBe(expected);
  }
  expect(manifestHash(encodeManifest(manifest))).toBe(result.manifestHash);
});

test('the same bytes give the same chunks whatever the format', async () => {
  const hashes: string[] = [];
  for (const format of ['qcow2', 'vmdk', 'vdi']) {
    const wanted = request(converted(rig, raw, format));
    await rig.store.import(wanted);
    hashes.push((await rig.store.manifest(wanted.versionId)).hashes.toString('hex'));
  }
  expect(new Set(hashes).size).toBe(1);
});

test('holes stay holes: a disk of 100 GiB with 3 MiB in it takes 3 MiB', async () => {
  const file = converted(rig, raw, 'qcow2');
  tool('qemu-img', 'resize', '-q', file, '100G');
  const wanted = request(file);
  const result = await rig.store.import(wanted);
  expect(result).toMatchObject({ virtualBytes: 100 * 1024 * MiB, chunks: 102_400 });
  expect(result.storedBytes).toBeLessThan(5 * MiB);
  expect(statSync(rig.store.localPath(wanted.versionId)).size).toBe(100 * 1024 * MiB);
  expect(await rig.store.verify(wanted.versionId)).toEqual({ checked: 102_400, damaged: [] });
});

test('the bytes behind the writing head are final when they are hashed: 256 MiB agree with a second reading', async () => {
  const big = Buffer.alloc(256 * MiB);
  noise(big, 5);
  big[510] = 0x55;
  big[511] = 0xaa;
  const file = converted(rig, write(rig.path('big.raw'), big), 'qcow2', '-c', '-o', 'compression_type=zstd');
  const seen: Progress[] = [];
  const wanted = request(file, { onProgress: (progress) => seen.push(progress) });
  await rig.store.import(wanted);
  expect(await rig.store.verify(wanted.versionId)).toEqual({ checked: 256, damaged: [] });
  expect(stored(wanted.versionId).equals(big)).toBe(true);
  const copy = seen.filter((one) => one.phase === 'copy');
  expect(copy.at(-1)).toMatchObject({ done: 256 * MiB, total: 256 * MiB, unit: 'bytes' });
  expect(copy.every((one, i) => i === 0 || one.done >= (copy[i - 1]?.done ?? 0))).toBe(true);
  expect(seen.map((one) => one.phase)).toContain('flush');
  await rig.store.remove(wanted.versionId);
}, 60_000);

test('QEMU can read the disk as another user, and nobody can list the images', async () => {
  const wanted = request(raw);
  await rig.store.import(wanted);
  const path = rig.store.localPath(wanted.versionId);
  expect(statSync(path).mode & 0o777).toBe(0o444);
  expect(statSync(path.replace('/disk.raw', '')).mode & 0o777).toBe(0o711);
  if (process.getuid?.() === 0) expect(statSync(path).uid).toBe(0);
});

test('a file that only root may read comes in too', async () => {
  const file = converted(rig, raw, 'qcow2');
  chmodSync(file, 0o600);
  const wanted = request(file);
  expect(await rig.store.import(wanted)).toMatchObject({ format: 'qcow2' });
  expect(stored(wanted.versionId).equals(disk)).toBe(true);
});

test('a version is imported once', async () => {
  const wanted = request(raw);
  await rig.store.import(wanted);
  expect((await refusal(rig.store.import(wanted))).code).toBe('images.version_exists');
});

test('two imports of one version at once: one is told that the other runs', async () => {
  const wanted = request(raw);
  const [first, second] = await Promise.allSettled([rig.store.import(wanted), rig.store.import(wanted)]);
  expect(first.status).toBe('fulfilled');
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'images.busy' } });
});

test('cancelled in the middle: nothing is left', async () => {
  const file = converted(rig, write(rig.path('long.raw'), noise(diskBytes(256 * MiB), 6)), 'qcow2');
  const stop = new AbortController();
  const wanted = request(file, {
    signal: stop.signal,
    onProgress: (progress) => {
      if (progress.phase === 'copy') stop.abort();
    },
  });
  expect((await refusal(rig.store.import(wanted))).code).toBe('images.cancelled');
  expect(leftBehind(rig).filter((name) => name.includes(wanted.versionId))).toEqual([]);
  expect(rig.store.has(wanted.versionId)).toBe(false);
});

test('stopping the store cancels what is under way', async () => {
  const own = await makeRig();
  try {
    const file = converted(own, write(own.path('long.raw'), noise(diskBytes(256 * MiB), 6)), 'qcow2');
    const importing = refusal(own.store.import(request(file)));
    await own.store.stop();
    expect((await importing).code).toBe('images.cancelled');
    expect(leftBehind(own)).toEqual([]);
  } finally {
    own.remove();
  }
});
