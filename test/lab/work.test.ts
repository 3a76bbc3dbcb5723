/**
 * A student's work is there tomorrow (V7): three PCs, of which two host. The guest leaves a mark on its disk and is stopped; its PC is emptied,
 * and the next start is on the other one, with the mark. One lab, in order: what one test leaves the next finds.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Lab, nameOf } from '../support/lab.ts';
import { addDemo, Worker } from '../support/lab-work.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(200_000);
/** PC 0 founds the cloud and is asked; it hosts nothing. */
const [FOUNDER, FIRST, SECOND] = [0, 1, 2];
let lab: Lab;
let homework: Worker;

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [FIRST, SECOND] });
  await lab.form();
  await addDemo(lab, FOUNDER);
  await lab.cli(FOUNDER, ['node', 'drain', nameOf(SECOND)]);
  homework = new Worker(lab, 'homework');
});
afterAll(() => lab?.close());

const dirOf = (index: number, vmId: string) => join(lab.node(index).data, 'vms', vmId);

test('V7 what a guest wrote is saved when it stops, and kept on two PCs', async () => {
  await lab.cli(FOUNDER, [
    'vm',
    'start',
    '--image',
    'demo',
    '--size',
    'lab',
    '--name',
    'homework',
    '--hours',
    '1',
  ]);
  await homework.ready(FOUNDER);
  expect((await homework.vm(FOUNDER)).node).toBe(nameOf(FIRST));
  await homework.mark(FOUNDER, 'first-day');
  await lab.cli(FOUNDER, ['node', 'undrain', nameOf(SECOND)]);
  await lab.cli(FOUNDER, ['vm', 'stop', 'homework']);
  const { work } = await homework.untilVm(
    FOUNDER,
    'saved on two PCs',
    (vm) => vm.work?.saved?.nodes.length === 2,
  );
  expect(work).toMatchObject({ saved: { current: true }, failed: null, strays: [], recovered: [] });
});

test('V7 R2 tomorrow it starts on another PC, from there on the only one that has its disk', async () => {
  const { id, epoch } = await homework.vm(FOUNDER);
  await lab.cli(FOUNDER, ['node', 'drain', nameOf(FIRST)]);
  await lab.cli(FOUNDER, ['vm', 'start', 'homework']);
  await homework.ready(FOUNDER);
  const vm = await homework.vm(FOUNDER);
  expect(vm).toMatchObject({ node: nameOf(SECOND), state: 'running', epoch: epoch + 1 });
  expect(await homework.marked(FOUNDER)).toBe('first-day');
  await until('the disk that was left is gone', () => !existsSync(dirOf(FIRST, id)));
  expect(existsSync(join(dirOf(SECOND, id), 'os.qcow2'))).toBe(true);
});

test('V7 its work is saved while it runs, as often as that is asked for, and the guest goes on', async () => {
  const before = (await homework.vm(FOUNDER)).work?.saved?.at ?? 0;
  await homework.mark(FOUNDER, 'second-day');
  const { operation } = await lab.must<{ operation: { id: string } }>(FOUNDER, 'POST', '/vms/homework/save');
  const { state } = await until(
    'it is saved',
    async () => {
      const one = await lab.must<{ state: string }>(FOUNDER, 'GET', `/operations/${operation.id}`);
      return one.state === 'running' ? null : one;
    },
    60_000,
  );
  expect(state).toBe('done');
  const { work } = await homework.vm(FOUNDER);
  expect(work?.saved?.at).toBeGreaterThan(before);
  expect(work?.saved?.current).toBe(false);
  expect(await homework.marked(FOUNDER)).toBe('second-day');
});
