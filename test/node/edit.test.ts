/**
 * An image changed in a real guest, published, and gone back from (I7, I8, I9); then the node is killed at every step of a publication. The
 * demo guest counts its starts on its disk and tells the count: what is in a version can be heard.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { demoImage, type Problem, TestNode, type VmJson } from '../support/node.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { until } from '../support/until.ts';

// A guest boots in 8 s under emulation on an idle PC, five times slower where others compute.
setDefaultTimeout(240_000);
let pc: Pc;
let node: TestNode;

interface ImageJson {
  id: string;
  name: string;
  version: number;
  edit: { user: { name: string }; vm: { id: string; name: string } } | null;
}
interface OperationJson {
  id: string;
  kind: string;
  state: string;
  error: Problem | null;
}
interface VersionJson {
  id: string;
  number: number;
  current: boolean;
  parent: number | null;
  newBytes: number;
  storedBytes: number;
}

beforeAll(async () => {
  const image = demoImage();
  pc = await startPc('edit');
  node = new TestNode(pc);
  await node.startHosting();
  await node.must('image', 'import', image, '--name', 'demo', '--os', 'linux');
  // Old versions are deleted after a while; these tests go back to the first one again and again.
  await node.must('setting', 'set', 'image.keep_versions', '100');
});
afterAll(() => pc?.stop());

const show = () => node.must<ImageJson>('image', 'show', 'demo');
const versions = () => node.must<VersionJson[]>('image', 'versions', 'demo');

async function untilBooted(name: string, starts: number): Promise<void> {
  const told = async () =>
    [...(await node.serial(name)).matchAll(/started (\d+) time/g)].map((found) => Number(found[1])).at(-1);
  await until(`${name} says that it started ${starts} times`, async () => (await told()) === starts, 100_000);
}

/** Starts a lab of the image, waits for its word on how often it was started, and deletes it. */
async function expectStarts(starts: number): Promise<void> {
  await node.must('vm', 'start', '--image', 'demo', '--name', 'probe', '--clean');
  await untilBooted('probe', starts);
  await node.must('vm', 'rm', 'probe');
}

test('edit, publish: what the guest wrote is in the next version, the old lab keeps its own', async () => {
  await node.must('vm', 'start', '--image', 'demo', '--name', 'old');
  await untilBooted('old', 1);
  const edit = await node.must<VmJson>('image', 'edit', 'demo');
  expect(edit).toMatchObject({ name: 'demo edit', state: 'running', image: 'demo' });
  await untilBooted('demo edit', 1);
  // GF40: the second one is told who.
  expect(await node.refused(3, 'image', 'edit', 'demo')).toMatchObject({
    code: 'image.edited',
    data: { user: 'admin', vm: 'demo edit' },
  });
  // It runs: its guest is asked to shut down, and has written its count by then.
  expect(await node.must<ImageJson>('image', 'publish', 'demo edit', '--as', 'demo')).toMatchObject({
    version: 2,
    edit: null,
  });
  const [second, first] = await versions();
  expect(second).toMatchObject({ number: 2, current: true, parent: 1 });
  expect(second?.newBytes).toBeLessThan(0.5 * (first?.storedBytes ?? 0));
  console.log(`new in version 2: ${second?.newBytes} of ${first?.storedBytes} bytes`);
  await until('the edit is gone', async () => (await node.cli('vm', 'show', 'demo edit')).code === 3);
  await expectStarts(2);
  // Running labs keep their version, also when they start again.
  await node.must('vm', 'stop', 'old');
  await node.must('vm', 'start', 'old');
  await untilBooted('old', 2);
  await node.must('vm', 'stop', 'old');
});

test('back to the first version, and forward again', async () => {
  await node.must('image', 'use', 'demo', '1');
  await expectStarts(1);
  await node.must('image', 'use', 'demo', '2');
  expect(await show()).toMatchObject({ version: 2 });
});

/** What a publication leaves on its way, as a script sees it from outside. */
interface Seen {
  /** The folder in which the version is made. */
  half: string | null;
  /** There is a version more than before. */
  whole: boolean;
  /** The log has it. */
  told: boolean;
}

const steps: [string, (seen: Seen) => boolean][] = [
  ['as soon as it is asked for', () => true],
  ['when its folder is made', ({ half }) => half !== null],
  ['when bytes are there', ({ half }) => half !== null && blocksOf(join(half, 'disk.raw')) > 0],
  ['when the disk is durable', ({ half }) => half !== null && existsSync(join(half, 'present.bitmap'))],
  ['when its manifest is written', ({ half }) => half !== null && existsSync(join(half, 'manifest.json'))],
  ['when the version is there', ({ whole }) => whole],
  ['when it is told', ({ told }) => told],
];

function blocksOf(file: string): number {
  return existsSync(file) ? statSync(file).blocks : 0;
}

const images = () => join(node.data, 'images');
const wholeIds = () => readdirSync(images()).filter((name) => !name.startsWith('.'));

