/** X4 by traffic: what a real guest reaches, and what it does not. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { bridgeName } from '../../src/hypervisor/names.ts';
import { demoSpec, ready, serial } from '../support/demo-guest.ts';
import { type Host, openHost } from '../support/hypervisor.ts';
import { type Pc, startPc } from '../support/pc.ts';
import { until } from '../support/until.ts';
import { type Keyboard, openKeyboard } from '../support/vnc-keys.ts';

setDefaultTimeout(120_000);

/** A node's web port, as an example of what listens on a PC. */
const port = 8443;
const gateway = '100.64.7.1';
/** The PC's address towards the others, and somebody out there (RFC 5737's example network). */
const lan = '203.0.113.1';
const outside = '203.0.113.2';

let pc: Pc;
let neighbour: Pc;
let host: Host;
let keyboard: Keyboard;
const listeners: Bun.Subprocess[] = [];

beforeAll(async () => {
  pc = await startPc('apart');
  neighbour = await startPc('neighbour', { libvirtd: false });
  await must(pc, 'ip', 'link', 'add', 'lan', 'type', 'veth', 'peer', 'name', 'lan2');
  await must(pc, 'ip', 'link', 'set', 'lan2', 'netns', `/proc/${neighbour.pid}/ns/net`);
  await must(pc, 'ip', 'addr', 'add', `${lan}/24`, 'dev', 'lan');
  await must(pc, 'ip', 'link', 'set', 'lan', 'up');
  await must(neighbour, 'ip', 'addr', 'add', `${outside}/24`, 'dev', 'lan2');
  await must(neighbour, 'ip', 'link', 'set', 'lan2', 'up');
  for (const one of [pc, neighbour]) await listen(one);
  host = await openHost(pc);
  for (const vm of ['a', 'b']) {
    await host.ensureCreated(await demoSpec(pc, vm));
    await host.startVm(vm);
  }
  await Promise.all(['a', 'b'].map((vm) => ready(host, vm)));
});
afterAll(async () => {
  keyboard?.close();
  for (const one of listeners) one.kill();
  await host?.stop();
  await pc?.stop();
  await neighbour?.stop();
});

async function must(one: Pc, ...command: string[]): Promise<string> {
  const { code, stdout, stderr } = await one.run(command);
  if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  return stdout;
}

/** Answers every connection with the caller's address, on all addresses of the PC. */
async function listen(one: Pc): Promise<void> {
  const code = `Bun.listen({ hostname: '::', port: ${port}, socket: { open(s) { s.end('hello ' + s.remoteAddress + '\\n') }, data() {} } }); console.log('up');`;
  const child = Bun.spawn(one.argv([process.execPath, '-e', code]), { stdio: ['ignore', 'pipe', 'ignore'] });
  listeners.push(child);
  for await (const _ of child.stdout) return;
}

let asked = 0;
/** What a command typed into guest `a` prints, and its exit code. */
async function inGuest(command: string): Promise<{ code: number; text: string }> {
  const mark = `m${++asked}`;
  await keyboard.line(`(${command}; echo ${mark} $?) > /dev/ttyS0 2>&1`);
  const found = await until(
    command,
    () => new RegExp(`([\\s\\S]*?)^${mark} (\\d+)\\r?$`, 'm').exec(serial(host, 'a').slice(before)),
    20_000,
  );
  before += found[0].length;
  return { code: Number(found[2]), text: found[1] ?? '' };
}
let before = 0;

const connect = (address: string, to = port) => inGuest(`nc -w 3 ${address} ${to} < /dev/null`);

test('has an address by DHCP, and reaches others through NAT, who see the PC', async () => {
  keyboard = await openKeyboard(host.vncSocket('a'));
  before = serial(host, 'a').length;
  await until('an address', async () => (await inGuest('test -s /run/ip')).code === 0, 60_000);
  const { text, code } = await connect(outside);
  expect(text).toMatch(/^hello (::ffff:)?203\.0\.113\.1\r?$/m);
  expect(code).toBe(0);
});

test('G4 data moves in and out: a guest fetches from a server of the campus and sends back to it', async () => {
  const code = `Bun.listen({ hostname: '::', port: 9090, socket: { open(s) { s.write('lesson 1\\n') }, data(s, d) { console.log('got ' + d); s.end() } } }); console.log('up');`;
  const server = Bun.spawn(neighbour.argv([process.execPath, '-e', code]), {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  listeners.push(server);
  const told = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  expect((await told.read()).value).toBe('up\n');
  const { text } = await inGuest(`echo homework-$((6*7)) | nc -w 3 ${outside} 9090`);
  expect(text).toContain('lesson 1');
  expect((await told.read()).value).toContain('got homework-42');
});

test('does not reach the PC on any of its addresses, where others do', async () => {
  const probe = (address: string) => `exec 3<>/dev/tcp/${address}/${port}; head -n 1 <&3`;
  expect(await must(neighbour, 'timeout', '5', 'bash', '-c', probe(lan))).toContain('hello');
  expect(await must(pc, 'timeout', '5', 'bash', '-c', probe(gateway))).toContain('hello');
  for (const address of [gateway, lan]) {
    const { code, text } = await connect(address);
    expect(text).not.toContain('hello');
    expect(code).not.toBe(0);
  }
});

test('has its names from the PC', async () => {
  expect((await connect(gateway, 53)).code).toBe(0);
  const { text } = await inGuest(`nslookup b ${gateway}`);
  expect(text).toContain(`Address: ${await host.address('b')}`);
});

test('does not reach another guest of the PC, whom the PC reaches', async () => {
  const address = (await until('an address of b', () => host.address('b'))) ?? '';
  const other = await openKeyboard(host.vncSocket('b'));
  await other.line('nc -l -p 1234 > /dev/ttyS0');
  other.close();
  const knock = `exec 3<>/dev/tcp/${address}/1234; echo knock-from-pc >&3`;
  expect((await inGuest(`echo knock-from-guest | nc -w 3 ${address} 1234`)).code).not.toBe(0);
  await until(
    'the PC reaches it',
    async () => (await pc.run(['timeout', '2', 'bash', '-c', knock])).code === 0,
  );
  await until('b heard', () => serial(host, 'b').includes('knock-from-pc'));
  expect(serial(host, 'b')).not.toContain('knock-from-guest');
});

test('finds no IPv6 address of the PC on its network, not even a link-local one', async () => {
  expect((await must(pc, 'ip', '-6', 'addr', 'show', 'dev', bridgeName('cloud-a'))).trim()).toBe('');
});

test('a neighbour cannot open connections to guests', async () => {
  await must(neighbour, 'ip', 'route', 'add', '100.64.7.0/24', 'via', lan);
  const knock = `exec 3<>/dev/tcp/${await host.address('b')}/1234`;
  const { code, stderr } = await neighbour.run(['timeout', '3', 'bash', '-c', knock]);
  expect(code).not.toBe(0);
  expect(stderr).toContain('refused');
});
