/**
 * The main job by script, with the binary alone: copied to an empty folder on a PC on which the project's own folder, with
 * its node_modules, is hidden.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { copyFileSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { binary, demoImage, folder, type Problem, TestNode, type VmJson } from '../support/node.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { until } from '../support/until.ts';

// Two guests boot side by side under emulation: 8 s on an idle PC, five times that where others compute.
setDefaultTimeout(120_000);
const project = resolve(import.meta.dir, '../..');
let pc: Pc;
let node: TestNode;
let demo: string;
/** The binary, alone in its folder. */
let alone: string;
let booted: VmJson;

beforeAll(async () => {
  const [source, image] = [binary(), demoImage()];
  pc = await startPc('alone');
  alone = join(folder(pc, 'alone'), 'labmesh');
  copyFileSync(source, alone);
  demo = join(pc.dir, 'demo.qcow2');
  copyFileSync(image, demo);
  const hidden = await pc.run(['mount', '--bind', folder(pc, 'empty'), project]);
  expect(hidden).toMatchObject({ code: 0 });
  expect((await pc.run(['ls', '-A', project])).stdout).toBe('');
  node = new TestNode(pc, { command: [alone] });
  await node.startHosting();
});
afterAll(() => pc?.stop());

/** The guest counts its starts on its disk, and tells the count on the serial port. */
async function startsTold(name: string): Promise<number[]> {
  return [...(await node.serial(name)).matchAll(/started (\d+) time/g)].map((found) => Number(found[1]));
}

async function untilBooted(name: string, starts: number): Promise<void> {
  await until(
    `${name} says that it started ${starts} times`,
    async () => {
      return (await startsTold(name)).at(-1) === starts;
    },
    60_000,
  );
}

/** Whether the guest's network is up: it refuses a port that nobody serves, where nobody at all would not answer. */
async function answers(ip: string | null): Promise<boolean> {
  const { stderr } = await pc.run(['timeout', '5', 'bash', '-c', `echo > /dev/tcp/${ip}/9`]);
  return stderr.includes('refused');
}

