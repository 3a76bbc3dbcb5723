/** The disk of the PC fills while a VM writes: the guest is paused, not told, and goes on when there is room. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDataDisk } from '../../src/hypervisor/disks/disks.ts';
import { writeSeed } from '../../src/hypervisor/disks/seed.ts';
import { openHost, stateOf, vmSpec } from '../support/hypervisor.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(60_000);
const mount = mkdtempSync(join(tmpdir(), 'labmesh-small-disk-'));
let pc: Pc;

beforeAll(async () => {
  // Mounted before the PC starts, so that both see it. A tmpfs also cannot do O_DIRECT.
  Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=8m,mode=0755', 'tmpfs', mount]);
  pc = await startPc('full');
});
afterAll(async () => {
  await pc?.stop();
  Bun.spawnSync(['umount', mount]);
  rmSync(mount, { recursive: true, force: true });
});

test('a full disk pauses the VM; with room again it goes on and the guest saw no error', async () => {
  const dataDir = join(mount, 'data');
  mkdirSync(dataDir);
  const host = await openHost(pc, { dataDir });
  try {
    await Bun.write(join(mount, 'ballast'), new Uint8Array(4 * 1024 * 1024));
    const spec = vmSpec(pc, 'f1', 'writer', { osDisk: { backingFile: '', virtualBytes: 64 * 1024 * 1024 } });
    spec.osDisk.backingFile = join(pc.dir, 'writer.raw');
    await host.ensureCreated(spec);
    await host.startVm('f1');
    const event = await until('io-error', () => host.events.find((e) => e.event === 'io-error'));
    expect(event).toEqual({ vmId: 'f1', event: 'io-error', detail: 'enospc' });
    expect(await stateOf(host, 'f1')).toBe('paused-io-error');
    const log = host.serialLogPath('f1');
    const before = (await Bun.file(log).text()).length;
    rmSync(join(mount, 'ballast'));
    await host.resumePaused('f1');
    await until('more writes', async () => (await Bun.file(log).text()).length > before + 3);
    expect(await Bun.file(log).text()).not.toContain('E');
    await host.removeVm('f1');
  } finally {
    await host.stop();
  }
});

test('GF12 on a full disk no disk and no seed is made, each says so, and nothing half done stays', async () => {
  const dir = join(mount, 'nothing');
  mkdirSync(dir);
  // More than fits: it ends where the disk does.
  Bun.spawnSync(['dd', 'if=/dev/zero', `of=${join(mount, 'ballast')}`, 'bs=1M', 'count=16']);
  const full = { code: 'hypervisor.disk_full', data: { path: dir } };
  await expect(ensureDataDisk(join(dir, 'data.qcow2'), 64 * 1024 * 1024)).rejects.toMatchObject(full);
  await expect(writeSeed(join(dir, 'seed.iso'), vmSpec(pc, 'f2'))).rejects.toMatchObject(full);
  expect(readdirSync(dir)).toEqual([]);
});
