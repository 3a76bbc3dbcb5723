/** V7, R1: a disk holds still while its guest goes on writing, and nothing that the guest wrote is lost, wherever it is cut off. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, openHost, stateOf, vmSpec } from '../support/hypervisor.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { kill } from '../support/processes.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(90_000);

/** The guest writes 32 KiB at every 64 KiB from 1 MiB upwards: this lasts longer than a test. */
const DISK = 8 * 2 ** 30;
const FIRST = 2 ** 20;
const STEP = 64 * 1024;
let pc: Pc;
let host: Host;

beforeAll(async () => {
  pc = await startPc('freeze');
  host = await openHost(pc);
}, 90_000);
afterEach(async () => {
  for (const { vmId, owner } of await host.domains()) if (vmId && owner === 'ours') await host.removeVm(vmId);
});
afterAll(async () => {
  await host?.stop();
  await pc?.stop();
});

const folder = (vmId: string) => join(pc.dir, 'data', 'vms', vmId);
const disk = (vmId: string) => join(folder(vmId), 'os.qcow2');
const live = (vmId: string) => join(folder(vmId), 'os.live.qcow2');
const log = (vmId: string) => readFileSync(host.serialLogPath(vmId), 'utf8');
const writes = (vmId: string) => log(vmId).split('w').length - 1;

function spec(vmId: string) {
  const made = vmSpec(pc, vmId, 'writer');
  made.osDisk.virtualBytes = DISK;
  return made;
}

async function writing(vmId: string): Promise<void> {
  await host.ensureCreated(spec(vmId));
  await host.startVm(vmId);
  await moreWrites(vmId);
}

async function moreWrites(vmId: string): Promise<void> {
  const before = writes(vmId);
  await until('the guest writes on', () => writes(vmId) > before + 5);
}

function tool(...argv: string[]): string {
  const done = Bun.spawnSync(argv);
  if (done.exitCode !== 0) throw new Error(done.stderr.toString());
  return done.stdout.toString();
}

async function virsh(...args: string[]): Promise<void> {
  const { code, stderr } = await pc.run(['virsh', '-c', 'qemu:///system', ...args]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

/** How many of the guest's writes the disk holds, one after the other without a gap. */
function held(vmId: string): number {
  const map: { start: number; length: number; depth: number }[] = JSON.parse(
    tool('qemu-img', 'map', '-U', '--output=json', disk(vmId)),
  );
  const own = map.filter(({ start, depth }) => depth === 0 && start >= FIRST);
  for (const [at, { start }] of own.entries()) {
    const before = own[at - 1];
    expect(start).toBe(before ? before.start + before.length : FIRST);
  }
  return own.reduce((sum, { length }) => sum + length / STEP, 0);
}

/** After the power was cut: all that the guest knew to be written is there, in one layer that is well formed. */
async function checkWhole(vmId: string): Promise<void> {
  const known = writes(vmId);
  await host.forceOffVm(vmId);
  await host.thawDisk(vmId);
  expect(existsSync(live(vmId))).toBe(false);
  expect(held(vmId)).toBeGreaterThanOrEqual(known);
  tool('qemu-img', 'check', '-q', disk(vmId));
  expect(log(vmId)).not.toContain('E');
}

/** Another life of the node: it knows nothing of what was under way. */
async function restarted(): Promise<void> {
  await host.stop();
  host = await openHost(pc);
}

describe('a frozen disk', () => {
  test('V7 stands still while the guest writes on, and is whole afterwards', async () => {
    await writing('f1');
    expect(await host.freezeDisk('f1')).toBe(disk('f1'));
    const before = held('f1');
    const bytes = Bun.hash(readFileSync(disk('f1')));
    await moreWrites('f1');
    expect(held('f1')).toBe(before);
    expect(Bun.hash(readFileSync(disk('f1')))).toBe(bytes);
    await host.thawDisk('f1');
    expect(existsSync(live('f1'))).toBe(false);
    await moreWrites('f1');
    // Once more, as every ten minutes.
    await host.freezeDisk('f1');
    await host.thawDisk('f1');
    await moreWrites('f1');
    await checkWhole('f1');
  });

  test('R1 the node falls while it is frozen: the next one brings the layers together', async () => {
    await writing('f2');
    await host.freezeDisk('f2');
    await moreWrites('f2');
    await restarted();
    await host.thawDisk('f2');
    expect(existsSync(live('f2'))).toBe(false);
    await moreWrites('f2');
    await checkWhole('f2');
  });

  test('R1 the node falls while the layers are brought together, and after the pivot', async () => {
    await writing('f3');
    await host.freezeDisk('f3');
    await moreWrites('f3');
    await virsh('blockcommit', 'labmesh-f3', 'vda', '--active', '--shallow', '--base', disk('f3'));
    await restarted();
    await host.thawDisk('f3');
    await moreWrites('f3');
    // The upper layer stayed behind: what is in it is old by now.
    await host.freezeDisk('f3');
    await moreWrites('f3');
    await virsh('blockcommit', 'labmesh-f3', 'vda', '--active', '--base', disk('f3'), '--wait', '--pivot');
    await restarted();
    await moreWrites('f3');
    await host.thawDisk('f3');
    await moreWrites('f3');
    await checkWhole('f3');
  });

  test('R1 QEMU dies while it is frozen: the next start is from all that was written', async () => {
    await writing('f4');
    await host.freezeDisk('f4');
    await moreWrites('f4');
    const known = writes('f4');
    for (const pid of pc.qemuPids('labmesh-f4')) kill(pid);
    await until('off', async () => (await stateOf(host, 'f4')) === 'crashed');
    await host.ensureCreated(spec('f4'));
    expect(existsSync(live('f4'))).toBe(false);
    expect(held('f4')).toBeGreaterThanOrEqual(known);
    await host.startVm('f4');
    await moreWrites('f4');
    expect(tool('qemu-img', 'info', '-U', disk('f4'))).toContain('writer.raw');
  });

  test('R1 what a pivot left behind is not written back over newer work', async () => {
    await writing('f5');
    await host.freezeDisk('f5');
    await moreWrites('f5');
    await Bun.write(join(folder('f5'), 'kept'), Bun.file(live('f5')));
    await host.thawDisk('f5');
    await moreWrites('f5');
    const known = writes('f5');
    await host.forceOffVm('f5');
    // As if the power had gone between the pivot and the clearing away.
    tool('mv', join(folder('f5'), 'kept'), live('f5'));
    await Bun.write(join(folder('f5'), 'live-done'), '');
    await host.thawDisk('f5');
    expect(existsSync(live('f5'))).toBe(false);
    expect(held('f5')).toBeGreaterThanOrEqual(known);
  });

  test('R1 suspended while it is frozen, it goes on and is brought together then', async () => {
    await writing('f6');
    await host.freezeDisk('f6');
    await moreWrites('f6');
    await host.suspendVm('f6');
    await host.thawDisk('f6');
    expect(existsSync(live('f6'))).toBe(true);
    await host.ensureCreated(spec('f6'));
    await host.startVm('f6');
    await moreWrites('f6');
    await host.thawDisk('f6');
    expect(existsSync(live('f6'))).toBe(false);
    await moreWrites('f6');
    await checkWhole('f6');
  });
});