test('ready, and run.json says where; a first password lies in a file of root alone', async () => {
  const run = node.run();
  expect(run).toMatchObject({ pid: node.pid, ready: true });
  expect(run?.mesh).toMatch(/^[\w.[\]:]+:\d+$/);
  expect(run?.bulk).toMatch(/^[\w.[\]:]+:\d+$/);
  expect(run?.web).toMatch(/^https:\/\/.+:\d+$/);
  expect(run?.local).toMatch(/^http:\/\/localhost:\d+$/);
  const password = join(node.data, 'initial-admin-password');
  expect(statSync(password).mode & 0o777).toBe(0o600);
  const { port } = new URL(run?.local ?? '');
  const request = 'GET /sign-in HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n';
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf '${request}' >&3; head -n 1 <&3`;
  expect((await pc.run(['bash', '-c', script])).stdout).toStartWith('HTTP/1.1 200');
});

test('status in the shape that scripts rely on', async () => {
  const status = await node.must<Record<string, unknown>>('status');
  expect(status).toMatchObject({
    cloud: { id: expect.any(String), name: 'labmesh' },
    me: { id: expect.any(String), name: 'alone', state: 'ready', role: 'master' },
    master: { name: 'alone', term: 1 },
    quorum: { voters: 1, alive: 1, mayFail: 0 },
    nodes: [
      {
        name: 'alone',
        state: 'ready',
        role: 'master',
        accel: 'tcg',
        used: { vcpus: 0, ramMiB: 0, diskGiB: 0 },
        images: [],
        cores: expect.any(Number),
        ramMiB: expect.any(Number),
        diskGiB: expect.any(Number),
        version: expect.any(String),
        seenMs: 0,
      },
    ],
    vms: { running: 0, suspended: 0, stopped: 0, waiting: 0, failed: 0 },
  });
});

test('an image is imported by path, with progress as an operation that ends', async () => {
  const image = await node.must('image', 'import', demo, '--name', 'demo', '--os', 'linux');
  expect(image).toMatchObject({
    name: 'demo',
    version: 1,
    sizeBytes: 128 * 1024 * 1024,
    chunks: 128,
    os: 'linux',
    state: 'ready',
    copies: 1,
    nodes: [{ node: 'alone', presentChunks: 128 }],
  });
  const [operation] = await node.must<{ kind: string; state: string }[]>('operation', 'ls');
  expect(operation).toMatchObject({ kind: 'image.import', state: 'done', error: null, progress: null });
  expect(await node.refused(3, 'image', 'import', demo, '--name', 'demo')).toMatchObject({
    code: 'name.taken',
  });
});

test('P3 launch: the VM runs on the node that has room, gets an address, and its log can be read', async () => {
  const began = performance.now();
  const vm = await node.must<VmJson>('vm', 'start', '--image', 'demo', '--name', 'web', '--hours', '3');
  console.log(`vm start until running: ${Math.round(performance.now() - began)} ms`);
  expect(vm).toMatchObject({
    name: 'web',
    owner: 'admin',
    image: 'demo',
    size: 'Linux small',
    state: 'running',
  });
  expect(vm).toMatchObject({ cause: null, node: 'alone', epoch: 1, vcpus: 1, ramMiB: 1024 });
  expect(vm.leaseEnds ?? 0).toBeGreaterThan(vm.since + 2.9 * 3_600_000);
  // A second one boots meanwhile: nothing of it is to be kept.
  const clean = await node.must<VmJson>('vm', 'start', '--image', 'demo', '--name', 'clean', '--clean');
  expect(clean).toMatchObject({ state: 'running', persistent: false });
  booted = await until(
    'an address',
    async () => {
      const found = await node.vm('web');
      return found.ip !== null && found;
    },
    60_000,
  );
  expect(booted.ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  await untilBooted('web', 1);
  await until('the guest answers', () => answers(booted.ip));
  const log = await node.text('vm', 'log', 'web');
  expect(log).toMatchObject({ code: 0, stderr: '' });
  expect(log.stdout).toContain('labmesh demo lab');
  expect(log.stdout).toContain('name     web');
  expect(log.stdout).toContain('user     admin');
});

test('P5 a request that no PC has room for is refused, naming what is short', async () => {
  const refusal = await node.refused(3, 'vm', 'start', '--image', 'demo', '--size', 'Linux big');
  expect(refusal.code).toMatch(/^capacity\./);
  expect(refusal.message.length).toBeGreaterThan(20);
  expect(await node.must<VmJson[]>('vm', 'ls')).toHaveLength(2);
});

test.each([
  ['0', 'lease.hours'],
  ['6', 'lease.hours'],
  ['1.5', 'lease.hours'],
  ['x', 'payload.invalid'],
])('P4 %s hours are no choice: the cloud says why, in the same words as on the page', async (hours, code) => {
  const refusal = await node.refused(3, 'vm', 'start', '--image', 'demo', '--hours', hours);
  expect(refusal.code).toBe(code);
});

test('the screen can be seen', async () => {
  const response = await node.request('/vms/web/screenshot');
  if (!response.ok) throw new Error(await response.text());
  expect(response.headers.get('content-type')).toBe('image/png');
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect([...bytes.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  const { width, height } = sizeOf(bytes);
  expect(width * height).toBeGreaterThanOrEqual(640 * 400);
});

function sizeOf(png: Uint8Array): { width: number; height: number } {
  const view = new DataView(png.buffer);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

test('G3 suspended and resumed, the guest goes on where it was', async () => {
  expect(await node.must<VmJson>('vm', 'suspend', 'web')).toMatchObject({
    state: 'suspended',
    leaseEnds: null,
  });
  expect(pc.qemuPids()).toHaveLength(1);
  expect(await node.must<VmJson>('vm', 'resume', 'web')).toMatchObject({ state: 'running', epoch: 2 });
  await until('the guest answers again', () => answers(booted.ip));
  expect(await startsTold('web')).toEqual([1]);
});

test('G2 reboot: the guest starts again with what it kept', async () => {
  await untilBooted('clean', 1);
  const [rebooted, stopped] = await Promise.all([
    node.must<VmJson>('vm', 'reboot', 'web'),
    node.must<VmJson>('vm', 'stop', 'clean'),
  ]);
  expect(rebooted).toMatchObject({ state: 'running' });
  expect(stopped).toMatchObject({ state: 'stopped', cause: null, leaseEnds: null, ip: null });
  // A clean lab starts clean: its disks are gone with its stop.
  expect(existsSync(join(node.data, 'vms', stopped.id))).toBe(false);
  await node.must('vm', 'start', 'clean');
  await untilBooted('web', 2);
  expect(await node.serial('web')).toContain('labmesh-demo stopping, boots=1');
});

test('stopped gracefully and started again, a lab keeps its changes; a clean one does not', async () => {
  const stopped = await node.must<VmJson>('vm', 'stop', 'web');
  expect(stopped).toMatchObject({ state: 'stopped', cause: null });
  expect(await node.serial('web')).toContain('labmesh-demo stopping, boots=2');
  expect(await node.must<VmJson>('vm', 'start', 'web')).toMatchObject({ state: 'running' });
  await untilBooted('web', 3);
  await untilBooted('clean', 1);
  expect(await startsTold('clean')).toEqual([1]);
});

test('an image in use cannot be deleted', async () => {
  expect(await node.refused(3, 'image', 'rm', 'demo')).toMatchObject({ code: 'image.in_use' });
});

test('deleted while it runs, a VM leaves nothing behind', async () => {
  for (const name of ['web', 'clean']) {
    expect(await node.must<VmJson>('vm', 'rm', name)).toMatchObject({ name, state: 'deleted' });
  }
  expect(await node.must<VmJson[]>('vm', 'ls')).toEqual([]);
  expect(pc.qemuPids()).toEqual([]);
  expect((await pc.run(['virsh', 'list', '--all', '--name'])).stdout.trim()).toBe('');
  expect(readdirSync(join(node.data, 'vms'))).toEqual([]);
  expect(await node.must('image', 'rm', 'demo')).toMatchObject({ name: 'demo' });
  expect(await node.must<unknown[]>('image', 'ls')).toEqual([]);
});

test.each([
  ['GF20', ['vm', 'start', '--image', 'nowhere']],
  ['GF20', ['vm', 'rm', 'nobody']],
  ['GF20', ['image', 'rm', '01ARZ3NDEKTSV4RRFFQ69G5FAV']],
  ['GF27', ['vm', 'stop', 'nobody']],
  ['GF27', ['vm', 'reboot', '01ARZ3NDEKTSV4RRFFQ69G5FAV']],
  ['GF27', ['vm', 'log', '../../etc/passwd']],
])('%s what does not exist is refused with exit 3: %p', async (_case, args) => {
  const refusal: Problem = await node.refused(3, ...args);
  expect(refusal.code).toBe('not_found');
});

test('exit 2 for wrong usage, 4 when nothing answers', async () => {
  expect((await node.cli('vm', 'fly', 'web')).code).toBe(2);
  const nobody = new TestNode(pc, { data: folder(pc, 'nobody'), command: [alone] });
  expect(await nobody.refused(4, 'status')).toMatchObject({ code: 'cli.no_node' });
});

test('Ctrl-C ends the node with 0, run.json goes', async () => {
  expect(await node.interrupt()).toBe(0);
  expect(node.run()).toBe(null);
  expect(existsSync(join(node.data, 'control.sock'))).toBe(false);
});
