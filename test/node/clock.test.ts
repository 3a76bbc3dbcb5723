/** The PC's clock is set back an hour while labs run. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, TestNode, type VmJson } from '../support/node.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(60_000);
const HOUR = 3_600_000;
let pc: Pc;
let node: TestNode;
let first: VmJson;

/** Sets the node's clock off by this much, whole at once. */
function setClock(offsetMs: number): void {
  const file = join(pc.dir, 'clock');
  writeFileSync(`${file}.new`, String(offsetMs));
  renameSync(`${file}.new`, file);
}

beforeAll(async () => {
  pc = await startPc('clocked');
  setClock(0);
  const script = join(import.meta.dir, '../support/clocked-node.ts');
  // Bun takes its settings for JSX from the folder that it is started in.
  const env = ['env', '-C', join(import.meta.dir, '../..'), `LABMESH_TEST_CLOCK=${join(pc.dir, 'clock')}`];
  node = new TestNode(pc, { command: [...env, process.execPath, script] });
  await node.startHosting();
  await node.must('setting', 'set', 'scheduler.cpu_excess', '4');
  await node.importGuest('ticker');
  first = await node.must<VmJson>('vm', 'start', '--image', 'ticker', '--name', 'first', '--hours', '1');
});
afterAll(() => pc?.stop());

test('set back an hour: what runs goes on, new work begins and ends, ids and times do not go back', async () => {
  setClock(-HOUR);
  const second = await node.must<VmJson>(
    'vm',
    'start',
    '--image',
    'ticker',
    '--name',
    'second',
    '--hours',
    '2',
  );
  expect(second.state).toBe('running');
  expect(second.id > first.id).toBe(true);
  expect(second.since).toBeGreaterThanOrEqual(first.since);
  expect((second.leaseEnds ?? 0) - second.since).toBeWithin(1.99 * HOUR, 2.01 * HOUR);
  expect(await node.vm('first')).toMatchObject({ state: 'running', leaseEnds: first.leaseEnds });
  type Times = { items: { startedAt: number; endedAt: number }[] };
  const [newest] = (await node.api<Times>('/operations')).items;
  expect(newest?.endedAt ?? 0).toBeGreaterThanOrEqual(newest?.startedAt ?? 1);
  expect((await node.text('doctor', '--json')).stdout).toContain('doctor.clock_behind');
});

test('a node that starts with the clock behind goes on where its log ended', async () => {
  expect(await node.interrupt()).toBe(0);
  await node.startHosting();
  expect(await node.vm('first')).toMatchObject({ state: 'running', leaseEnds: first.leaseEnds });
  await node.must('vm', 'rm', 'second');
  const third = await node.must<VmJson>(
    'vm',
    'start',
    '--image',
    'ticker',
    '--name',
    'third',
    '--hours',
    '1',
  );
  expect(third.id > first.id).toBe(true);
  expect(third.leaseEnds ?? 0).toBeGreaterThan(first.leaseEnds ?? 0);
  await node.must('vm', 'rm', 'third');
});

test('a limit still ends what takes too long, an hour before the PC says so', async () => {
  await node.must('setting', 'set', 'vm.start_timeout', '10');
  await pc.run(['bash', '-c', 'kill -STOP $(cat /run/libvirtd.pid)']);
  try {
    const refusal: Problem = await node.refused(1, 'vm', 'start', '--image', 'ticker', '--name', 'late');
    expect(refusal.code).toBe('operation.timed_out');
  } finally {
    await pc.run(['bash', '-c', 'kill -CONT $(cat /run/libvirtd.pid)']);
  }
});

test('put forward past the end of a lease, the VM is suspended with all that is in it', async () => {
  setClock(HOUR + 60_000);
  const ended = await node.untilState('first', 'suspended', 30_000);
  expect(ended.leaseEnds).toBe(null);
  setClock(0);
  const { state } = await node.must<VmJson>('vm', 'resume', 'first');
  expect(state).toBe('running');
  await until('it stays', async () => (await node.vm('first')).state === 'running');
  await node.untilSerialGrows('first');
});
