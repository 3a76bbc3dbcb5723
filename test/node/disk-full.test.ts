/** The disk with the data folder fills: during an import, and during a VM's life. */
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Problem, TestNode } from '../support/node.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(90_000);
const MIB = 1024 * 1024;
/** What the file system keeps for root, as ext4 does by default: the node may use it, QEMU runs as another user. */
const RESERVE = 64 * MIB;
const outer = mkdtempSync(join(tmpdir(), 'labmesh-small-disk-'));
const mount = join(outer, 'disk');
const ballast = join(mount, 'ballast');
let pc: Pc;
let node: TestNode;
let big: string;

function must(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}

beforeAll(async () => {
  // Sparse: large enough to be promised to a VM, and filled in an instant.
  const file = join(outer, 'disk.img');
  must('truncate', '-s', '24G', file);
  must('mkfs.ext4', '-q', '-b', '4096', '-E', 'lazy_itable_init=1,lazy_journal_init=1', file);
  must('tune2fs', '-r', String(RESERVE / 4096), file);
  must('mkdir', '-m', '0755', mount);
  must('chmod', '0755', outer);
  must('mount', '-o', 'loop', file, mount); // before the PC starts, so that both see it
  pc = await startPc('full');
  big = join(pc.dir, 'big.img');
  const disk = new Uint8Array(256 * MIB);
  for (let at = 0; at < disk.length; at += 65_536) crypto.getRandomValues(disk.subarray(at, at + 65_536));
  disk.set([0x55, 0xaa], 510);
  writeFileSync(big, disk);
  node = new TestNode(pc, { data: join(mount, 'data') });
  await node.startHosting();
  await node.importGuest('writer');
});
afterAll(async () => {
  await pc?.stop();
  Bun.spawnSync(['umount', mount]);
  rmSync(outer, { recursive: true, force: true });
});

afterEach(makeRoom);

/** Leaves about so many bytes free; the file system's own needs make it less by a little. */
function fillBut(bytes: number): void {
  const { bavail, bsize } = statfsSync(mount);
  must('fallocate', '-l', String(bavail * bsize - bytes - 16 * MIB), ballast);
}

/** Takes the last byte, in pieces: what others write meanwhile is not there to be taken. */
function fill(): void {
  fillBut(64 * MIB);
  Bun.spawnSync(['dd', 'if=/dev/zero', `of=${ballast}2`, 'bs=4k']);
}

function makeRoom(): void {
  rmSync(ballast, { force: true });
  rmSync(`${ballast}2`, { force: true });
}

/** The VM runs and nothing is said against it: the agent clears a cause within its tick. */
async function goesOn(): Promise<void> {
  await until(
    'it goes on',
    async () => {
      const { state, cause } = await node.vm('scribe');
      return state === 'running' && cause === null;
    },
    30_000,
  );
}

function images(): string[] {
  return readdirSync(join(node.data, 'images'), { recursive: true }).map(String).sort();
}

test('GF24 an image that does not fit is refused before anything moves', async () => {
  const before = images();
  fillBut(100 * MIB);
  const refusal = await node.refused(1, 'image', 'import', big, '--name', 'big');
  expect(refusal.code).toMatch(/^images\..*(full|space|room)/);
  expect(images()).toEqual(before);
  makeRoom();
});

test('GF8 the disk fills during an import: it fails with a sentence, and leaves nothing', async () => {
  const before = images();
  const { id } = await node.must<{ id: string }>('image', 'import', big, '--name', 'big', '--no-wait');
  await until('the import has bytes', () => images().length > before.length);
  fill();
  const operation = await until(
    'its end',
    async () => {
      const seen = await node
        .api<{ state: string; error: Problem | null }>(`/operations/${id}`)
        .catch(() => null);
      if (images().length === before.length) makeRoom(); // the log can tell the end only where there is room for it
      return seen !== null && seen.state !== 'running' && seen;
    },
    40_000,
  );
  expect(operation.state).toBe('failed');
  expect(operation.error?.code).toMatch(/^images\..*full/);
  expect(images()).toEqual(before);
  expect((await node.must<{ name: string }[]>('image', 'ls')).map(({ name }) => name)).toEqual(['writer']);
  makeRoom();
});

test('a VM that is started on a full disk fails with that as the cause', async () => {
  fill();
  const { code } = await node.cli<Problem>('vm', 'start', '--image', 'writer', '--name', 'none');
  makeRoom();
  expect(code).not.toBe(0);
  const [vm] = await node.must<{ cause: Problem | null }[]>('vm', 'ls');
  // Where the log had no room either, there is no VM.
  if (vm !== undefined) {
    expect(vm.cause?.code).toBe('hypervisor.disk_full');
    await node.must('vm', 'rm', 'none');
  }
});

test('the disk fills while a VM writes: the VM waits, changes are refused with the reason, all goes on with room', async () => {
  const vm = await node.must<{ id: string }>('vm', 'start', '--image', 'writer', '--name', 'scribe');
  await node.untilSerialGrows('scribe');
  fill();
  const paused = async () => (await pc.run(['virsh', 'domstate', '--reason', `labmesh-${vm.id}`])).stdout;
  await until('QEMU has paused it', async () => (await paused()).startsWith('paused (I/O error)'));
  // The log is on the same disk: reading goes on, what would have to be kept is refused, never half kept.
  const refusal = await until('a change is refused', async () => {
    const answer = await node.cli<Problem>('course', 'add', `c${performance.now()}`, '--places', '9');
    return answer.code !== 0 && answer.json;
  });
  expect(refusal.code).toBe('log.disk_full');
  expect(refusal.hint.length).toBeGreaterThan(10);
  expect((await node.cli('vm', 'ls')).code).toBe(0);
  await until('the doctor says so', async () => {
    return (await node.text('doctor', '--json')).stdout.includes('doctor.disk_full');
  });
  makeRoom();
  await node.untilSerialGrows('scribe', 30_000);
  await until(
    'changes are taken again',
    async () => (await node.cli('course', 'add', 'after', '--places', '9')).code === 0,
  );
  await goesOn();
  expect(await node.serial('scribe')).not.toContain('E');
  await node.must('vm', 'rm', 'scribe');
});

test('short of room but not out of it, the cause is shown with the VM', async () => {
  // The guest fills what is free to it, some 20 MiB; the log lives on in what is kept for root.
  await node.must('vm', 'start', '--image', 'writer', '--name', 'scribe');
  fillBut(4 * MIB);
  const waiting = await until(
    'the cause',
    async () => {
      const vm = await node.vm('scribe');
      return vm.cause !== null && vm;
    },
    60_000,
  );
  makeRoom();
  expect(waiting).toMatchObject({ state: 'running', cause: { code: 'vm.disk_full' } });
  await goesOn();
  await node.must('vm', 'rm', 'scribe');
  expect(readdirSync(join(node.data, 'vms'))).toEqual([]);
});
