import { afterEach, expect, test } from 'bun:test';
import { newMeshIdentity } from '../../../src/gossip/identity.ts';
import { framesOf, sendFrame } from '../../../src/gossip/wire/frames.ts';
import { cleanup, FakeMembership, testNodeId } from '../../support/mesh.ts';
import { memberOf, startHost, startHosts, type TestHost } from '../../support/mesh-hosts.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const ECHO = '/test/echo/1';
const MIB = 1 << 20;
const soon = () => AbortSignal.timeout(10_000);

async function serveEcho({ host }: TestHost) {
  await host.handle(
    ECHO,
    async (stream) => {
      for await (const frame of framesOf(stream, MIB)) await sendFrame(stream, frame, soon());
      await stream.close();
    },
    8,
  );
}

async function echo(from: TestHost, to: TestHost, body: Uint8Array): Promise<Uint8Array | undefined> {
  const stream = await from.host.open(to.nodeId, ECHO, soon());
  await sendFrame(stream, body, soon());
  for await (const frame of framesOf(stream, MIB)) {
    await stream.close();
    return frame;
  }
  return undefined;
}

test('messages of 0 bytes to 1 MiB go through the noise channel unchanged', async () => {
  const { hosts } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  await serveEcho(b);
  for (const size of [
    0,
    1,
    15,
    16,
    1_199,
    1_200,
    1_201,
    4_096,
    65_518,
    65_519,
    65_535,
    65_536,
    300_000,
    MIB,
  ]) {
    const body = new Uint8Array(size).map((_, n) => (n * 31 + size) & 255);
    const back = await echo(a, b, body);
    expect(back?.byteLength).toBe(size);
    expect(Buffer.compare(body, back ?? Buffer.from('x'))).toBe(0);
  }
});

test('members connect with their neighbours by themselves', async () => {
  const { hosts } = await startHosts(later, 5);
  await until('everybody has a neighbour', () => hosts.every(({ host }) => host.connected().length >= 2));
});

test('X1 a stranger is not let in, whatever it knows', async () => {
  const { hosts, source } = await startHosts(later, 1);
  const [inside] = hosts as [TestHost];
  await serveEcho(inside);
  const itsView = new FakeMembership();
  const stranger = await startHost(later, itsView, 9);
  itsView.set([memberOf(inside), memberOf(stranger)]);
  await expect(echo(stranger, inside, new Uint8Array(1))).rejects.toThrow();
  await until('it was turned away', () => inside.host.counters.strangers > 0);
  expect(inside.host.connected()).toEqual([]);
  source.set([memberOf(inside), memberOf(stranger)]);
  await until('as a member it is let in', () => echo(stranger, inside, new Uint8Array(7)));
});

test("X1 somebody with a member's node id and another key is not let in", async () => {
  const { hosts, source } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  await serveEcho(a);
  const forger = await startHost(later, source, 1, await newMeshIdentity());
  expect(forger.nodeId).toBe(b.nodeId);
  await expect(echo(forger, a, new Uint8Array(1))).rejects.toThrow();
  await until('it was turned away', () => a.host.counters.strangers > 0);
});

test('X1 a retired member loses its connection at once and gets none again', async () => {
  const { hosts, source } = await startHosts(later, 3);
  const [a, b, c] = hosts as [TestHost, TestHost, TestHost];
  await serveEcho(a);
  await echo(b, a, new Uint8Array(3));
  source.set([memberOf(a), memberOf(c)]);
  await until(
    'it is cut off',
    () => !a.host.connected().includes(b.nodeId) && !c.host.connected().includes(b.nodeId),
  );
  await expect(echo(b, a, new Uint8Array(3))).rejects.toThrow();
});

test('N14 a member that comes back under another address is found by what the log says', async () => {
  const { hosts, source } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  // Both dial at once: one half is there, the other in the middle of its handshake, and b's stop has to end both.
  await until('connected', () => a.host.connected().includes(b.nodeId));
  await b.host.stop();
  await until('disconnected', () => a.host.connected().length === 0);
  const again = await startHost(later, source, 1, b.identity);
  source.set([memberOf(a), memberOf(again)]);
  await until('connected again', () => a.host.connected().includes(b.nodeId));
});

test('GF25 hanging up on a silent member ends what has been open for a while, and spares what was opened just now', async () => {
  const { hosts } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  let ended = 0;
  await until('connected', () => a.host.connected().includes(b.nodeId));
  const since = Date.now();
  a.host.onPresence((_, isConnected) => {
    if (!isConnected) ended = Date.now();
  });
  await until('it ends', () => {
    a.host.drop(b.nodeId);
    return ended > 0;
  });
  expect(ended - since).toBeGreaterThan(2_000);
  await until('connected again', () => a.host.connected().includes(b.nodeId));
});

test('a dial that outlives its deadline, or its host, ends quietly', async () => {
  const { hosts, source } = await startHosts(later, 1);
  const [a] = hosts as [TestHost];
  // Listens and never accepts into a handshake: what a PC does whose process is stopped.
  const deaf = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  later(() => deaf.stop(true));
  const { peerId } = await newMeshIdentity();
  const full = {
    nodeId: testNodeId(7),
    peerId,
    addresses: [`/ip4/127.0.0.1/tcp/${deaf.port}`],
  };
  source.set([memberOf(a), full]);
  await expect(a.host.open(full.nodeId, ECHO, AbortSignal.timeout(200))).rejects.toMatchObject({
    code: 'mesh.unreachable',
  });
  await a.host.stop(); // while the dial goes on
  await Bun.sleep(100); // an error that nobody hears would come within this, and fail the test run
});

test('a taken or foreign address is told in our words', async () => {
  const { hosts, source } = await startHosts(later, 1);
  const taken = hosts[0]?.host.addresses() ?? [];
  const port = taken[0]?.split('/').at(-1);
  await expect(startHost(later, source, 1, undefined, taken)).rejects.toMatchObject({
    code: 'mesh.listen',
    data: { addresses: [`127.0.0.1:${port}`], reason: 'in_use' },
  });
  const foreign = ['/ip4/203.0.113.9/tcp/7946']; // of a range for documentation (RFC 5737)
  await expect(startHost(later, source, 1, undefined, foreign)).rejects.toMatchObject({
    code: 'mesh.listen',
    data: { addresses: ['203.0.113.9:7946'], reason: 'not_ours' },
  });
});
