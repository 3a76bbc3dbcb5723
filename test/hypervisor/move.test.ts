/**
 * kill -9 of the node at every single step of a VM's move from the served image to the file (V3, GF12, GF13): a real Linux that reads and counts meanwhile sees
 * nothing of it, and the node that comes next finishes the move and clears away.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { demoSpec, ready, serial } from '../support/demo-guest.ts';
import { type Host, openHost, stateOf } from '../support/hypervisor.ts';
import { LibvirtTap } from '../support/libvirt-tap.ts';
import { ARRIVED, MovingGuest, STEPS } from '../support/moving-guest.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { kill } from '../support/processes.ts';
import { StreamedImage, withNoise } from '../support/streamed.ts';
import { openKeyboard } from '../support/vnc-keys.ts';

setDefaultTimeout(120_000);

const vm = 'moving1';
const NOISE_MIB = 4;
let pc: Pc;
let host: Host;
let tap: LibvirtTap;
let image: StreamedImage;
let node: ReturnType<StreamedImage['node']>;
let guest: MovingGuest;

beforeAll(async () => {
  pc = await startPc('move');
  const dataDir = join(pc.dir, 'data');
  host = await openHost(pc, { dataDir });
  const demo = await demoSpec(pc, vm);
  const source = join(pc.dir, 'source.raw');
  const noise = withNoise(demo.osDisk.backingFile ?? '', source, NOISE_MIB);
  image = await StreamedImage.make(dataDir, source);
  node = image.node(dataDir);
  tap = await LibvirtTap.open(pc.socket, join(pc.dir, 'tap.sock'));
  const nbd = { ...node.streaming.servedAs(image.versionId) };
  const osDisk = { backingFile: image.disk, virtualBytes: image.bytes, nbd };
  await host.ensureCreated({ ...demo, osDisk });
  await node.streaming.open(image.versionId);
  await host.startVm(vm);
  await ready(host, vm);
  image.complete();
  guest = new MovingGuest({
    ...{ pc, domain: `labmesh-${vm}`, folder: join(dataDir, 'vms', vm) },
    serial: () => serial(host, vm),
    type: async (line) => {
      const keyboard = await openKeyboard(host.vncSocket(vm));
      await keyboard.line(line);
      keyboard.close();
    },
    read: { ...noise, countMiB: NOISE_MIB },
  });
  await guest.begin();
  await guest.keep();
});
afterAll(async () => {
  await tap?.close();
  node?.kill();
  await host?.stop();
  await pc?.stop();
  for (const pid of node?.pids ?? []) kill(pid);
});

/** The node's part, as a process. */
function mover(): Bun.Subprocess<'ignore', 'pipe', 'inherit'> {
  const script = join(import.meta.dir, '../support/mover.ts');
  const words = [join(pc.dir, 'tap.sock'), join(pc.dir, 'data'), vm, image.disk];
  return Bun.spawn([process.execPath, script, ...words], {
    stdout: 'pipe',
    stderr: 'inherit',
    stdin: 'ignore',
  });
}

async function moved(): Promise<void> {
  const child = mover();
  expect(await new Response(child.stdout).text()).toBe('moved\n');
}

test.each(Object.entries(STEPS))('GF12 GF13 the node is killed: %s', async (_, point) => {
  await node.streaming.open(image.versionId); // nobody read from it since the last step
  const from = await guest.putBack();
  const first = mover();
  const reached = tap.stopAt(point, () => first.kill('SIGKILL'));
  await first.exited;
  tap.disarm();
  await Promise.race([reached, Promise.reject(new Error('it was never there'))]);
  await moved();
  await guest.goesOn(from);
  expect(await guest.leftovers()).toEqual(ARRIVED);
});

test('V4 it is suspended before another node came to finish the move, and is moved after it was resumed', async () => {
  await node.streaming.open(image.versionId);
  const from = await guest.putBack();
  const first = mover();
  const reached = tap.stopAt(STEPS['the guest stands still'], () => first.kill('SIGKILL'));
  await first.exited;
  await reached;
  await host.suspendVm(vm);
  expect(await stateOf(host, vm)).toBe('off');
  await node.streaming.open(image.versionId);
  await host.startVm(vm);
  await moved();
  await guest.goesOn(from);
  expect(await guest.leftovers()).toEqual(ARRIVED);
});
