/** The connection against a server that we play ourselves: order, deadlines, errors, and what is not the protocol. */
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Socket } from 'bun';
import type { HypervisorError } from '../../../src/hypervisor/index.ts';
import { keepaliveProgram, procedure, remoteProgram } from '../../../src/hypervisor/wire/constants.ts';
import { encodeFrame, type Frame, FrameSplitter } from '../../../src/hypervisor/wire/frame.ts';
import { Rpc } from '../../../src/hypervisor/wire/rpc.ts';
import { XdrWriter } from '../../../src/hypervisor/wire/xdr.ts';

const dir = mkdtempSync(join(tmpdir(), 'labmesh-rpc-'));
let close: (() => void)[] = [];
afterEach(() => {
  for (const action of close) action();
  close = [];
  rmSync(join(dir, 's'), { force: true });
});

type Answer = (frame: Frame, socket: Socket<undefined>) => void;

async function connected(answer: Answer) {
  const splitter = new FrameSplitter();
  const server = Bun.listen({
    unix: join(dir, 's'),
    socket: {
      data(socket, bytes) {
        for (const frame of splitter.push(bytes.slice())) answer(frame, socket);
      },
    },
  });
  const { promise: ended, resolve } = Promise.withResolvers<HypervisorError>();
  const rpc = await Rpc.connect(join(dir, 's'), { onEvent() {}, onEnd: resolve }, 2_000);
  close.push(
    () => server.stop(true),
    () => rpc.close(),
  );
  return { rpc, ended };
}

function reply(to: Frame, payload: Uint8Array, change: Partial<Frame> = {}): Uint8Array {
  return encodeFrame({ ...to, type: 1, status: 0, payload: payload.slice(), ...change });
}

const hostname = (rpc: Rpc, ms = 2_000) =>
  rpc.call('connectGetHostname', new XdrWriter(), ms).then((r) => r.string());

test('pipelined calls get their own answers, in whatever order and pieces they come', async () => {
  const waiting: Frame[] = [];
  const { rpc } = await connected(async (frame, socket) => {
    waiting.push(frame);
    if (waiting.length < 3) return;
    const all = Buffer.concat(
      waiting.reverse().map((one) => reply(one, new XdrWriter().string(`host-${one.serial}`).bytes())),
    );
    for (const byte of all) {
      socket.write(new Uint8Array([byte]));
      socket.flush();
    }
  });
  expect(await Promise.all([hostname(rpc), hostname(rpc), hostname(rpc)])).toEqual([
    'host-1',
    'host-2',
    'host-3',
  ]);
});

test.each(['before its stream', 'after the end of its stream'])(
  'an answer that comes %s is taken',
  async (when) => {
    const first = when === 'before its stream';
    const stream = { type: 3, status: 2 } as const;
    const { rpc } = await connected((frame, socket) => {
      const answer = () => socket.write(reply({ ...frame }, new XdrWriter().string('image/png').bytes()));
      if (frame.type === 0) {
        if (first) answer();
        socket.write(reply(frame, new TextEncoder().encode('pic'), stream));
        socket.write(reply(frame, new Uint8Array(), stream));
        return;
      }
      // The client says that it has all; the server agrees.
      socket.write(reply(frame, new Uint8Array(), { type: 3, status: 0 }));
      if (!first) answer();
    });
    const { answer, bytes } = await rpc.callWithStream('domainScreenshot', new XdrWriter(), 2_000);
    expect(answer.string()).toBe('image/png');
    expect(new TextDecoder().decode(bytes)).toBe('pic');
  },
);

test('GF38 a call past its deadline is refused, and its late answer harms no other', async () => {
  let late: (() => void) | null = null;
  const { rpc } = await connected((frame, socket) => {
    const answer = () => socket.write(reply(frame, new XdrWriter().string(`host-${frame.serial}`).bytes()));
    if (late === null) late = answer;
    else {
      late();
      answer();
    }
  });
  await expect(hostname(rpc, 50)).rejects.toMatchObject({
    code: 'hypervisor.deadline',
    data: { procedure: 'connectGetHostname', afterMs: 50 },
  });
  expect(await hostname(rpc)).toBe('host-2');
});

