/**
 * A PC is lost with a student's VM on it (V7, V9): cut off while the guest goes on, and switched off in the middle of work. The VM starts elsewhere from
 * what was saved; what the PC had beyond that is kept as a copy when it is back. One lab, in order: what one test leaves the next finds.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Lab, nameOf } from '../support/lab.ts';
import { addDemo, Worker } from '../support/lab-work.ts';
import { kill } from '../support/processes.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(300_000);
const LONG_MS = 120_000;
/** PC 0 founds the cloud and is asked; it hosts nothing, and is never lost. */
const [FOUNDER, FIRST, SECOND] = [0, 1, 2];
let lab: Lab;
let homework: Worker;

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [FIRST, SECOND] });
  await lab.form();
  for (const [key, value] of [
    ['node.lost_after', '10'],
    ['vm.stop_grace', '10'],
  ])
    await lab.cli(FOUNDER, ['setting', 'set', key ?? '', value ?? '']);
  await addDemo(lab, FOUNDER);
  // Both PCs are to have the image, and the first one the VM.
  await lab.cli(FOUNDER, ['image', 'deploy', 'demo', '--all']);
  await lab.cli(FOUNDER, ['node', 'drain', nameOf(SECOND)]);
  homework = new Worker(lab, 'homework');
  const wish = ['--image', 'demo', '--size', 'lab', '--name', 'homework', '--hours', '1'];
  await lab.cli(FOUNDER, ['vm', 'start', ...wish]);
  await homework.ready(FOUNDER);
  await lab.cli(FOUNDER, ['node', 'undrain', nameOf(SECOND)]);
});
afterAll(() => lab?.close());

const dirOf = (index: number, vmId: string) => join(lab.node(index).data, 'vms', vmId);
const guestsOn = (index: number) => lab.pc(index).qemuPids().length;
async function vcpusUsed(index: number): Promise<number | undefined> {
  const { nodes } = await lab.must<{ nodes: { name: string; used: { vcpus: number } }[] }>(
    FOUNDER,
    'GET',
    '/status',
  );
  return nodes.find(({ name }) => name === nameOf(index))?.used.vcpus;
}

const untilLost = (index: number) =>
  until(`${nameOf(index)} is lost`, async () => (await lab.seen(FOUNDER, index)).state === 'lost', LONG_MS);

test('V7 V9 GF25 GF26 a PC is cut off with the guest on it: offered from the last saving, with how old it is, and started elsewhere', async () => {
  await homework.mark(FOUNDER, 'saved');
  await lab.cli(FOUNDER, ['vm', 'save', 'homework']);
  await homework.untilVm(FOUNDER, 'saved on two PCs', (vm) => vm.work?.saved?.nodes.length === 2);
  await homework.mark(FOUNDER, 'not-saved');
  lab.cut({ a: [FOUNDER, SECOND], b: [FIRST] });
  const refused = await lab.api<{ code: string }>(FOUNDER, 'POST', '/vms/homework/recover', {});
  expect(refused).toMatchObject({ body: { code: 'vm.node_not_lost' } });
  await untilLost(FIRST);
  const { work } = await homework.vm(FOUNDER);
  expect(work?.recoverable?.node).toBe(nameOf(FIRST));
  expect(work?.recoverable?.before).toBeGreaterThanOrEqual(0);
  await lab.cli(FOUNDER, ['vm', 'recover', 'homework']);
  await homework.ready(FOUNDER);
  const vm = await homework.vm(FOUNDER);
  expect(vm).toMatchObject({ node: nameOf(SECOND), state: 'running' });
  expect(vm.work?.strays.map(({ node }) => node)).toEqual([nameOf(FIRST)]);
  expect(await homework.marked(FOUNDER)).toBe('saved');
  // Cut off, the PC let its guest run on.
  expect(guestsOn(FIRST)).toBe(1);
});

test('V9 R2 the PC is back: its guest is stopped, its disk kept as a copy, and neither touches what goes on', async () => {
  const { id, epoch } = await homework.vm(FOUNDER);
  await homework.mark(FOUNDER, 'goes-on');
  lab.heal();
  const vm = await homework.untilVm(FOUNDER, 'a copy is kept', ({ work }) => work?.recovered.length === 1);
  expect(vm).toMatchObject({ node: nameOf(SECOND), state: 'running', epoch });
  expect(vm.work?.strays).toEqual([]);
  expect(vm.work?.recovered[0]).toMatchObject({ node: nameOf(FIRST) });
  expect(vm.work?.recovered[0]?.bytes).toBeGreaterThan(0);
  await until(
    'nothing of it is left in its place',
    () => guestsOn(FIRST) === 0 && !existsSync(dirOf(FIRST, id)),
  );
  expect(await homework.marked(FOUNDER)).toBe('goes-on');
  // What was never saved is in the copy.
  const copy = join(lab.node(FIRST).data, 'images', vm.work?.recovered[0]?.versionId ?? '', 'disk.raw');
  const found = Bun.spawnSync(['dd', `if=${copy}`, 'bs=512', 'skip=1000000', 'count=1'], {
    stderr: 'ignore',
  });
  expect(found.stdout.toString()).toStartWith('not-saved');
  const gone = await lab.api(
    FOUNDER,
    'DELETE',
    `/vms/homework/recovered/${vm.work?.recovered[0]?.versionId}`,
  );
  expect(gone.status).toBe(200);
  await until('the copy is gone', () => !existsSync(copy), LONG_MS);
});

test('R1 GF11 GF12 GF14 power is lost in the middle of a saving: after it live VMs are found, halves removed, and the VM starts from its own disk', async () => {
  await homework.mark(FOUNDER, 'before-the-cut');
  const { id } = await homework.vm(FOUNDER);
  // Asked for and not waited for: the power goes while it is under way, or has just ended.
  const before = (await homework.vm(FOUNDER)).work?.saved?.at;
  await lab.must(FOUNDER, 'POST', '/vms/homework/save');
  await until(
    'it is frozen, or saved already',
    async () =>
      existsSync(join(dirOf(SECOND, id), 'os.live.qcow2')) ||
      (await homework.vm(FOUNDER)).work?.saved?.at !== before,
    LONG_MS,
  );
  await lab.kill9(SECOND);
  for (const pid of lab.pc(SECOND).qemuPids()) kill(pid);
  await lab.pc(SECOND).stopLibvirtd();
  await untilLost(SECOND);
  await lab.pc(SECOND).startLibvirtd();
  await lab.startNode(SECOND);
  const vm = await homework.untilVm(
    FOUNDER,
    'it is off',
    ({ state }) => state === 'stopped' || state === 'failed',
  );
  expect(vm.node).toBe(nameOf(SECOND));
  // What it held of its PC is free (GF14), and it is saved, off as it is, in one layer.
  expect(await vcpusUsed(SECOND)).toBe(0);
  await homework.untilVm(
    FOUNDER,
    'saved',
    ({ work }) => work?.saved?.current === true && work.saved.nodes.length === 2,
  );
  expect(existsSync(join(dirOf(SECOND, id), 'os.live.qcow2'))).toBe(false);
  await lab.cli(FOUNDER, ['vm', 'start', 'homework']);
  await homework.ready(FOUNDER, 2);
  expect(await homework.marked(FOUNDER)).toBe('before-the-cut');
});