/** Looks every millisecond: most of these moments are short. What it met when it struck is told, as it may be a later one. */
async function killWhen(had: number, number: number, reached: (seen: Seen) => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const half = readdirSync(images()).find((name) => name.startsWith('.import-'));
    const whole = wholeIds().length > had;
    const told = whole && (await node.api<ImageJson>('/images/writer')).version === number;
    const seen = { half: half === undefined ? null : join(images(), half), whole, told };
    if (told || reached(seen)) {
      await node.kill9();
      console.log(`killed: half ${half !== undefined}, whole ${whole}, told ${told}`);
      return;
    }
    if (Date.now() > deadline) throw new Error('the moment did not come within a minute');
    await Bun.sleep(1);
  }
}

test.each(steps)(
  'GF10 GF12 GF26 killed while it publishes, %s: the old or the new version is whole, and nothing is lost',
  async (_when, reached) => {
    if (!(await node.must<ImageJson[]>('image', 'ls')).some((one) => one.name === 'writer'))
      await node.importGuest('writer');
    await node.must('image', 'use', 'writer', '1');
    const [newest] = await node.must<VersionJson[]>('image', 'versions', 'writer');
    const number = (newest?.number ?? 0) + 1;
    const edit = await node.must<VmJson>('image', 'edit', 'writer');
    const disk = join(node.data, 'vms', edit.id, 'os.qcow2');
    await until('the guest has written', () => blocksOf(disk) * 512 > 8 * 2 ** 20);
    await node.must('vm', 'stop', edit.id, '--force');
    const kept = join(pc.dir, 'kept.qcow2');
    copyFileSync(disk, kept);
    const had = wholeIds().length;
    const { operation } = await node.post<{ operation: OperationJson }>(`/vms/${edit.id}/publish`, {
      as: 'writer',
    });
    await killWhen(had, number, reached);
    // Nothing half under a version's name, and the disk as it was unless the log let it go.
    for (const id of wholeIds()) expect(existsSync(join(images(), id, 'manifest.json'))).toBe(true);
    if (existsSync(disk)) expect(readFileSync(disk).equals(readFileSync(kept))).toBe(true);
    await node.startHosting();
    // The node that starts anew brings it to its end.
    const ended = await until('the publication has ended', async () => {
      const now = await node.api<OperationJson>(`/operations/${operation.id}`);
      return now.state !== 'running' && now;
    });
    expect(ended).toMatchObject({ state: 'done', error: null });
    expect(await node.api<ImageJson>('/images/writer')).toMatchObject({ version: number, edit: null });
    expect(readdirSync(images()).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await node.must('image', 'verify', 'writer')).toMatchObject({ damaged: [] });
    const [made] = await node.must<VersionJson[]>('image', 'versions', 'writer');
    const file = join(images(), made?.id ?? '', 'disk.raw');
    const compared = await pc.run(['qemu-img', 'compare', '-f', 'raw', '-F', 'qcow2', file, kept]);
    expect(compared).toMatchObject({ code: 0 });
    await until('the lab of the edit is gone', () => !existsSync(disk));
  },
);

test('what was installed from an ISO becomes an image of its own, and the lab stays', async () => {
  const folder = join(pc.dir, 'cd');
  mkdirSync(folder);
  writeFileSync(join(folder, 'readme'), 'an installation disc');
  expect(await pc.run(['genisoimage', '-quiet', '-o', join(pc.dir, 'cd.iso'), folder])).toMatchObject({
    code: 0,
  });
  await node.must('image', 'import', join(pc.dir, 'cd.iso'), '--name', 'disc', '--os', 'linux');
  expect(await node.refused(3, 'image', 'edit', 'disc')).toMatchObject({ code: 'image.edit_cd' });
  const vm = await node.must<VmJson>('vm', 'start', '--image', 'disc', '--name', 'installing');
  await node.must('vm', 'stop', 'installing', '--force');
  // The installer's part: something on the empty disk.
  const disk = join(node.data, 'vms', vm.id, 'os.qcow2');
  expect(await pc.run(['qemu-io', '-c', 'write -P 7 1M 3M', disk])).toMatchObject({ code: 0 });
  const made = await node.must<ImageJson>('image', 'publish', 'installing', '--as', 'installed');
  expect(made).toMatchObject({ name: 'installed', version: 1, edit: null });
  const [version] = await node.must<VersionJson[]>('image', 'versions', 'installed');
  expect(version).toMatchObject({ parent: null, newBytes: 3 * 2 ** 20 });
  const file = join(images(), version?.id ?? '', 'disk.raw');
  expect(await pc.run(['qemu-img', 'compare', '-f', 'raw', '-F', 'qcow2', file, disk])).toMatchObject({
    code: 0,
  });
  expect(await node.vm('installing')).toMatchObject({ state: 'stopped' });
  await node.must('vm', 'start', '--image', 'installed', '--name', 'fresh');
  await node.must('vm', 'rm', 'fresh');
});

test('GF15 an edit in which nothing was changed gives no version and is still there, until it is given up', async () => {
  await node.importGuest('ticker');
  const edit = await node.must<VmJson>('image', 'edit', 'ticker');
  const failed = await node.refused(1, 'image', 'publish', edit.name, '--as', 'ticker', '--force');
  expect(failed.code).toBe('image.unchanged');
  expect(await node.must('image', 'show', 'ticker')).toMatchObject({
    version: 1,
    edit: { vm: { id: edit.id } },
  });
  expect(await node.must('image', 'abandon', 'ticker')).toMatchObject({ version: 1, edit: null });
  await until('its disk is gone', () => !existsSync(join(node.data, 'vms', edit.id)));
});