test('GF5 an error packet becomes an error with number, domain and words', async () => {
  const { rpc } = await connected((frame, socket) => {
    const error = new XdrWriter()
      .int(55)
      .int(10)
      .optionalString('not now')
      .int(2)
      .uint(0)
      .uint(0)
      .uint(0)
      .uint(0)
      .int(0)
      .int(0)
      .uint(0);
    socket.write(reply(frame, error.bytes(), { status: 1 }));
  });
  await expect(hostname(rpc)).rejects.toMatchObject({
    code: 'hypervisor.libvirt_failed',
    data: { procedure: 'connectGetHostname', domain: 10, number: 55, reason: 'not now' },
  });
});

test('a ping is answered', async () => {
  const { promise: pong, resolve } = Promise.withResolvers<Frame>();
  const { rpc } = await connected((frame, socket) => {
    if (frame.program === keepaliveProgram.id) return resolve(frame);
    socket.write(
      encodeFrame({
        ...frame,
        program: keepaliveProgram.id,
        version: 1,
        procedure: 1,
        type: 2,
        serial: 0,
        payload: new Uint8Array(),
      }),
    );
  });
  hostname(rpc).catch(() => {});
  expect((await pong).procedure).toBe(keepaliveProgram.pong);
});

const nonsense: Record<string, (frame: Frame) => Uint8Array> = {
  'a packet of 2 GiB': () => new XdrWriter().uint(0x80000000).bytes().slice(),
  'a packet shorter than its header': () => new XdrWriter().uint(8).uint(0).bytes().slice(),
  'another program': (frame) => reply(frame, new Uint8Array(), { program: 7 }),
  'another version': (frame) => reply(frame, new Uint8Array(), { version: remoteProgram.version + 1 }),
  'an unknown type': (frame) => reply(frame, new Uint8Array(), { type: 9 }),
  'the answer to another procedure': (frame) =>
    reply(frame, new Uint8Array(), { procedure: procedure.connectOpen }),
  'a stream nobody asked for': (frame) => reply(frame, new Uint8Array(), { type: 3, status: 2 }),
  'an error cut short': (frame) => reply(frame, new Uint8Array(4), { status: 1 }),
};
for (const [what, bytes] of Object.entries(nonsense)) {
  test(`${what} ends the connection, and every call with it`, async () => {
    const { rpc, ended } = await connected((frame, socket) => {
      if (frame.serial === 2) socket.write(bytes(frame));
    });
    const calls = await Promise.allSettled([hostname(rpc), hostname(rpc)]);
    for (const call of calls)
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'hypervisor.protocol' } });
    expect((await ended).code).toBe('hypervisor.protocol');
    await expect(hostname(rpc)).rejects.toMatchObject({ code: 'hypervisor.protocol' });
  });
}

test('an answer whose string claims more than came is refused', async () => {
  const { rpc } = await connected(
    (frame, socket) => void socket.write(reply(frame, new XdrWriter().uint(4_000_000).bytes())),
  );
  await expect(hostname(rpc)).rejects.toMatchObject({ code: 'hypervisor.protocol' });
});

test('a server that goes away fails the calls under way', async () => {
  const { rpc } = await connected((_, socket) => void socket.end());
  await expect(hostname(rpc)).rejects.toMatchObject({ code: 'hypervisor.libvirt_gone' });
});

test('no socket is told as libvirt missing', async () => {
  const socket = join(dir, 'none');
  await expect(Rpc.connect(socket, { onEvent() {}, onEnd() {} }, 500)).rejects.toMatchObject({
    code: 'hypervisor.libvirt_missing',
    data: { socket },
  });
});
