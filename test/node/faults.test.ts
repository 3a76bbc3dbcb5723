/** What libvirt, QEMU, guests and other people's domains do to a node that runs. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeGuestImage } from '../support/guests.ts';
import { type Problem, TestNode, type VmJson } from '../support/node.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { kill } from '../support/processes.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(90_000);
let pc: Pc;
let node: TestNode;
/** QEMU of a domain that is none of ours, and must go on through everything (R5). */
let foreignPid: number;

interface OrphanJson {
  uuid: string;
  name: string;
  running: boolean;
  owner: string;
}

beforeAll(async () => {
  pc = await startPc('faulty');
  const disk = makeGuestImage(join(pc.dir, 'foreign.img'), 'ticker');
  const xml = `<domain type="qemu"><name>of-somebody</name><memory unit="MiB">32</memory>
    <os><type arch="x86_64">hvm</type></os><devices><disk type="file" device="disk">
    <driver name="qemu" type="raw"/><source file="${disk}"/><target dev="vda"/></disk></devices></domain>`;
  expect(await define('foreign.xml', xml)).toMatchObject({ code: 0 });
  expect((await pc.run(['virsh', 'start', 'of-somebody'])).code).toBe(0);
  [foreignPid = 0] = pc.qemuPids('of-somebody');
  node = new TestNode(pc);
  await node.startHosting();
  await node.must('setting', 'set', 'scheduler.cpu_excess', '4');
  await node.must('setting', 'set', 'vm.stop_grace', '5');
  await node.importGuest('ticker');
  await node.importGuest('poweroff');
});
afterAll(() => pc?.stop());

async function define(file: string, xml: string) {
  writeFileSync(join(pc.dir, file), xml);
  return await pc.run(['virsh', 'define', join(pc.dir, file)]);
}

/** Processes of our guests. */
function ourPids(): number[] {
  return pc.qemuPids().filter((pid) => pid !== foreignPid);
}

test('a guest that powers itself off is stopped, with that as the cause, and does not start again', async () => {
  await node.must('vm', 'start', '--image', 'poweroff', '--name', 'off');
  const ended = await node.untilState('off', 'stopped');
  expect(ended).toMatchObject({ cause: { code: 'vm.guest_off' }, leaseEnds: null });
  await node.must('vm', 'rm', 'off');
});

test('a VM whose QEMU dies has failed, with the cause, frees its cores and can be started again', async () => {
  const vm = await node.must<VmJson>('vm', 'start', '--image', 'ticker', '--name', 'dies');
  kill(ourPids()[0] ?? 0);
  const ended = await node.untilState('dies', 'failed');
  expect(ended).toMatchObject({ id: vm.id, cause: { code: 'vm.crashed' }, leaseEnds: null });
  expect(ended.cause?.message).toBeString();
  const { nodes } = await node.api<{ nodes: { used: { vcpus: number } }[] }>('/status');
  expect(nodes[0]?.used.vcpus).toBe(0);
  expect(await node.must<VmJson>('vm', 'start', 'dies')).toMatchObject({
    state: 'running',
    cause: null,
    epoch: 2,
  });
});

test('stopped by a person who does not care for the guest: at once, or after the grace that the guest ignores', async () => {
  // This guest hears no power button.
  expect(await node.must<VmJson>('vm', 'stop', 'dies')).toMatchObject({ state: 'stopped', cause: null });
  await node.must('vm', 'start', 'dies');
  const graceMs = 60_000;
  await node.must('setting', 'set', 'vm.stop_grace', String(graceMs / 1000));
  const began = performance.now();
  await node.must('vm', 'stop', 'dies', '--force');
  expect(performance.now() - began).toBeLessThan(graceMs);
  await node.must('setting', 'set', 'vm.stop_grace', '5');
  expect(ourPids()).toEqual([]);
});

