/** kill -9 of the node at bad moments: what was confirmed stays, what was half done is finished or gone, guests go on. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, TestNode, type VmJson } from '../support/node.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { kill } from '../support/processes.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(60_000);
const MIB = 1024 * 1024;
let pc: Pc;
let node: TestNode;

interface OperationJson {
  id: string;
  kind: string;
  state: string;
  progress: { done: number } | null;
  error: Problem | null;
}

beforeAll(async () => {
  pc = await startPc('killed');
  node = new TestNode(pc);
  await node.startHosting();
  // Room for more guests of one boot sector than the machine has cores.
  await node.must('setting', 'set', 'scheduler.cpu_excess', '4');
  await node.importGuest('ticker');
});
afterAll(() => pc?.stop());

/** Every path under the data folder's part, without what it holds. */
function files(part: string): string[] {
  return readdirSync(join(node.data, part), { recursive: true }).map(String).sort();
}

test('GF12 killed during an import: the operation is told as failed, its name is free, no file stays', async () => {
  const before = files('images');
  const disk = new Uint8Array(256 * MIB);
  for (let at = 0; at < disk.length; at += 65_536) crypto.getRandomValues(disk.subarray(at, at + 65_536));
  disk.set([0x55, 0xaa], 510);
  const file = join(pc.dir, 'big.img');
  writeFileSync(file, disk);
  const { id } = await node.must<OperationJson>('image', 'import', file, '--name', 'big', '--no-wait');
  await until('the import has bytes', async () => {
    const { state, progress } = await node.api<OperationJson>(`/operations/${id}`);
    if (state !== 'running') throw new Error(`the import is ${state} already`);
    return (progress?.done ?? 0) > 0 && files('images').length > before.length;
  });
  await node.kill9();
  await node.start();
  const operation = await until('its end is told', async () => {
    const now = await node.api<OperationJson>(`/operations/${id}`);
    return now.state !== 'running' && now;
  });
  expect(operation).toMatchObject({ state: 'failed', error: { code: 'image.import_lost' } });
  expect(files('images')).toEqual(before);
  expect((await node.must<{ name: string }[]>('image', 'ls')).map(({ name }) => name)).toEqual(['ticker']);
  // The file of the person is theirs, and the name can be taken again.
  expect(statSync(file).size).toBe(256 * MIB);
  expect(await node.must('image', 'import', file, '--name', 'big')).toMatchObject({
    chunks: 256,
    state: 'ready',
  });
  await node.must('image', 'rm', 'big');
  expect(files('images')).toEqual(before);
});

test('GF13 killed during an upload: it goes on from what had arrived', async () => {
  const bytes = readFileSync(join(pc.dir, 'ticker.img'));
  const half = bytes.length / 2;
  const { id } = await node.post<{ id: string }>('/uploads', { name: 'again.img', sizeBytes: bytes.length });
  const send = (from: number, to: number) =>
    node.request(`/uploads/${id}?offset=${from}`, {
      method: 'PATCH',
      body: bytes.subarray(from, to),
      headers: { 'content-type': 'application/octet-stream' },
    });
  expect((await send(0, half)).status).toBe(200);
  await node.kill9();
  await node.startHosting();
  expect(await node.api(`/uploads/${id}`)).toMatchObject({ offset: half });
  expect((await send(half, bytes.length)).status).toBe(200);
  const { operation } = await node.post<{ operation: OperationJson }>('/images', {
    name: 'again',
    uploadId: id,
  });
  expect(await node.api(`/operations/${operation.id}?wait=20`)).toMatchObject({ state: 'done' });
  await node.must('image', 'rm', 'again');
});

test('an idempotency key said twice, with a kill -9 in between, gives one VM', async () => {
  const once = { 'idempotency-key': 'one and the same' };
  const ask = () => node.post<{ vm: VmJson }>('/vms', { image: 'ticker', name: 'once' }, once);
  const first = await ask();
  expect((await ask()).vm.id).toBe(first.vm.id);
  await node.kill9();
  await node.startHosting();
  expect((await ask()).vm.id).toBe(first.vm.id);
  expect(await node.must<VmJson[]>('vm', 'ls')).toHaveLength(1);
  await node.untilState('once', 'running');
});

