/** `labmesh up` where something is in the way: a sentence, exit 1, nothing half done; and what works without libvirt. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, folder, type Problem, TestNode } from '../support/node.ts';
import { type Pc, startPc } from '../support/pc.ts';

setDefaultTimeout(60_000);
let pc: Pc;
let node: TestNode;

beforeAll(async () => {
  pc = await startPc('bare', { libvirtd: false });
  node = new TestNode(pc);
});
afterAll(() => pc?.stop());

/** Runs `up` to its end, which must be a refusal; returns what a person reads. */
async function refusedUp(data: string, ...flags: string[]): Promise<string> {
  const doors = ['--mesh', '127.0.0.1:0', '--bulk', '127.0.0.1:0'];
  const up = ['up', '--data', data, '--web', '127.0.0.1:0', '--local-http', '0', ...doors, ...flags];
  const { code, stdout, stderr } = await pc.run([binary(), ...up]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).not.toMatch(/internal|\n\s+at /);
  return stderr;
}

test('libvirt missing: the node runs, serves its page, and says why it hosts nothing', async () => {
  const ms = await node.start();
  console.log(`up until run.json: ${Math.round(ms)} ms`);
  const { nodes } = await node.api<{ nodes: { accel: string; hostProblem: Problem }[] }>('/status');
  expect(['hypervisor.libvirt_missing', 'node.host_starting']).toContain(nodes[0]?.hostProblem.code ?? '');
  const doctor = await node.cli<{ status: string; code: string }[]>('doctor');
  expect(doctor.stdout).toContain('hypervisor.libvirt_missing');
  expect(doctor.stdout).toContain('fault');
  expect(await node.must<unknown[]>('vm', 'ls')).toEqual([]);
});

test('a second node on the same data folder is refused, the first does not notice', async () => {
  const said = await refusedUp(node.data);
  expect(said).toContain(node.data);
  expect(said).toContain('log.in_use');
  expect(node.run()).toMatchObject({ pid: node.pid });
  expect((await node.cli('status')).code).toBe(0);
});

test('a port that is taken is named, and nothing is left running or half made', async () => {
  const taken = new URL(node.run()?.local ?? '').port;
  const other = join(pc.dir, 'other');
  const said = await refusedUp(other, '--local-http', taken);
  expect(said).toContain(taken);
  expect(existsSync(join(other, 'run.json'))).toBe(false);
  expect(existsSync(join(other, 'control.sock'))).toBe(false);
  // With another port the same folder starts: no lock, no half-made cloud.
  const second = new TestNode(pc, {
    data: other,
    flags: ['--no-host', '--mesh', '127.0.0.1:0', '--bulk', '127.0.0.1:0'],
  });
  await second.start();
  expect(await second.nodeState()).toBe('node.host_off');
  expect(await second.interrupt()).toBe(0);
});

test('Ctrl-C: exit 0, run.json and socket gone, the next start is the same cloud', async () => {
  const before = await node.api<{ cloud: { id: string } }>('/status');
  expect(await node.interrupt()).toBe(0);
  expect(node.run()).toBe(null);
  expect(existsSync(join(node.data, 'control.sock'))).toBe(false);
  await node.start();
  expect(await node.api<{ cloud: { id: string } }>('/status')).toMatchObject({ cloud: before.cloud });
});

test('what kill -9 left (run.json, sockets) does not keep it from starting', async () => {
  await node.kill9();
  expect(existsSync(join(node.data, 'run.json'))).toBe(true);
  expect(existsSync(join(node.data, 'control.sock'))).toBe(true);
  expect(await node.refused(4, 'status')).toMatchObject({ code: 'cli.no_node' });
  await node.start();
});

test('a data folder that is a file, or lies where nothing can be written', async () => {
  const file = join(pc.dir, 'a-file');
  writeFileSync(file, 'kept');
  expect(await refusedUp(file)).toContain(file);
  expect(readFileSync(file, 'utf8')).toBe('kept');
  const frozen = folder(pc, 'frozen');
  expect((await pc.run(['mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', frozen])).code).toBe(0);
  expect(await refusedUp(join(frozen, 'data'))).toContain(frozen);
  expect((await pc.run(['umount', frozen])).code).toBe(0);
  expect(readdirSync(frozen)).toEqual([]);
});

test('a damaged identity is no reason to become somebody else', async () => {
  const data = folder(pc, 'damaged');
  writeFileSync(join(data, 'node.json'), '{"format":1');
  expect(await refusedUp(data)).toContain('node.json');
  expect(readdirSync(data)).toEqual(['node.json']);
});

test('idle, it is small', async () => {
  // Ten seconds after a start is what `npm run bench start` measures; here only that it is no multiple of it.
  const status = readFileSync(`/proc/${node.pid}/status`, 'utf8');
  const rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  console.log(`resident: ${rss.toFixed(0)} MiB`);
  expect(rss).toBeLessThan(300);
});

test('backup and restore: a new folder becomes the node of the same cloud', async () => {
  await node.must('course', 'add', 'Networks', '--places', '12');
  const before = await node.api<{ cloud: object; me: { id: string } }>('/status');
  const file = join(pc.dir, 'cloud.backup');
  await node.must('cloud', 'backup', file);
  // What comes after the backup is not in it.
  await node.must('course', 'add', 'Later', '--places', '12');
  const again = new TestNode(pc, { data: join(pc.dir, 'restored') });
  await again.must('cloud', 'restore', file);
  await node.interrupt();
  await again.start();
  expect(await again.api<object>('/status')).toMatchObject({ cloud: before.cloud, me: { id: before.me.id } });
  const courses = await again.must<{ name: string; places: number }[]>('course', 'ls');
  expect(courses.map(({ name, places }) => [name, places])).toEqual([['Networks', 12]]);
  expect(await again.interrupt()).toBe(0);
  // Neither a folder in use nor a file that is no backup does any harm.
  expect((await again.refused(1, 'cloud', 'restore', file)).code).toBeString();
  const broken = join(pc.dir, 'broken.backup');
  writeFileSync(broken, readFileSync(file).subarray(0, -20));
  const third = new TestNode(pc, { data: join(pc.dir, 'third') });
  expect((await third.refused(1, 'cloud', 'restore', broken)).code).toStartWith('backup.');
  expect(existsSync(third.data)).toBe(false);
});
