/** Saved work becomes a disk again: layers written by qemu-io, captured, restored elsewhere, and compared by qemu-img. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, writeFileSync } from 'node:fs';
import { ulid } from 'ulid';
import { openImageStore } from '../../../src/images/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { MiB, makeRig, noise, type Rig, refusal, request, tool, write } from './rig.ts';

/** The last chunk of the base is short, and the guest's disk is larger than the base. */
const BASE = 12 * MiB + 128 * 1024;
const DISK = 600 * MiB + 512;
let rig: Rig;
let base: string;

beforeAll(async () => {
  rig = await makeRig();
  const bytes = noise(Buffer.alloc(BASE), 5);
  bytes.fill(0, 6 * MiB, 10 * MiB);
  const wanted = request(write(rig.path('base.raw'), bytes), { asRaw: true });
  await rig.store.import(wanted);
  base = wanted.versionId;
});
afterAll(() => rig.remove());

async function saved(
  commands: readonly string[],
  over: string | null,
): Promise<{ layer: string; versionId: string }> {
  const layer = rig.path(`layer-${ulid()}.qcow2`);
  const backing = over === null ? [] : ['-b', rig.store.localPath(over), '-F', 'raw'];
  tool('qemu-img', 'create', '-q', '-f', 'qcow2', ...backing, layer, String(DISK));
  tool('qemu-io', ...commands.flatMap((command) => ['-c', command]), layer);
  const versionId = ulid();
  const { imageId } = await rig.store.manifest(base);
  const facts = { imageId, number: 1, author: 'ana', os: 'linux', createdAt: 1_800_000_000_000 } as const;
  await rig.store.capture({
    ...facts,
    versionId,
    overlay: layer,
    baseVersionId: over,
    form: 'work',
    virtualBytes: DISK,
  });
  return { layer, versionId };
}

/** What a guest writes: over data, over zeros, zeros over data, beyond the base, at the very end, across 512 MiB. */
const GUEST = [
  'write -P 0x11 0 4k',
  'write -P 0x22 7M 70k',
  'write -z 2M 1M',
  'write -P 0x33 11M 1152k',
  'write -P 0x44 20M 3M',
  `write -P 0x55 ${512 * MiB - 4096} 8k`,
  `write -P 0x66 ${DISK - 512} 512`,
];

describe('restored work', () => {
  test('V7 a guest reads the same from it as from the disk that was saved, and QEMU finds nothing wrong with it', async () => {
    const { layer, versionId } = await saved(GUEST, base);
    const target = rig.path('os.qcow2');
    writeFileSync(target, 'an older disk');
    const below = { name: rig.store.localPath(base), format: 'raw' } as const;
    await rig.store.restoreWork({ versionId, target, below, virtualBytes: DISK });
    tool('qemu-img', 'check', '-q', '-f', 'qcow2', target);
    tool('qemu-img', 'compare', '-q', '-f', 'qcow2', '-F', 'qcow2', layer, target);
    const info = JSON.parse(tool('qemu-img', 'info', '--output=json', target));
    expect(info).toMatchObject({
      'virtual-size': DISK,
      'backing-filename': below.name,
      'backing-filename-format': 'raw',
    });
    // Zeros that hide what lies beneath take no room.
    expect(info['actual-size']).toBeLessThan(9 * MiB);
    // It goes on being a disk: written to and checked again.
    tool('qemu-io', '-c', 'write -P 0x77 1M 5M', '-c', 'write -P 0x78 300M 1M', target);
    tool('qemu-img', 'check', '-q', '-f', 'qcow2', target);
    expect(readdirSync(rig.path('')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('V7 work on an empty disk, and no work at all', async () => {
    for (const [commands, over] of [
      [GUEST, null],
      [['read 0 4k'], base],
    ] as const) {
      const { layer, versionId } = await saved(commands, over);
      const target = rig.path(`${versionId}.qcow2`);
      const below = over === null ? null : { name: rig.store.localPath(over), format: 'raw' as const };
      await rig.store.restoreWork({ versionId, target, below, virtualBytes: DISK });
      tool('qemu-img', 'check', '-q', '-f', 'qcow2', target);
      tool('qemu-img', 'compare', '-q', '-f', 'qcow2', '-F', 'qcow2', layer, target);
    }
  });

  test('GF12 what a crash left half made is in nobody’s way', async () => {
    const { layer, versionId } = await saved(GUEST, base);
    const target = rig.path('again.qcow2');
    writeFileSync(`${target}.part`, 'half a disk');
    const below = { name: rig.store.localPath(base), format: 'raw' } as const;
    await rig.store.restoreWork({ versionId, target, below, virtualBytes: DISK });
    tool('qemu-img', 'compare', '-q', '-f', 'qcow2', '-F', 'qcow2', layer, target);
  });

  test('R1 cancelled, or without room: what was there stays', async () => {
    const { versionId } = await saved(GUEST, base);
    const target = rig.path('stays.qcow2');
    writeFileSync(target, 'an older disk');
    const work = { versionId, target, below: null, virtualBytes: DISK };
    const cancelled = rig.store.restoreWork({ ...work, signal: AbortSignal.abort() });
    expect((await refusal(cancelled)).code).toBe('images.cancelled');
    const limits = { reserveBytes: Number.MAX_SAFE_INTEGER / 2 };
    const full = openImageStore({ dataDir: rig.dataDir, logger: silentLogger, limits });
    await full.start();
    expect((await refusal(full.restoreWork(work))).code).toBe('images.no_space');
    await full.stop();
    expect(await Bun.file(target).text()).toBe('an older disk');
    expect(readdirSync(rig.path('')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('R1 a damaged chunk makes no disk, and what was there stays', async () => {
    const { versionId } = await saved(GUEST, base);
    const target = rig.path('kept.qcow2');
    writeFileSync(target, 'an older disk');
    const file = rig.store.localPath(versionId);
    tool('chmod', '0644', file);
    tool('qemu-io', '-f', 'raw', '-c', 'write -P 0x99 20M 1k', file);
    const work = { versionId, target, below: null, virtualBytes: DISK };
    expect(await refusal(rig.store.restoreWork(work))).toMatchObject({ code: 'images.base_damaged' });
    expect(await Bun.file(target).text()).toBe('an older disk');
    expect(readdirSync(rig.path('')).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});
