import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { openImageStore } from '../../../src/images/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { diskBytes, leftBehind, MiB, makeRig, type Rig, refusal, request, tool, write } from './rig.ts';

let rig: Rig;
let versionId: string;
const disk = diskBytes();

beforeEach(async () => {
  rig = await makeRig();
  const wanted = request(write(rig.path('disk.raw'), disk));
  versionId = wanted.versionId;
  await rig.store.import(wanted);
});
afterEach(() => rig.remove());

/** The same folder after a restart of the node. */
async function restarted() {
  const store = openImageStore({ dataDir: rig.dataDir, logger: silentLogger });
  return { store, report: await store.start() };
}

function flipBit(path: string, at: number): void {
  const file = openSync(path, 'r+');
  const byte = readFileSync(path)[at] ?? 0;
  writeSync(file, Buffer.from([byte ^ 1]), 0, 1, at);
  closeSync(file);
}

describe('verify', () => {
  test('an untouched version is fine', async () => {
    expect(await rig.store.verify(versionId)).toEqual({ checked: 8, damaged: [] });
  });

  test('one flipped bit is found, in data and in a hole', async () => {
    const path = rig.store.localPath(versionId);
    chmodSync(path, 0o644);
    flipBit(path, 1000); // chunk 0
    flipBit(path, 3 * MiB + 17); // chunk 3: zeros
    flipBit(path, 8 * MiB - 1); // chunk 7: its tail is zeros
    expect(await rig.store.verify(versionId)).toEqual({ checked: 8, damaged: [0, 3, 7] });
  });

  test('data that the disk has forgotten and gives as zeros is found', async () => {
    const path = rig.store.localPath(versionId);
    chmodSync(path, 0o644);
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(MiB), 0, MiB, 0);
    closeSync(file);
    expect(await rig.store.verify(versionId)).toEqual({ checked: 8, damaged: [0] });
  });

  test('a disk that was cut is found', async () => {
    truncateSync(rig.store.localPath(versionId), 6 * MiB);
    const { damaged } = await rig.store.verify(versionId).catch((error) => ({ damaged: [error.code] }));
    expect(damaged.length).toBeGreaterThan(0);
  });

  test('can be cancelled', async () => {
    const error = await refusal(rig.store.verify(versionId, { signal: AbortSignal.abort() }));
    expect(error.code).toBe('images.cancelled');
  });
});

describe('after a restart', () => {
  test('everything is known again', async () => {
    const { store, report } = await restarted();
    expect(report).toMatchObject({ removedHalfMade: [], damaged: [], removedUploads: [] });
    expect(store.versions()).toEqual(rig.store.versions());
    expect(store.localPath(versionId)).toBe(rig.store.localPath(versionId));
    expect(store.usedBytes()).toBe(3 * MiB);
  });

  test('GF12 half-made and half-removed versions are removed, what is not ours stays', async () => {
    const half = ulid();
    const leaving = ulid();
    const images = join(rig.dataDir, 'images');
    for (const name of [`.import-${half}`, `.remove-${leaving}`, '.import-notes', 'lost+found']) {
      mkdirSync(join(images, name));
      write(join(images, name, 'disk.raw'), 'x');
    }
    const { report } = await restarted();
    expect(report.removedHalfMade.sort()).toEqual([half, leaving].sort());
    expect(leftBehind(rig).sort()).toEqual(['.import-notes', versionId, 'lost+found'].sort());
  });

  test('a version whose files do not fit is told and left alone', async () => {
    const folder = rig.store.localPath(versionId).replace('/disk.raw', '');
    const damages: [string, () => void, () => void][] = [
      [
        'its disk.raw has another size',
        () => truncateSync(`${folder}/disk.raw`, MiB),
        () => truncateSync(`${folder}/disk.raw`, 8 * MiB),
      ],
      [
        'its present.bitmap does not fit',
        () => write(`${folder}/present.bitmap`, ''),
        () => write(`${folder}/present.bitmap`, Buffer.from([0xff])),
      ],
      [
        'a file of it is too long',
        () => write(`${folder}/present.bitmap`, 'xx'),
        () => write(`${folder}/present.bitmap`, Buffer.from([0xff])),
      ],
      [
        'a file of it is gone',
        () => renameSync(`${folder}/manifest.json`, `${folder}/m`),
        () => renameSync(`${folder}/m`, `${folder}/manifest.json`),
      ],
    ];
    for (const [reason, damage, mend] of damages) {
      damage();
      const { store, report } = await restarted();
      expect(report.damaged).toEqual([{ versionId, code: 'images.manifest_invalid', reason }]);
      expect(store.has(versionId)).toBe(false);
      expect(existsSync(folder)).toBe(true);
      mend();
    }
    expect((await restarted()).report.damaged).toEqual([]);
  });

  test("a version under another one's name is not taken for it", async () => {
    const other = ulid();
    renameSync(join(rig.dataDir, 'images', versionId), join(rig.dataDir, 'images', other));
    expect((await restarted()).report.damaged).toMatchObject([
      { versionId: other, reason: 'it belongs to another version' },
    ]);
  });

  test('a partly present version is known as such and not given to a VM', async () => {
    write(join(rig.dataDir, 'images', versionId, 'present.bitmap'), Buffer.from([0b1011_1110]));
    const path = rig.store.localPath(versionId);
    chmodSync(path, 0o644);
    flipBit(path, 1000); // in a chunk that is not here yet: nobody reads that
    const { store } = await restarted();
    expect(store.versions()).toMatchObject([{ versionId, complete: false, presentChunks: 6, chunks: 8 }]);
    expect(() => store.localPath(versionId)).toThrow('images.version_incomplete');
    expect(await store.verify(versionId)).toEqual({ checked: 6, damaged: [] });
  });
});

