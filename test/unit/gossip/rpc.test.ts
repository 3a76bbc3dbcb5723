import { afterEach, expect, test } from 'bun:test';
import { RPC_PROTOCOL } from '../../../src/gossip/rpc/messages.ts';
import { Rpc } from '../../../src/gossip/rpc/rpc.ts';
import { framed, framesOf, sendFrame } from '../../../src/gossip/wire/frames.ts';
import { toBytes } from '../../../src/gossip/wire/json.ts';
import { LabmeshError } from '../../../src/state/errors.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { cleanup } from '../../support/mesh.ts';
import { startHosts, type TestHost } from '../../support/mesh-hosts.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const soon = () => AbortSignal.timeout(10_000);

async function pair(options: { maxBytes?: number; maxRunningPerPeer?: number } = {}) {
  const { hosts } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  const [client, server] = [a, b].map(({ host }) => new Rpc({ host, logger: silentLogger, ...options })) as [
    Rpc,
    Rpc,
  ];
  await client.start();
  await server.start();
  server.method('echo', (body) => body);
  return { a, b, client, server };
}

/** Sends raw bytes as a request and says what came back. */
async function raw(a: TestHost, b: TestHost, bytes: Uint8Array): Promise<unknown> {
  const stream = await a.host.open(b.nodeId, RPC_PROTOCOL, soon());
  stream.send(bytes);
  for await (const frame of framesOf(stream, 1 << 20)) return JSON.parse(new TextDecoder().decode(frame));
  return undefined;
}

test('a request brings an answer of any size within the bound, from whom the connection proves', async () => {
  const { a, b, client, server } = await pair();
  server.method('who', (_, { from }) => from);
  expect(await client.request(b.nodeId, 'who', null)).toBe(a.nodeId);
  for (const size of [0, 1_200, 70_000, 1_000_000])
    expect(await client.request(b.nodeId, 'echo', 'x'.repeat(size))).toBe('x'.repeat(size));
});

test('many requests at once each get their own answer', async () => {
  const { b, client } = await pair();
  const asked = Array.from({ length: 30 }, (_, n) => n);
  const answers = await Promise.all(asked.map((n) => client.request(b.nodeId, 'echo', n)));
  expect(answers).toEqual(asked);
});

test('a request ends by its deadline, and tells the other side', async () => {
  const { b, client, server } = await pair();
  let wasTold = false;
  server.method('never', (_, { signal }) => {
    signal.addEventListener('abort', () => {
      wasTold = true;
    });
    return new Promise(() => {});
  });
  await expect(client.request(b.nodeId, 'never', null, { timeoutMs: 200 })).rejects.toMatchObject({
    code: 'rpc.timeout',
    data: { method: 'never', timeoutMs: 200, nodeId: b.nodeId },
  });
  await until('the server knows', () => wasTold);
});

test('a request that is given up ends at once, with the reason it was given up for', async () => {
  const { b, client, server } = await pair();
  let isServing = false;
  server.method('never', () => {
    isServing = true;
    return new Promise(() => {});
  });
  const giveUp = new AbortController();
  const asked = client.request(b.nodeId, 'never', null, { timeoutMs: 600_000, signal: giveUp.signal });
  await until('it is being served', () => isServing);
  giveUp.abort(new LabmeshError('log.deposed', {}));
  expect(await asked.catch((error: unknown) => error)).toMatchObject({ code: 'log.deposed' });
});

test('errors arrive with code and data; a defect is not spelled out', async () => {
  const { b, client, server } = await pair();
  server.method('refuse', () => {
    throw new LabmeshError('vm.not_owner', { vm: 'a' });
  });
  server.method('break', () => {
    throw new Error('secret detail');
  });
  const refused = client.request(b.nodeId, 'refuse', null);
  await expect(refused).rejects.toMatchObject({
    code: 'rpc.failed',
    data: { code: 'vm.not_owner', data: { vm: 'a' } },
  });
  const broken = client.request(b.nodeId, 'break', null);
  await expect(broken).rejects.toMatchObject({ code: 'rpc.failed', data: { code: 'internal', data: {} } });
  await expect(client.request(b.nodeId, 'nothing', null)).rejects.toMatchObject({
    code: 'rpc.unknown_method',
  });
  await expect(client.request('nobody', 'echo', null)).rejects.toMatchObject({ code: 'mesh.not_member' });
});

test('too large a request or answer is refused with its size', async () => {
  const { b, client, server } = await pair({ maxBytes: 1_000 });
  server.method('long', () => 'x'.repeat(5_000));
  const long = 'x'.repeat(2_000);
  await expect(client.request(b.nodeId, 'echo', long)).rejects.toMatchObject({ code: 'rpc.too_large' });
  await expect(client.request(b.nodeId, 'long', null)).rejects.toMatchObject({ code: 'rpc.too_large' });
  expect(await client.request(b.nodeId, 'echo', 1)).toBe(1);
});

test('more requests at once than allowed are told so, and the others go on', async () => {
  const { b, client, server } = await pair({ maxRunningPerPeer: 2 });
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let running = 0;
  server.method('wait', async () => {
    running++;
    await gate;
    return 'done';
  });
  const first = [client.request(b.nodeId, 'wait', null), client.request(b.nodeId, 'wait', null)];
  await until('two run', () => running === 2);
  await expect(client.request(b.nodeId, 'echo', 1)).rejects.toMatchObject({
    code: 'rpc.busy',
    data: { max: 2 },
  });
  release();
  expect(await Promise.all(first)).toEqual(['done', 'done']);
  expect(await client.request(b.nodeId, 'echo', 2)).toBe(2);
});

test('N10 another protocol version is told which one is spoken here', async () => {
  const { a, b } = await pair();
  const newer = framed(toBytes({ v: 99, method: 'echo', timeoutMs: 1_000, body: null }));
  expect(await raw(a, b, newer)).toMatchObject({
    ok: false,
    code: 'rpc.version',
    data: { theirs: 99, ours: 1 },
  });
});

test('X3 oversized and malformed frames end their stream and nothing else', async () => {
  const { a, b, client, server } = await pair();
  const oversized = new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
  const evils = [
    oversized,
    framed(new TextEncoder().encode('{')),
    framed(new Uint8Array([0xff, 0xfe, 0])),
    framed(new Uint8Array(0)),
    framed(toBytes({ v: 1, method: '__proto__', timeoutMs: 1e9, body: 1 })),
    framed(toBytes({ v: 1 })),
    framed(toBytes([[[[]]]])),
  ];
  for (const evil of evils) await expect(raw(a, b, evil)).rejects.toThrow();
  await until('all were counted', () => server.counters.malformed === evils.length);
  expect(await client.request(b.nodeId, 'echo', 'still here')).toBe('still here');
});

test('X3 a stream that says nothing is ended', async () => {
  const { a, b, client } = await pair();
  const stream = await a.host.open(b.nodeId, RPC_PROTOCOL, soon());
  await sendFrame(stream, new Uint8Array(0), soon()).catch(() => {});
  await until('it is over', () => stream.status !== 'open');
  expect(await client.request(b.nodeId, 'echo', 1)).toBe(1);
});
