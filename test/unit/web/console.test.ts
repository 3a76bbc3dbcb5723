/** C1 C4 consoles over real sockets: tickets, who may, what passes, how it ends; with QEMU's own VNC server where it is installed. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openUnixStream } from '../../../src/node/across/index.ts';
import { ClientFilter, ProtocolError } from '../../../src/web/console/client-filter.ts';
import { Tickets } from '../../../src/web/console/tickets.ts';
import { ConsoleUse } from '../../../src/web/console/use.ts';
import { createWebApp } from '../../../src/web/index.ts';
import { type Listening, serveLoopback } from '../../../src/web/serve.ts';
import { fakeCloud, PASSWORD, userNamed, vmOf } from '../../support/fake-cloud.ts';
import { until } from '../../support/until.ts';

const node = fakeCloud('small');
const stopping = new AbortController();
const app = createWebApp(node, { stopping: stopping.signal });
let server: Listening;
const sockets: WebSocket[] = [];

beforeAll(() => {
  server = serveLoopback(app, 0);
});
afterEach(() => {
  for (const one of sockets.splice(0)) one.close();
});
afterAll(async () => {
  stopping.abort();
  await server.stop();
  await node.stop();
});

const VERSION = 'RFB 003.008\n';
const KEY_A = [4, 1, 0, 0, 0, 0, 0, 0x61];
const FULL_UPDATE = [3, 0, 0, 0, 0, 0, 1, 64, 0, 200];

async function signIn(name: string): Promise<{ cookie: string; csrf: string }> {
  const response = await fetch(`${server.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: PASSWORD }),
  });
  const { csrf } = (await response.json()) as { csrf: string };
  return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '', csrf };
}

async function ticketFor(who: { cookie: string; csrf: string }, vmId: string, viewOnly = false) {
  const response = await fetch(`${server.url}/api/v1/vms/${vmId}/console`, {
    method: 'POST',
    headers: { cookie: who.cookie, 'x-csrf-token': who.csrf, 'content-type': 'application/json' },
    body: JSON.stringify({ viewOnly }),
  });
  return {
    status: response.status,
    ...((await response.json()) as { path: string; ticket: string; code?: string }),
  };
}

/** A VNC client's end: what came, and how it closed. */
function open(path: string, headers: Record<string, string>) {
  const socket = new WebSocket(server.url.replace('http', 'ws') + path, { headers });
  socket.binaryType = 'arraybuffer';
  sockets.push(socket);
  const seen = { socket, bytes: Buffer.alloc(0), code: null as number | null, reason: '' };
  socket.onmessage = ({ data }) => {
    seen.bytes = Buffer.concat([seen.bytes, Buffer.from(data as ArrayBuffer)]);
  };
  socket.onclose = ({ code, reason }) => Object.assign(seen, { code, reason });
  return seen;
}

/** Through the handshake to an open screen. */
async function handshake(seen: ReturnType<typeof open>): Promise<void> {
  const { socket } = seen;
  await until('server version', () => seen.bytes.toString('latin1').startsWith('RFB 003.008\n'));
  socket.send(VERSION);
  await until('security types', () => seen.bytes.length >= 14);
  expect([...seen.bytes.subarray(12, 14)]).toEqual([1, 1]);
  socket.send(Uint8Array.of(1));
  await until('security result', () => seen.bytes.length >= 18);
  socket.send(Uint8Array.of(0));
  await until('server init', () => seen.bytes.length >= 18 + 24);
}

const running = vmOf(node, 'ana', 'Kernel practice');