describe('remove', () => {
  test('takes the files and the name', async () => {
    await rig.store.remove(versionId);
    expect(leftBehind(rig)).toEqual([]);
    expect(rig.store.has(versionId)).toBe(false);
    expect(() => rig.store.localPath(versionId)).toThrow('images.version_unknown');
  });

  test('GF1 of a version that is not there is refused', async () => {
    expect((await refusal(rig.store.remove(ulid()))).code).toBe('images.version_unknown');
    expect((await refusal(rig.store.remove('../uploads'))).code).toBe('images.bad_id');
    expect(leftBehind(rig)).toEqual([versionId]);
  });
});

describe('export', () => {
  for (const format of ['qcow2', 'raw'] as const) {
    test(`to ${format}, bit for bit`, async () => {
      const file = rig.path(`out.${format}`);
      await rig.store.export(versionId, file, { format });
      tool('qemu-img', 'compare', '-f', format, '-F', 'raw', file, rig.path('disk.raw'));
      expect(JSON.parse(tool('qemu-img', 'info', '--output=json', file))).toMatchObject({
        format,
        'virtual-size': disk.length,
      });
      expect(statSync(file).uid).toBe(process.getuid?.() ?? -1);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    });
  }

  test('what was exported comes in again as the same chunks', async () => {
    await rig.store.export(versionId, rig.path('again.qcow2'), { format: 'qcow2' });
    const again = request(rig.path('again.qcow2'));
    await rig.store.import(again);
    const [a, b] = [await rig.store.manifest(versionId), await rig.store.manifest(again.versionId)];
    expect(b.hashes.equals(a.hashes)).toBe(true);
  });

  test('never over a file that exists, nor into a folder that does not', async () => {
    const file = write(rig.path('mine.qcow2'), 'precious');
    expect((await refusal(rig.store.export(versionId, file, { format: 'qcow2' }))).code).toBe(
      'images.export_exists',
    );
    expect(readFileSync(file, 'utf8')).toBe('precious');
    const nowhere = rig.path('no/where.qcow2');
    expect((await refusal(rig.store.export(versionId, nowhere, { format: 'qcow2' }))).code).toBe(
      'images.export_unwritable',
    );
    expect(readdirSync(rig.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('cancelled: no file', async () => {
    const options = { format: 'qcow2', signal: AbortSignal.abort() } as const;
    expect((await refusal(rig.store.export(versionId, rig.path('no.qcow2'), options))).code).toBe(
      'images.cancelled',
    );
    expect(readdirSync(rig.folder).sort()).toEqual(['data', 'disk.raw']);
  });
});

test('unknown versions are refused everywhere', async () => {
  const none = ulid();
  expect(rig.store.has(none)).toBe(false);
  for (const work of [
    rig.store.manifest(none),
    rig.store.verify(none),
    rig.store.export(none, rig.path('x'), { format: 'raw' }),
    rig.store.remove(none),
  ]) {
    expect((await refusal(work)).code).toBe('images.version_unknown');
  }
});
