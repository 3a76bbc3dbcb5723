/**
 * A lab on a PC that holds nothing of its image, while everything on the way there is killed or cut: the node, the process that serves the image, the
 * line to the only PC that has it. The guest reads bytes without order and sums them up.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lab, nameOf } from '../support/lab.ts';
import { demoImage, type VmJson } from '../support/node.ts';
import { kill } from '../support/processes.ts';
import { withNoise } from '../support/streamed.ts';
import { until } from '../support/until.ts';
import { openKeyboard } from '../support/vnc-keys.ts';

setDefaultTimeout(240_000);
const LONG_MS = 120_000;
/** The third only votes: a PC that is cut off from the holder still has a cloud to tell. */
const [HOLDER, NEWCOMER, VOTER] = [0, 1, 2];
/** So slow that the noise takes longer to come than the guest to boot. */
const MBITS = 40;
const NOISE_MIB = 64;
let lab: Lab;
let noise: { md5: string; skipMiB: number };
let vm: VmJson;

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [HOLDER, NEWCOMER] });
  const demo = join(lab.pc(HOLDER).dir, 'demo.raw');
  copyFileSync(demoImage(), `${demo}.qcow2`);
  await lab.pc(HOLDER).run(['qemu-img', 'convert', '-O', 'raw', `${demo}.qcow2`, demo]);
  const file = join(lab.pc(HOLDER).dir, 'noise.raw');
  noise = withNoise(demo, file, NOISE_MIB);
  for (const index of [HOLDER, NEWCOMER]) lab.shape(index, MBITS);
  await lab.form();
  await lab.cli(HOLDER, ['setting', 'set', 'image.copies', '1']);
  await lab.cli(HOLDER, ['image', 'import', file, '--name', 'noise', '--os', 'linux', '--shared', '--raw']);
});
afterAll(() => lab?.close());

const data = () => lab.node(NEWCOMER).data;
const serial = () => readFileSync(join(data(), 'vms', vm.id, 'serial.log'), 'utf8');
const sums = () => [...serial().matchAll(/^([0-9a-f]{32}) /gm)].map((match) => match[1]);
const seen = () => lab.node(NEWCOMER).vm('lab');

/** The process that serves images on the PC of the lab. */
function serving(): number {
  const pid = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        return words.includes('_serve-images') && words.includes(data());
      } catch {
        return false;
      }
    });
  return Number(pid ?? 0);
}

async function typed(line: string): Promise<void> {
  const keyboard = await openKeyboard(join(data(), 'vms', vm.id, 'run', 'vnc.sock'));
  await keyboard.line(line);
  keyboard.close();
}

test('V3 it runs while its image comes, and says so', async () => {
  const options = ['--on', nameOf(NEWCOMER), '--name', 'lab', '--size', 'Linux small'];
  vm = await lab.cli<VmJson>(NEWCOMER, ['vm', 'start', '--image', 'noise', ...options]);
  expect(vm.state).toBe('running');
  expect(serving()).toBeGreaterThan(0);
  const told = await until('it says so', async () => (await seen()).cause);
  expect(told).toMatchObject({ code: 'vm.image_coming' });
  await until('it is up', () => serial().includes('labmesh-demo ready'), LONG_MS);
});

test('GF6 the node and the serving process are killed while the guest reads: no error, no wrong byte', async () => {
  await typed(
    `echo reading > /dev/ttyS0; dd if=/dev/vda bs=64k skip=${noise.skipMiB * 16} count=${NOISE_MIB * 16} | md5sum > /dev/ttyS0`,
  );
  await until('it reads', () => serial().includes('reading'), LONG_MS);
  kill(serving());
  await until('another serves', () => serving() > 0, LONG_MS);
  await lab.kill9(NEWCOMER);
  const server = serving();
  expect(server).toBeGreaterThan(0); // it outlives the node
  await lab.startNode(NEWCOMER);
  expect(serving()).toBe(server);
  await lab.kill9(NEWCOMER);
  kill(serving());
  await lab.startNode(NEWCOMER);
});

test('GF9 the only PC that has it is cut off: the guest waits, its page says for whom, and it goes on', async () => {
  lab.cut({ a: [HOLDER], b: [NEWCOMER, VOTER] });
  try {
    const isRead = sums().length > 0;
    if (!isRead) {
      const waiting = await until(
        'it says what it waits for',
        async () => {
          const { cause } = await seen();
          return cause?.code === 'vm.image_waits' && cause.message.includes(nameOf(HOLDER)) && cause;
        },
        LONG_MS,
      );
      console.log(waiting.message);
      expect(sums()).toEqual([]);
    }
  } finally {
    lab.heal();
  }
  await until('it has read everything', () => sums().length === 1, LONG_MS);
  expect(sums()).toEqual([noise.md5]);
  expect(serial()).not.toContain('I/O error');
});

test('V3 once all is here it is on the file, and needs nobody', async () => {
  const folder = join(data(), 'vms', vm.id);
  await until(
    'it is on the file',
    async () =>
      !existsSync(join(folder, 'os-stream.qcow2')) &&
      existsSync(join(folder, 'os.qcow2')) &&
      (await seen()).cause === null,
    LONG_MS,
  );
  kill(serving());
  await typed('dd if=/dev/vda bs=64k skip=640 count=400 | md5sum > /dev/ttyS0');
  await until('it reads on', () => sums().length === 2, LONG_MS);
  expect((await seen()).state).toBe('running');
  await lab.cli(NEWCOMER, ['vm', 'rm', 'lab']);
  expect(existsSync(folder)).toBe(false);
});
