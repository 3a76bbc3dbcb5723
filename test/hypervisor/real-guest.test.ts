/** A real Linux in a VM: it boots, reads its seed, gets an address, hears its buttons, and keeps what it wrote. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { demoSpec, ready, serial } from '../support/demo-guest.ts';
import { type Host, openHost, stateOf } from '../support/hypervisor.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { until } from '../support/until.ts';
import { type Keyboard, openKeyboard } from '../support/vnc-keys.ts';

setDefaultTimeout(90_000);

let pc: Pc;
let host: Host;
let keyboard: Keyboard;

beforeAll(async () => {
  pc = await startPc('real');
  host = await openHost(pc);
});
afterAll(async () => {
  keyboard?.close();
  await host?.stop();
  await pc?.stop();
});

const vm = 'guest1';
/** The numbers that `counter` wrote to the serial port. */
const counts = () => [...serial(host, vm).matchAll(/^counter (\d+) /gm)].map((match) => Number(match[1]));
const heard = (event: string, from: number) =>
  until(`event ${event}`, () => host.events.slice(from).find((one) => one.event === event), 30_000);

// One guest lives through all of it, in this order: a boot under emulation takes seconds.
test('V13 boots, and has host name and user of its seed', async () => {
  await host.ensureCreated(
    await demoSpec(pc, vm, { hostname: 'lab-7', seed: { user: 'ada', password: 'x', sshKeys: [] } }),
  );
  await host.startVm(vm);
  expect(await ready(host, vm)).toContain('hostname=lab-7 user=ada ');
});

test('has an address of its subnet by DHCP', async () => {
  const address = await until('address', () => host.address(vm), 30_000);
  expect(address).toMatch(/^100\.64\.7\.\d+$/);
  await until('the guest has it too', () => serial(host, vm).includes(`ip=${address}`));
});

test('V5 after suspend and resume it goes on counting, without a boot', async () => {
  keyboard = await openKeyboard(host.vncSocket(vm));
  await keyboard.line('counter 0.1 > /dev/ttyS0');
  keyboard.close();
  await until('counting', () => counts().length > 5);
  await host.suspendVm(vm);
  expect(pc.qemuPids()).toEqual([]);
  const before = counts();
  await host.startVm(vm);
  await until('more counting', () => counts().length > before.length + 3);
  const all = counts();
  expect(all).toEqual(all.map((_, index) => index + 1));
  expect(serial(host, vm).split('labmesh-demo ready').length).toBe(2);
});

test('a restart that was asked for is heard', async () => {
  const from = host.events.length;
  await host.rebootVm(vm);
  await ready(host, vm, 2);
  expect(serial(host, vm)).toContain('labmesh-demo stopping, boots=1');
  expect(host.events.slice(from).map((one) => one.event)).toContain('rebooted');
});

test('the reset button restarts it without a word to the guest', async () => {
  const from = host.events.length;
  const stops = () => serial(host, vm).split('labmesh-demo stopping').length;
  const before = stops();
  await host.resetVm(vm);
  await ready(host, vm, 3);
  expect(stops()).toBe(before);
  expect(host.events.slice(from).map((one) => one.event)).toContain('rebooted');
});

test('a shutdown that was asked for ends as stopped by the guest; what it wrote is there after the next start', async () => {
  const from = host.events.length;
  const before = counts().length;
  await host.shutdownVm(vm);
  expect(await heard('stopped', from)).toEqual({ vmId: vm, event: 'stopped', detail: 'shutdown' });
  expect(await stateOf(host, vm)).toBe('off');

  await host.startVm(vm);
  await ready(host, vm, 4);
  keyboard = await openKeyboard(host.vncSocket(vm));
  await keyboard.line('counter 0 1 > /dev/ttyS0');
  const last = await until('the next number', () => (counts().length > before ? counts().at(-1) : null));
  expect(last).toBe(before + 1);
});