test('GF5 libvirt cannot start it: failed with its words, and it starts once the fault is mended', async () => {
  const { id } = await node.vm('dies');
  const overlay = join(node.data, 'vms', id, 'os.qcow2');
  renameSync(overlay, `${overlay}.kept`);
  writeFileSync(overlay, 'this is no disk');
  const refusal = await node.refused(1, 'vm', 'start', 'dies');
  expect(refusal.code).toStartWith('hypervisor.');
  expect(await node.vm('dies')).toMatchObject({ state: 'failed', cause: { code: refusal.code } });
  renameSync(`${overlay}.kept`, overlay);
  expect(await node.must<VmJson>('vm', 'start', 'dies')).toMatchObject({ state: 'running', cause: null });
  await node.must('vm', 'rm', 'dies');
});

test('GF6 an image whose file is gone: the start fails with that as the cause, nothing half made stays', async () => {
  const images = join(node.data, 'images');
  const { id } = await node.must<{ id: string }>('image', 'show', 'poweroff');
  const version = readdirSync(images).find((name) => {
    const manifest = join(images, name, 'manifest.json');
    return (
      readdirSync(join(images, name)).includes('manifest.json') && readFileSync(manifest, 'utf8').includes(id)
    );
  });
  const file = join(images, version ?? '', 'disk.raw');
  renameSync(file, join(pc.dir, 'taken-away.raw'));
  const refusal = await node.refused(1, 'vm', 'start', '--image', 'poweroff', '--name', 'bare');
  expect(['hypervisor.image_missing', 'vm.image_not_here']).toContain(refusal.code);
  expect(await node.vm('bare')).toMatchObject({ state: 'failed', cause: { code: refusal.code } });
  await node.must('vm', 'rm', 'bare');
  expect(readdirSync(join(node.data, 'vms'))).toEqual([]);
  renameSync(join(pc.dir, 'taken-away.raw'), file);
  await node.must('vm', 'start', '--image', 'poweroff', '--name', 'whole');
  await node.must('vm', 'rm', 'whole');
});

test('libvirtd stopped and started: said so, guests go on, and it works again', async () => {
  await node.must('vm', 'start', '--image', 'ticker', '--name', 'lasting');
  const pids = ourPids();
  await pc.stopLibvirtd();
  await until('the node says why it hosts nothing', async () =>
    (await node.nodeState()).startsWith('hypervisor.'),
  );
  const { nodes } = await node.api<{ nodes: { hostProblem: Problem }[] }>('/status');
  expect(nodes[0]?.hostProblem.message).toContain('libvirt');
  const refusal = await node.refused(3, 'vm', 'start', '--image', 'ticker', '--name', 'never');
  expect(refusal).toMatchObject({ code: 'capacity.no_host' });
  // The console needs no libvirt, the log neither.
  expect(await node.vm('lasting')).toMatchObject({ state: 'running' });
  await node.untilSerialGrows('lasting');
  expect(await node.post('/vms/lasting/console', {})).toMatchObject({ ticket: expect.any(String) });
  await pc.startLibvirtd();
  await node.untilHosting();
  expect(ourPids()).toEqual(pids);
  expect(await node.vm('lasting')).toMatchObject({ state: 'running', epoch: 1, cause: null });
  await node.must('vm', 'start', '--image', 'ticker', '--name', 'after');
  await node.must('vm', 'rm', 'after');
});

test('a VM that ends while libvirtd is away is seen as soon as it is back', async () => {
  await pc.stopLibvirtd();
  kill(ourPids()[0] ?? 0);
  await pc.startLibvirtd();
  expect(await node.untilState('lasting', 'failed')).toMatchObject({ cause: { code: 'vm.crashed' } });
  await node.must('vm', 'rm', 'lasting');
});

