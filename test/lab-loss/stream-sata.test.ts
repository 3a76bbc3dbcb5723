/**
 * A guest without virtio drivers (V2, V3): a real Linux on a SATA disk whose image still comes. QEMU pauses and repeats reads of such a disk in another way than
 * of a virtio one, so what was seen there is seen here: the server killed, nobody sending, suspended and reset meanwhile, moved to the file.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { demoSpec, ready, serial } from '../support/demo-guest.ts';
import { type Host, openHost, stateOf } from '../support/hypervisor.ts';
import { ARRIVED, MovingGuest } from '../support/moving-guest.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { kill } from '../support/processes.ts';
import { StreamedImage, withNoise } from '../support/streamed.ts';
import { until } from '../support/until.ts';
import { openKeyboard } from '../support/vnc-keys.ts';

setDefaultTimeout(120_000);

const vm = 'sata1';
/** What the guest reads again and again, then what it reads once, and what it reads when nobody sends. */
const [AGAIN_MIB, ONCE_MIB, LATE_MIB] = [4, 24, 2];
let pc: Pc;
let host: Host;
let dataDir: string;
let image: StreamedImage;
let node: ReturnType<StreamedImage['node']>;
let noise: ReturnType<typeof withNoise>;

beforeAll(async () => {
  pc = await startPc('sata');
  dataDir = join(pc.dir, 'data');
  host = await openHost(pc, { dataDir });
  const demo = await demoSpec(pc, vm, { os: 'other' });
  const source = join(pc.dir, 'source.raw');
  noise = withNoise(demo.osDisk.backingFile ?? '', source, AGAIN_MIB, ONCE_MIB + LATE_MIB);
  image = await StreamedImage.make(dataDir, source);
  node = image.node(dataDir);
  const nbd = { ...node.streaming.servedAs(image.versionId) };
  await host.ensureCreated({ ...demo, osDisk: { backingFile: image.disk, virtualBytes: image.bytes, nbd } });
  await node.streaming.open(image.versionId);
  await host.startVm(vm);
});
afterAll(async () => {
  node?.kill();
  await host?.stop();
  await pc?.stop();
  for (const pid of node?.pids ?? []) kill(pid);
});

async function typed(line: string): Promise<void> {
  const keyboard = await openKeyboard(host.vncSocket(vm));
  await keyboard.line(line);
  keyboard.close();
}

/** What the node's agent does: a VM that its disk paused is let go on until that holds. */
async function goOn(): Promise<void> {
  if ((await stateOf(host, vm)) === 'paused-io-error') await host.resumePaused(vm).catch(() => {});
}

/** The next transfer, in the next life of the node. */
function nodeAgain(): void {
  node.kill();
  const pids = [...node.pids];
  node = image.node(dataDir);
  node.pids.push(...pids);
  node.streaming.keep(image.versionId);
}

const read = (fromMiB: number, mib: number) =>
  `dd if=/dev/sda bs=64k skip=${(noise.skipMiB + fromMiB) * 16} count=${mib * 16} iflag=direct 2>/dev/null | md5sum > /dev/ttyS0`;
const sums = () => [...serial(host, vm).matchAll(/^([0-9a-f]{32}) /gm)].map((match) => match[1]);
const late = () => read(AGAIN_MIB + ONCE_MIB, LATE_MIB);

// One guest lives through all of it, in this order.
test('V2 V3 it boots from a SATA disk while its image comes', async () => {
  await ready(host, vm);
  expect(serial(host, vm)).not.toContain('no disk for /home');
  expect(image.isWhole).toBe(false);
  await typed('ls /dev/vda /dev/sda > /dev/ttyS0 2>/dev/null');
  await until('its disk is sda', () => /^\/dev\/sda/m.test(serial(host, vm)));
  expect(serial(host, vm)).not.toContain('/dev/vda\r\n');
});

test('kill -9 of the serving process while it reads: not one wrong byte, not one error', async () => {
  const from = image.demanded.length;
  await typed(read(AGAIN_MIB, ONCE_MIB));
  let killed = 0;
  await until(
    'it has read',
    async () => {
      await goOn();
      if (killed < 3 && image.demanded.length >= from + (killed + 1) * 4) {
        killed++;
        kill(node.pids.at(-1) ?? 0);
      }
      return sums().length === 1;
    },
    90_000,
  );
  expect(killed).toBe(3);
  expect(sums()).toEqual([image.md5(noise.skipMiB + AGAIN_MIB, ONCE_MIB)]);
});

test('nobody sends any more: it stands still, is suspended and resumed so, and goes on when they are back', async () => {
  image.flows = false;
  await typed(late());
  await until('it stands still', async () => (await stateOf(host, vm)) === 'paused-io-error', 30_000);
  await host.suspendVm(vm);
  await host.startVm(vm);
  await until('it stands still again', async () => (await stateOf(host, vm)) === 'paused-io-error', 30_000);
  expect(sums()).toHaveLength(1);
  image.flows = true;
  nodeAgain();
  await until(
    'it has read',
    async () => {
      await goOn();
      return sums().length === 2;
    },
    60_000,
  );
  expect(sums()[1]).toBe(image.md5(noise.skipMiB + AGAIN_MIB + ONCE_MIB, LATE_MIB));
  expect(serial(host, vm)).not.toContain('I/O error');
});

test('V4 it waits for what nobody sends and is reset: it comes up again from what is here', async () => {
  image.complete();
  const chunks = image.forget(noise.skipMiB + AGAIN_MIB + ONCE_MIB, LATE_MIB);
  node.streaming.lost(image.versionId, chunks);
  image.flows = false;
  await typed(late());
  await until('it stands still', async () => (await stateOf(host, vm)) === 'paused-io-error', 30_000);
  await host.resetVm(vm);
  await ready(host, vm, 2);
});

test('it is moved to the file, and sees nothing of it', async () => {
  nodeAgain();
  image.complete();
  const folder = join(dataDir, 'vms', vm);
  const guest = new MovingGuest({
    ...{ pc, domain: `labmesh-${vm}`, folder, device: 'sda', type: typed },
    serial: () => serial(host, vm),
    read: { ...noise, countMiB: AGAIN_MIB },
  });
  const from = serial(host, vm).length;
  await guest.begin();
  await until('it is on the file', () => host.leaveStream(vm, image.disk), 30_000);
  await guest.goesOn(from);
  expect(await guest.leftovers()).toEqual(ARRIVED);
});
