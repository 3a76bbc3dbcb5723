/**
 * kill -9 of the node at every single step of a VM's move from the served image to the file (V3, GF12, GF13), with the whole node: it is killed there, comes
 * back, finishes the move, ends the serving process and says nothing more. The guest reads and counts meanwhile.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { copyFileSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { servingSockets } from '../../src/node/imaging/streaming-sockets.ts';
import { Lab, nameOf } from '../support/lab.ts';
import { LibvirtTap } from '../support/libvirt-tap.ts';
import { ARRIVED, MovingGuest, STEPS } from '../support/moving-guest.ts';
import { binary, demoImage, type VmJson } from '../support/node.ts';
import { commandLine, kill } from '../support/processes.ts';
import { withNoise } from '../support/streamed.ts';
import { until } from '../support/until.ts';
import { openKeyboard } from '../support/vnc-keys.ts';

setDefaultTimeout(240_000);
const LONG_MS = 120_000;
/** The third only votes: the others agree on things while the node of the guest is away. */
const [HOLDER, NEWCOMER] = [0, 1];
/** So slow that the image is still on its way when the guest is up. */
const MBITS = 8;
const NOISE_MIB = 64;
/** What the guest reads without end: the beginning of the noise. */
const READ_MIB = 4;
let lab: Lab;
let tap: LibvirtTap;
let guest: MovingGuest;
let vm: VmJson;

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [HOLDER, NEWCOMER] });
  const socket = lab.pc(NEWCOMER).socket;
  renameSync(socket, `${socket}.real`);
  tap = await LibvirtTap.open(`${socket}.real`, socket);
  const demo = join(lab.pc(HOLDER).dir, 'demo.raw');
  copyFileSync(demoImage(), `${demo}.qcow2`);
  await lab.pc(HOLDER).run(['qemu-img', 'convert', '-O', 'raw', `${demo}.qcow2`, demo]);
  const file = join(lab.pc(HOLDER).dir, 'noise.raw');
  const noise = withNoise(demo, file, READ_MIB, NOISE_MIB - READ_MIB);
  await lab.form();
  await lab.cli(HOLDER, ['setting', 'set', 'image.copies', '1']);
  await lab.cli(HOLDER, ['image', 'import', file, '--name', 'noise', '--os', 'linux', '--shared', '--raw']);
  for (const index of [HOLDER, NEWCOMER]) lab.shape(index, MBITS);
  const options = ['--on', nameOf(NEWCOMER), '--name', 'lab', '--size', 'Linux small'];
  vm = await lab.cli<VmJson>(NEWCOMER, ['vm', 'start', '--image', 'noise', ...options]);
  const folder = join(data(), 'vms', vm.id);
  const serial = () => readFileSync(join(folder, 'serial.log'), 'utf8');
  await until('it is up', () => serial().includes('labmesh-demo ready'), LONG_MS);
  guest = new MovingGuest({
    ...{ pc: lab.pc(NEWCOMER), domain: `labmesh-${vm.id}`, folder, serial },
    type: async (line) => {
      const keyboard = await openKeyboard(join(folder, 'run', 'vnc.sock'));
      await keyboard.line(line);
      keyboard.close();
    },
    read: { ...noise, countMiB: READ_MIB },
  });
  await guest.begin();
  expect((await seen()).cause).toMatchObject({ code: 'vm.image_coming' });
  await lab.kill9(NEWCOMER);
  await guest.keep();
  for (const index of [HOLDER, NEWCOMER]) lab.shape(index, 1000);
});
afterAll(async () => {
  await tap?.close();
  await lab?.close();
});

const data = () => lab.node(NEWCOMER).data;
const seen = () => lab.node(NEWCOMER).vm('lab');

/** The process that serves images on the PC of the guest. */
function serving(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const words = commandLine(pid);
      return words.includes('_serve-images') && words.includes(data());
    });
}

/** As the node does it. */
async function serve(): Promise<void> {
  const { nbd, control } = servingSockets(data());
  for (const pid of serving()) kill(pid);
  const command = lab.pc(NEWCOMER).argv([binary(), '_serve-images', data(), nbd, control]);
  Bun.spawn(command, { stdio: ['ignore', 'ignore', 'ignore'] });
  await until('it serves', async () => {
    const socket = await Bun.connect({ unix: nbd, socket: { data() {} } }).catch(() => null);
    socket?.end();
    return socket;
  });
}

test.each(Object.entries(STEPS))('GF12 GF13 the node is killed: %s', async (_, point) => {
  await lab.kill9(NEWCOMER);
  await serve();
  const from = await guest.putBack();
  const node = lab.node(NEWCOMER);
  let isKilled = false;
  const reached = tap.stopAt(point, () => {
    isKilled = true;
    kill(node.pid);
  });
  // It may fall before it has said that it is up.
  await Promise.race([lab.startNode(NEWCOMER).catch(() => {}), reached]);
  await Promise.race([reached, Bun.sleep(LONG_MS)]);
  expect(isKilled).toBe(true);
  await lab.kill9(NEWCOMER);
  await lab.startNode(NEWCOMER);
  await until('it says nothing more', async () => {
    const { state, cause } = await seen();
    return state === 'running' && cause === null;
  });
  await until('it arrives', async () => Bun.deepEquals(await guest.leftovers(), ARRIVED)).catch(() => {});
  expect(await guest.leftovers()).toEqual(ARRIVED);
  await guest.goesOn(from);
});

test('GF12 nobody reads from the serving process any more: it ends', async () => {
  await until('it ends', () => serving().length === 0, LONG_MS);
});