test('GF32 GF38 a start that takes longer than its limit fails, and its VM does not come up later', async () => {
  await node.must('setting', 'set', 'vm.start_timeout', '10');
  const libvirtd = Number(readFileSync(pc.outside('/run/libvirtd.pid'), 'utf8'));
  process.kill(libvirtd, 'SIGSTOP');
  let refusal: Problem;
  try {
    refusal = await node.refused(1, 'vm', 'start', '--image', 'ticker', '--name', 'late');
  } finally {
    process.kill(libvirtd, 'SIGCONT');
  }
  expect(refusal).toMatchObject({ code: 'operation.timed_out', data: { seconds: 10 } });
  await node.untilState('late', 'stopped');
  await node.untilHosting();
  await until('no QEMU of ours', () => ourPids().length === 0);
  await node.must('setting', 'set', 'vm.start_timeout', '180');
  expect(await node.must<VmJson>('vm', 'start', 'late')).toMatchObject({ state: 'running' });
  await node.must('vm', 'rm', 'late');
});

test('V10 a forgotten domain of ours is shown and stays, until somebody has it removed', async () => {
  // The log as it was before the VM: as after a restored backup.
  const [log, kept] = [join(node.data, 'log'), join(pc.dir, 'older-log')];
  await node.interrupt();
  cpSync(log, kept, { recursive: true });
  await node.startHosting();
  const vm = await node.must<VmJson>('vm', 'start', '--image', 'ticker', '--name', 'forgotten');
  await node.interrupt();
  rmSync(log, { recursive: true });
  renameSync(kept, log);
  await node.startHosting();
  expect(await node.must<VmJson[]>('vm', 'ls')).toEqual([]);
  const orphans = await node.api<OrphanJson[]>('/orphans');
  const ours = orphans.find((one) => one.owner === 'ours');
  expect(ours).toMatchObject({ name: `labmesh-${vm.id}`, running: true });
  expect(ourPids()).toHaveLength(1);
  const foreign = orphans.find((one) => one.name === 'of-somebody');
  expect(foreign).toMatchObject({ owner: 'foreign', running: true });
  const refused = await node.request(`/orphans/${foreign?.uuid}`, { method: 'DELETE' });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(await refused.json()).toMatchObject({ code: 'orphan.not_ours' });
  expect((await node.request(`/orphans/${ours?.uuid}`, { method: 'DELETE' })).status).toBe(204);
  expect((await node.api<OrphanJson[]>('/orphans')).map(({ name }) => name)).toEqual(['of-somebody']);
  expect(ourPids()).toEqual([]);
  expect(readdirSync(join(node.data, 'vms'))).toEqual([]);
});

test('R5 through all of this, the domain of somebody else was not touched', async () => {
  expect(pc.qemuPids('of-somebody')).toEqual([foreignPid]);
  expect((await pc.run(['virsh', 'domstate', 'of-somebody'])).stdout.trim()).toBe('running');
});

test('VMs that came and went leave no file, no domain, and nothing open', async () => {
  const open = () => readdirSync(`/proc/${node.pid}/fd`).length;
  const cycle = async (name: string) => {
    const { vm, operation } = await node.post<{ vm: VmJson; operation: { id: string } }>('/vms', {
      image: 'ticker',
      name,
    });
    await node.api(`/operations/${operation.id}?wait=20`);
    const response = await node.request(`/vms/${vm.id}`, { method: 'DELETE' });
    const removal = (await response.json()) as { operation: { id: string } };
    expect(await node.api(`/operations/${removal.operation.id}?wait=20`)).toMatchObject({ state: 'done' });
  };
  for (let round = 0; round < 1; round++) await Promise.all([1, 2, 3].map((n) => cycle(`warm ${n}`)));
  const before = open();
  for (let round = 0; round < 2; round++) await Promise.all([1, 2, 3].map((n) => cycle(`go ${n}`)));
  await until('what six VMs had open is closed', () => open() <= before);
  expect(readdirSync(join(node.data, 'vms'))).toEqual([]);
  expect(ourPids()).toEqual([]);
  expect((await pc.run(['virsh', 'list', '--all', '--name'])).stdout.trim()).toBe('of-somebody');
});