const moments: [string, (vm: VmJson) => boolean | Promise<boolean>][] = [
  ['as soon as the start is confirmed', () => true],
  ['when its folder is made', (vm) => files('vms').includes(vm.id)],
  ['when its QEMU runs', () => pc.qemuPids().length > 1],
];
test.each(moments)('killed during a VM start, %s: one domain, and it runs', async (_when, reached) => {
  const { vm } = await node.post<{ vm: VmJson }>('/vms', { image: 'ticker', name: 'starting' });
  await until('the moment', () => reached(vm));
  await node.kill9();
  await node.startHosting();
  const ended = await until(
    'it has come to rest',
    async () => {
      const now = await node.vm('starting');
      return ['running', 'failed'].includes(now.state) && now;
    },
    40_000,
  );
  expect(ended).toMatchObject({ id: vm.id, state: 'running', cause: null });
  await node.untilSerialGrows('starting');
  const domains = (await pc.run(['virsh', 'list', '--name'])).stdout.trim().split('\n');
  expect(domains).toHaveLength(2);
  expect(pc.qemuPids()).toHaveLength(2);
  await node.must('vm', 'rm', 'starting');
  expect(pc.qemuPids()).toHaveLength(1);
});

test('GF11 killed while a VM runs: the guest goes on, is adopted, its screen can be opened again', async () => {
  const before = await node.vm('once');
  const pids = pc.qemuPids();
  await node.kill9();
  const log = join(node.data, 'vms', before.id, 'serial.log');
  const length = statSync(log).size;
  await until('the guest goes on without the node', () => statSync(log).size > length);
  await node.startHosting();
  const { state, epoch, cause, leaseEnds } = await node.untilState('once', 'running');
  expect({ state, epoch, cause, leaseEnds }).toEqual({
    state: 'running',
    epoch: before.epoch,
    cause: null,
    leaseEnds: before.leaseEnds,
  });
  expect(pc.qemuPids()).toEqual(pids);
  await node.untilSerialGrows('once');
  expect(await node.post('/vms/once/console', {})).toMatchObject({ ticket: expect.any(String) });
  expect(await greetingOfScreen()).toStartWith('RFB 003.');
});

/** What the VNC server of the one running guest says first. */
async function greetingOfScreen(): Promise<string> {
  const [name] = (await pc.run(['virsh', 'list', '--name'])).stdout.trim().split('\n');
  const xml = (await pc.run(['virsh', 'dumpxml', name ?? ''])).stdout;
  const unix = /<graphics type='vnc' socket='([^']+)'/.exec(xml)?.[1] ?? '';
  return await new Promise((resolve, reject) => {
    Bun.connect({
      unix,
      socket: {
        data(socket, bytes) {
          socket.end();
          resolve(bytes.toString());
        },
        connectError: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}

test('GF14 a VM that died while the node was down is told so, and its resources are free', async () => {
  const [qemu] = pc.qemuPids();
  await node.kill9();
  kill(qemu ?? 0);
  await until('QEMU is gone', () => pc.qemuPids().length === 0);
  await node.startHosting();
  const ended = await node.untilState('once', 'failed');
  expect(ended.cause).toMatchObject({ code: 'vm.crashed' });
  const { nodes } = await node.api<{ nodes: { used: object }[] }>('/status');
  // Its disks stay, so does their room: 5 GiB and 3 GiB for data.
  expect(nodes[0]?.used).toEqual({ vcpus: 0, ramMiB: 0, diskGiB: 8 });
  expect(await node.must<VmJson>('vm', 'start', 'once')).toMatchObject({ state: 'running', cause: null });
});

test('killed again and again, it loses nothing that was confirmed', async () => {
  for (let round = 0; round < 3; round++) {
    await node.must('course', 'add', `course ${round}`, '--places', '20');
    await node.kill9();
    await node.start();
  }
  const courses = await node.must<{ name: string }[]>('course', 'ls');
  expect(courses.map(({ name }) => name).sort()).toEqual(['course 0', 'course 1', 'course 2']);
  const again = await node.refused(3, 'course', 'add', 'course 1', '--places', '20');
  expect(again.code).toBe('name.taken');
});
