import { afterEach, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { SendQueue } from '../../../src/gossip/channel/queue.ts';
import { MeshTransport } from '../../../src/gossip/transport/transport.ts';
import { FrameReader, framed } from '../../../src/gossip/wire/frames.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { cleanup } from '../../support/mesh.ts';
import { memberOf, startHosts, type TestHost } from '../../support/mesh-hosts.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

interface Message {
  kind: 'heartbeat' | 'append';
  n: number;
  padding?: string;
}

async function transport(one: TestHost) {
  const made = new MeshTransport<Message>({
    host: one.host,
    logger: silentLogger,
    clock: Date.now,
    parse: (value) => {
      if (typeof value !== 'object' || value === null || !('n' in value)) throw new Error('no message');
      return value as unknown as Message;
    },
    isReplaceable: ({ kind }) => kind === 'heartbeat',
  });
  await made.start();
  later(() => made.stop());
  return made;
}

test('frames come out as they went in, however the bytes are cut', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (frames, cuts) => {
      const all = new Uint8Array(Buffer.concat(frames.map(framed)));
      const reader = new FrameReader(300);
      const out: Uint8Array[] = [];
      for (let at = 0, n = 0; at < all.length; n++) {
        const size = cuts[n % cuts.length] ?? 1;
        out.push(...reader.push(all.subarray(at, at + size)));
        at += size;
      }
      expect(out.map((one) => [...one])).toEqual(frames.map((one) => [...one]));
    }),
  );
});

test('a full queue drops the oldest heartbeats first, then the oldest of all, and never grows', () => {
  const limits = { maxMessages: 10, maxBytes: 200 };
  const message = fc.record({ isReplaceable: fc.boolean(), size: fc.integer({ min: 0, max: 60 }) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 100 }), (messages) => {
      const queue = new SendQueue(limits);
      const kept = messages.map(({ isReplaceable, size }) => ({
        isReplaceable,
        bytes: new Uint8Array(size),
      }));
      let dropped = 0;
      for (const one of kept) {
        dropped += queue.push(one);
        expect(queue.length).toBeLessThanOrEqual(limits.maxMessages);
        expect(queue.bytes).toBeLessThanOrEqual(limits.maxBytes);
      }
      expect(dropped + queue.length).toBe(messages.length);
    }),
  );
  const queue = new SendQueue({ maxMessages: 2, maxBytes: 1_000 });
  const one = (id: number, isReplaceable: boolean) => ({ bytes: new Uint8Array([id]), isReplaceable });
  expect(queue.push(one(1, false)) + queue.push(one(2, true)) + queue.push(one(3, false))).toBe(1);
  expect([queue.shift()?.bytes[0], queue.shift()?.bytes[0], queue.shift()]).toEqual([1, 3, undefined]);
});

test('messages arrive in the order in which they were sent', async () => {
  const { hosts } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  const [from, to] = [await transport(a), await transport(b)];
  const got: number[] = [];
  to.onMessage((sender, { n }) => {
    expect(sender).toBe(a.nodeId);
    got.push(n);
  });
  for (let n = 0; n < 200; n++) from.send(b.nodeId, { kind: 'append', n, padding: 'x'.repeat(n * 10) });
  await until('all came', () => got.length === 200);
  expect(got).toEqual(Array.from({ length: 200 }, (_, n) => n));
});

test('a peer that does not read costs bounded memory and no waiting', async () => {
  const { hosts } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  await b.host.handle('/labmesh/agree/1', () => new Promise(() => {}), 4); // takes the stream, never reads it
  const from = await transport(a);
  const padding = 'x'.repeat(100_000);
  for (let n = 0; n < 2_000; n++) {
    from.send(b.nodeId, { kind: n % 2 === 0 ? 'heartbeat' : 'append', n, padding });
    if (n % 100 === 0) await Bun.sleep(0);
  }
  expect(from.counters.dropped).toBeGreaterThan(1_500); // 200 MB were offered; 16 MiB may wait here, a window there
  expect(from.counters.sent).toBeLessThan(100);
  expect(from.waiting(b.nodeId)).toBeLessThan(200);
});

test('messages to nobody are dropped; when the member is there they arrive', async () => {
  const { hosts, source } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  const [from, to] = [await transport(a), await transport(b)];
  source.set([memberOf(a)]);
  from.send(b.nodeId, { kind: 'append', n: 1 });
  await until('it was dropped', () => from.counters.dropped === 1);
  source.set([memberOf(a), memberOf(b)]);
  const got: number[] = [];
  to.onMessage((_, { n }) => got.push(n));
  await until('one arrived', () => {
    from.send(b.nodeId, { kind: 'append', n: 2 });
    return got.includes(2);
  });
});

test('X3 a malformed message ends its stream; the next one is served', async () => {
  const { hosts } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  const [from, to] = [await transport(a), await transport(b)];
  const got: number[] = [];
  to.onMessage((_, { n }) => got.push(n));
  for (const evil of [
    framed(new Uint8Array(9)),
    new Uint8Array([255, 255, 255, 255]),
    framed(Buffer.from('{}')),
  ]) {
    const stream = await a.host.open(b.nodeId, '/labmesh/agree/1', AbortSignal.timeout(5_000));
    stream.send(evil);
    await until('its stream ended', () => stream.status !== 'open');
  }
  await until('others arrive', () => {
    from.send(b.nodeId, { kind: 'append', n: 3 });
    return got.length > 0;
  });
});
