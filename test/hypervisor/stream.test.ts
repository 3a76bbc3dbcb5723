/**
 * A real Linux that boots from an image of which nothing is here yet, by a serving process that is killed again and again: the guest reads every byte
 * right, and goes over to the file once that is whole.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VmSpec } from '../../src/hypervisor/index.ts';
import { demoSpec, ready, serial } from '../support/demo-guest.ts';
import { type Host, openHost, stateOf } from '../support/hypervisor.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { StreamedImage, withNoise } from '../support/streamed.ts';
import { until } from '../support/until.ts';
import { openKeyboard } from '../support/vnc-keys.ts';

setDefaultTimeout(120_000);

const vm = 'streamed1';
const NOISE_MIB = 48;
let pc: Pc;
let host: Host;
let dataDir: string;
let image: StreamedImage;
let spec: VmSpec;
let node: ReturnType<StreamedImage['node']>;
let noise: { md5: string; skipMiB: number };

beforeAll(async () => {
  pc = await startPc('stream');
  dataDir = join(pc.dir, 'data');
  host = await openHost(pc, { dataDir });
  const demo = await demoSpec(pc, vm);
  const source = join(pc.dir, 'source.raw');
  noise = withNoise(demo.osDisk.backingFile ?? '', source, NOISE_MIB, 2);
  image = await StreamedImage.make(dataDir, source);
  node = image.node(dataDir);
  const nbd = { ...node.streaming.servedAs(image.versionId) };
  spec = { ...demo, osDisk: { backingFile: image.disk, virtualBytes: image.bytes, nbd } };
});
afterAll(async () => {
  node?.kill();
  await host?.stop();
  await pc?.stop();
  for (const pid of node?.pids ?? []) kill(pid);
});

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {} // it is gone already
}

/** What the node's agent does: a VM that its disk paused is let go on until that holds. */
async function goOn(): Promise<void> {
  if ((await stateOf(host, vm)) === 'paused-io-error') await host.resumePaused(vm).catch(() => {});
}

async function typed(line: string): Promise<void> {
  const keyboard = await openKeyboard(host.vncSocket(vm));
  await keyboard.line(line);
  keyboard.close();
}

const sums = () => [...serial(host, vm).matchAll(/^([0-9a-f]{32}) /gm)].map((match) => match[1]);
const readAll = () =>
  `dd if=/dev/vda bs=64k skip=${noise.skipMiB * 16} count=${NOISE_MIB * 16} | md5sum > /dev/ttyS0`;

// One guest lives through all of it, in this order.
test('V3 it boots while its image comes, and only what it reads was brought', async () => {
  await host.ensureCreated(spec);
  await node.streaming.open(image.versionId);
  await host.startVm(vm);
  await ready(host, vm);
  expect(await host.isStreamed(vm)).toBe(true);
  expect(image.isWhole).toBe(false);
  expect(image.demanded.length).toBeGreaterThan(10);
  expect(image.demanded.length).toBeLessThan(100);
});

test('kill -9 of the node and of the serving process while the guest reads: not one wrong byte, not one error', async () => {
  await typed(readAll());
  let killed = 0;
  const from = image.demanded.length;
  await until(
    'the guest has read everything',
    async () => {
      await goOn();
      // Each at another point of the reading: now the node with what it knew, now the server with what it held.
      if (killed < 6 && image.demanded.length >= from + (killed + 1) * 6) {
        killed++;
        if (killed % 2 === 1) kill(node.pids.at(-1));
        else {
          node.kill();
          const pids = [...node.pids];
          node = image.node(dataDir);
          node.pids.push(...pids);
          node.streaming.keep(image.versionId);
        }
      }
      return sums().length === 1;
    },
    90_000,
  );
  expect(sums()).toEqual([noise.md5]);
  expect(killed).toBe(6);
  expect(serial(host, vm)).not.toContain('I/O error');
});

test('nobody sends any more: the VM stands still, can be suspended so, and goes on when they are back', async () => {
  image.flows = false;
  const before = image.demanded.length;
  const unread = (noise.skipMiB + NOISE_MIB) * 16;
  await typed(`dd if=/dev/vda bs=64k skip=${unread} count=16 | md5sum > /dev/null; echo over > /dev/ttyS0`);
  await until('it waits', () => image.demanded.length > before);
  await until('it stands still', async () => (await stateOf(host, vm)) === 'paused-io-error', 30_000);
  await host.suspendVm(vm);
  await host.startVm(vm);
  expect(serial(host, vm)).not.toContain('over');
  image.flows = true;
  node.kill();
  const pids = [...node.pids];
  node = image.node(dataDir); // the next transfer
  node.pids.push(...pids);
  node.streaming.keep(image.versionId);
  await until(
    'it goes on',
    async () => {
      await goOn();
      return serial(host, vm).includes('over');
    },
    60_000,
  );
});

test('suspended and resumed it goes on where it was, from the served image', async () => {
  await typed('counter 0.2 > /dev/ttyS0');
  const counts = () => [...serial(host, vm).matchAll(/^counter (\d+) /gm)].length;
  await until('counting', () => counts() > 3);
  await host.suspendVm(vm);
  const before = counts();
  // Whole or not: what was saved names the server.
  await host.ensureCreated({ ...spec, epoch: 2 });
  expect(await host.leaveStream(vm, image.disk)).toBe(false);
  await host.startVm(vm);
  await until('more counting', () => counts() > before + 3);
  expect(serial(host, vm).split('labmesh-demo ready').length).toBe(2);
});

test('GF13 a move to the file that was cut off half way is finished by the next look', async () => {
  image.complete();
  const folder = join(dataDir, 'vms', vm);
  const [file, other] = [join(folder, 'os.qcow2'), join(folder, 'os-stream.qcow2')];
  const must = async (...command: string[]) => expect(await pc.run(command)).toMatchObject({ code: 0 });
  // A node began the copy, and ended when the guest stood still for the last step.
  const over = ['-b', image.disk, '-F', 'raw', file, String(image.bytes)];
  await must('qemu-img', 'create', '-q', '-f', 'qcow2', ...over);
  const job = ['blockcopy', `labmesh-${vm}`, 'vda', '--dest', file, '--format', 'qcow2'];
  await must('virsh', ...job, '--shallow', '--reuse-external', '--transient-job');
  await must('virsh', 'suspend', `labmesh-${vm}`);
  expect(await host.leaveStream(vm, image.disk)).toBe(false);
  await host.resumePaused(vm);
  const began = performance.now();
  await until('it is on the file', () => host.leaveStream(vm, image.disk), 30_000);
  console.log(`over to the file: ${Math.round(performance.now() - began)} ms`);
  expect(await host.isStreamed(vm)).toBe(false);
  expect([existsSync(file), existsSync(other)]).toEqual([true, false]);
  // Or it ended before it cleared away.
  writeFileSync(other, 'left behind');
  expect(await host.leaveStream(vm, image.disk)).toBe(true);
  expect(existsSync(other)).toBe(false);
  expect(await stateOf(host, vm)).toBe('running');
});

test('on the file it needs the server no more, now and at its next start', async () => {
  node.kill();
  for (const pid of node.pids) kill(pid);
  const before = serial(host, vm).length;
  await until('it goes on counting', () => serial(host, vm).length > before + 200);
  await host.forceOffVm(vm);
  await host.ensureCreated({ ...spec, epoch: 3, osDisk: { ...spec.osDisk, nbd: null } });
  await host.startVm(vm);
  await ready(host, vm, 2);
  await typed(readAll());
  await until('read again', () => sums().length === 2, 60_000);
  expect(sums()[1]).toBe(noise.md5);
});