describe('C4 tickets', () => {
  test('open once, for the session they were given to, for half a minute', () => {
    const tickets = new Tickets();
    const { state } = node;
    const user = userNamed(node, 'ana');
    const session = {
      id: 's1',
      kind: 'web',
      userId: user.id,
      secretHash: '',
      label: '',
      createdAt: 0,
      expiresAt: 0,
    } as const;
    const ana = { kind: 'person', user, session } as const;
    const other = { kind: 'person', user, session: { ...session, id: 's2' } } as const;
    const take = (ticket: string, who: Parameters<Tickets['redeem']>[1], now: number) => () =>
      tickets.redeem(ticket, who, now);
    const { ticket } = tickets.issue(ana, running.id, true, 0);
    expect(take(ticket, ana, 29_999)()).toEqual({ vmId: running.id, viewOnly: true });
    expect(take(ticket, ana, 29_999)).toThrow('web.ticket');
    expect(take(tickets.issue(ana, running.id, true, 0).ticket, ana, 30_000)).toThrow('web.ticket');
    const stolen = tickets.issue(ana, running.id, true, 0).ticket;
    expect(take(stolen, other, 1)).toThrow('web.ticket');
    expect(take(stolen, ana, 1)).toThrow('web.ticket'); // and is burnt
    for (let n = 0; n < 3000; n++) tickets.issue(ana, running.id, true, 0);
    expect(tickets.size).toBe(1000);
    expect(state.tables.vm.get(running.id)).toBeDefined();
  });

  test('another’s VM, a VM without a screen, a used ticket, another session, another site: refused', async () => {
    const [ana, dana] = [await signIn('ana'), await signIn('dana')];
    expect((await ticketFor(dana, running.id)).status).toBe(404);
    expect((await ticketFor(ana, vmOf(node, 'ana', 'Routing').id)).code).toBe('vm.no_console');
    const { path } = await ticketFor(ana, running.id);
    const status = async (headers: Record<string, string>, to = path) => {
      const upgrade = {
        upgrade: 'websocket',
        connection: 'Upgrade',
        'sec-websocket-key': 'x'.repeat(22).concat('=='),
        'sec-websocket-version': '13',
      };
      return (await fetch(server.url + to, { headers: { ...upgrade, ...headers } })).status;
    };
    expect(await status({})).toBe(401);
    expect(await status({ cookie: ana.cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await status({ cookie: dana.cookie })).toBe(403);
    expect(await status({ cookie: ana.cookie })).toBe(403); // dana's try has burnt it
    expect(await status({ cookie: ana.cookie }, '/console/ws?ticket=x')).toBe(403);
  });
});

describe('C1 the proxy', () => {
  test('carries the handshake, keys and pictures', async () => {
    const ana = await signIn('ana');
    const screen = await node.console(running.id);
    const seen = open((await ticketFor(ana, running.id)).path, { cookie: ana.cookie });
    await handshake(seen);
    seen.socket.send(Uint8Array.from(KEY_A));
    await until('key', () => screen.keys.includes(0x61));
    const before = seen.bytes.length;
    seen.socket.send(Uint8Array.from(FULL_UPDATE));
    await until('picture', () => seen.bytes.length >= before + 16 + 320 * 200 * 4);
  });

  test('view-only is held by the server: keys, mouse and clipboard never arrive', async () => {
    const teresa = await signIn('teresa');
    const screen = await node.console(running.id);
    const [keys, count] = [screen.keys.length, screen.received.length];
    const seen = open((await ticketFor(teresa, running.id, true)).path, { cookie: teresa.cookie });
    await handshake(seen);
    const cut = [6, 0, 0, 0, 0, 0, 0, 3, 0x72, 0x6d, 0x20];
    seen.socket.send(Uint8Array.from([...KEY_A, 5, 1, 0, 1, 0, 1, ...cut, ...FULL_UPDATE]));
    await until('picture', () => seen.bytes.length > 320 * 200 * 4);
    expect(screen.received.slice(count)).toEqual([3]);
    expect(screen.keys.length).toBe(keys);
  });

  test('S5 tells the cloud that somebody is there: once it is open, then while they type; who only watches does not', async () => {
    const touched = () => node.state.tables.vm.get(prepared.id);
    const prepared = vmOf(node, 'teresa');
    const teresa = await signIn('teresa');
    const watching = open((await ticketFor(teresa, prepared.id, true)).path, { cookie: teresa.cookie });
    await handshake(watching);
    expect(touched()?.connectedAt).toBeNull();
    const seen = open((await ticketFor(teresa, prepared.id)).path, { cookie: teresa.cookie });
    await handshake(seen);
    await until('the first sign of use', () => touched()?.connectedAt !== null);
  });

  test('S5 tells of typing every two minutes at most, of looking never', () => {
    let now = 0;
    let told = 0;
    const fake = { me: node.me, now: () => now, submit: async () => Promise.reject(told++) };
    const use = new ConsoleUse(fake, running.id);
    use.opened();
    const says = (after: number, message: number[]) => {
      now += after;
      const before = told;
      use.message(Uint8Array.from(message));
      return told - before;
    };
    expect([says(119_999, KEY_A), says(1, FULL_UPDATE), says(0, KEY_A), says(1, KEY_A)]).toEqual([
      0, 0, 1, 0,
    ]);
    expect([says(120_000, [5, 1, 0, 1, 0, 1]), says(120_000, [255, 0, 0, 1])]).toEqual([1, 1]);
  });

  test('closes with a reason: the screen ended, the session ended, the VM is gone', async () => {
    const ana = await signIn('ana');
    const seen = open((await ticketFor(ana, running.id)).path, { cookie: ana.cookie });
    await handshake(seen);
    (await node.console(running.id)).cut();
    await until('close', () => seen.code !== null);
    expect([seen.code, seen.reason]).toEqual([4000, 'screen-ended']);
    const again = open((await ticketFor(ana, running.id)).path, { cookie: ana.cookie });
    await handshake(again);
    await fetch(`${server.url}/api/v1/session`, {
      method: 'DELETE',
      headers: { cookie: ana.cookie, 'x-csrf-token': ana.csrf },
    });
    await until('close', () => again.code !== null);
    expect(again.code).toBe(4001);
  });

  test('a teacher who loses the course loses the screen', async () => {
    const teresa = await signIn('teresa');
    const seen = open((await ticketFor(teresa, running.id)).path, { cookie: teresa.cookie });
    await handshake(seen);
    const local = { kind: 'local', nodeId: node.me.nodeId } as const;
    const teacherIds = [userNamed(node, 'teresa').id];
    node.apply('course.update', { id: running.courseId, teacherIds: [] }, local);
    await until('close', () => seen.code !== null);
    expect(seen.code).toBe(4003);
    node.apply('course.update', { id: running.courseId, teacherIds }, local);
  });

  test('a slow browser slows the screen down; nothing is lost', async () => {
    const ana = await signIn('ana');
    const dir = mkdtempSync(join(tmpdir(), 'labmesh-flood-'));
    const path = join(dir, 'vnc.sock');
    const total = 64 * 1024 * 1024;
    let sent = 0;
    const flood = (socket: { write(bytes: Uint8Array): number }) => {
      while (sent < total) {
        const piece = new Uint8Array(Math.min(65_536, total - sent)).fill((sent >> 16) & 0xff);
        const written = socket.write(piece);
        sent += Math.max(0, written);
        if (written < piece.length) return;
      }
    };
    const vnc = Bun.listen({ unix: path, socket: { open: flood, drain: flood, data() {} } });
    const { path: ticket } = await ticketFor(ana, running.id); // looks at the screen, too: not at this one
    const real = node.openConsole;
    node.openConsole = () => openUnixStream(path);
    try {
      const seen = open(ticket, { cookie: ana.cookie });
      let received = 0;
      seen.socket.onmessage = ({ data }) => {
        received += (data as ArrayBuffer).byteLength;
      };
      await until('all of it', () => received === total);
    } finally {
      node.openConsole = real;
      vnc.stop(true);
      rmSync(dir, { recursive: true });
    }
  });
});

describe('the view-only filter', () => {
  const START = Buffer.concat([Buffer.from(VERSION), Buffer.from([1, 0])]);
  const messages = Buffer.from([
    ...[0, ...Array(19).fill(9)],
    ...KEY_A,
    ...[2, 0, 0, 2, ...Array(8).fill(7)],
    ...[255, 0, 0, 1, ...Array(8).fill(5)],
    ...[6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfb, 1, 2, 3, 4, 5],
    ...[251, 0, 1, 1, 1, 1, 1, 0, ...Array(16).fill(3)],
    ...[250, 0, 1, 2],
    ...FULL_UPDATE,
  ]);
  const kept = Buffer.from([
    ...START.subarray(0, 13),
    1,
    0,
    ...Array(19).fill(9),
    2,
    0,
    0,
    2,
    ...Array(8).fill(7),
    ...FULL_UPDATE,
  ]);

  test('lets the same through however the bytes are cut, and makes every client share', () => {
    const all = Buffer.concat([START, messages]);
    for (let size = 1; size <= all.length; size++) {
      const filter = new ClientFilter(true);
      const passed: Uint8Array[] = [];
      for (let at = 0; at < all.length; at += size) passed.push(filter.take(all.subarray(at, at + size)));
      expect([size, Buffer.concat(passed).toString('hex')]).toEqual([size, kept.toString('hex')]);
    }
  });

  test('ends what it cannot read', () => {
    for (const bytes of ['RFB 003.003\n', 'GET / HTTP/1.1', `${VERSION}\x02`, `${VERSION}\x01\x00\x63`]) {
      expect(() => new ClientFilter(true).take(Buffer.from(bytes, 'latin1'))).toThrow(ProtocolError);
    }
  });
});

const qemu = Bun.which('qemu-system-x86_64');
test.skipIf(qemu === null)(
  'a real QEMU draws its screen through the proxy, also for one who only looks',
  async () => {
    const ana = await signIn('ana');
    const dir = mkdtempSync(join(tmpdir(), 'labmesh-qemu-'));
    const path = join(dir, 'vnc.sock');
    const argv = [
      qemu ?? '',
      '-accel',
      'tcg',
      '-m',
      '32',
      '-nodefaults',
      '-vga',
      'std',
      '-vnc',
      `unix:${path}`,
      '-S',
    ];
    const child = Bun.spawn(argv, { stdio: ['ignore', 'ignore', 'ignore'] });
    const real = node.openConsole;
    node.openConsole = () => openUnixStream(path);
    try {
      await until(
        'VNC socket',
        async () =>
          (await Bun.file(path)
            .stat()
            .catch(() => null)) !== null,
      );
      for (const viewOnly of [false, true]) {
        const seen = open((await ticketFor(ana, running.id, viewOnly)).path, { cookie: ana.cookie });
        await handshake(seen);
        const [width, height] = [seen.bytes.readUInt16BE(18), seen.bytes.readUInt16BE(20)];
        expect(width).toBeGreaterThan(100);
        const before = seen.bytes.length;
        seen.socket.send(
          Uint8Array.from([...KEY_A, 3, 0, 0, 0, 0, 0, width >> 8, width & 255, height >> 8, height & 255]),
        );
        await until('picture', () => seen.bytes.length >= before + width * height * 4);
      }
    } finally {
      node.openConsole = real;
      child.kill('SIGKILL');
      await child.exited;
      rmSync(dir, { recursive: true });
    }
  },
);
