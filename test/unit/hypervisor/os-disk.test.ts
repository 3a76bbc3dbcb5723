/** A VM's disk between server and file: whatever point a move was cut off at, the next start finds the true one, and only that. */
import { afterAll, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureOverlay, ensureStreamOverlay } from '../../../src/hypervisor/disks/disks.ts';
import { ensureOsDisk } from '../../../src/hypervisor/disks/os-disk.ts';

const MiB = 2 ** 20;
const dir = mkdtempSync(join(tmpdir(), 'labmesh-os-disk-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const [local, stream, image] = [join(dir, 'os.qcow2'), join(dir, 'os-stream.qcow2'), join(dir, 'disk.raw')];
const nbd = { socket: join(dir, 'nbd.sock'), name: '01ARZ3NDEKTSV4RRFFQ69G5FAV' };

beforeEach(() => {
  for (const file of [local, stream]) rmSync(file, { force: true });
  writeFileSync(image, Buffer.alloc(MiB));
});

function tool(...command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout.toString();
}
const backingOf = (file: string): string =>
  JSON.parse(tool('qemu-img', 'info', '--output=json', '-U', file))['backing-filename'];
/** What a guest wrote, without asking what lies beneath. */
const mark = (file: string, byte: number) =>
  tool(
    'qemu-io',
    '-c',
    `write -P ${byte} 0 512`,
    `json:{"driver":"qcow2","backing":null,"file.filename":"${file}"}`,
  );
const isMarked = (file: string, byte: number) =>
  !tool(
    'qemu-io',
    '-r',
    '-c',
    `read -P ${byte} 0 512`,
    `json:{"driver":"qcow2","backing":null,"file.filename":"${file}"}`,
  ).includes('Pattern verification failed');

const toFile = { file: local, other: stream, image, nbd: null, virtualBytes: MiB };
const toServer = { file: stream, other: local, image, nbd, virtualBytes: MiB };

test('a new one over the server asks nobody, and names format and server', async () => {
  await ensureOsDisk({ ...toServer, defined: null });
  expect(backingOf(stream)).toContain(nbd.name);
  expect(existsSync(local)).toBe(false);
});

test('once the image is whole the disk is the same, over the file', async () => {
  await ensureStreamOverlay(stream, nbd, MiB);
  mark(stream, 7);
  await ensureOsDisk({ ...toFile, defined: stream });
  expect([existsSync(stream), backingOf(local), isMarked(local, 7)]).toEqual([false, image, true]);
  await ensureOsDisk({ ...toFile, defined: stream }); // cut off before it was defined anew
  expect(isMarked(local, 7)).toBe(true);
});

test('GF12 cut off while it was copied: the half copy goes', async () => {
  await ensureStreamOverlay(stream, nbd, MiB);
  mark(stream, 7);
  await ensureOverlay(local, image, MiB);
  await ensureOsDisk({ ...toFile, defined: stream });
  expect([existsSync(stream), isMarked(local, 7)]).toEqual([false, true]);
});

test('GF12 cut off after the VM went over: what it left behind goes', async () => {
  await ensureStreamOverlay(stream, nbd, MiB);
  await ensureOverlay(local, image, MiB);
  mark(local, 9);
  await ensureOsDisk({ ...toFile, defined: local });
  expect([existsSync(stream), isMarked(local, 9)]).toEqual([false, true]);
});

test('I2 an image that is damaged now is read through the server again, with what the guest wrote', async () => {
  await ensureOverlay(local, image, MiB);
  mark(local, 5);
  await ensureOsDisk({ ...toServer, defined: local });
  expect([existsSync(local), isMarked(stream, 5)]).toEqual([false, true]);
  expect(backingOf(stream)).toContain(nbd.name);
});
