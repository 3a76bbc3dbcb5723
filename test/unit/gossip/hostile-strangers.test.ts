/** Who is no member: raw sockets, garbage, foreign keys, at each of the node's doors. None crashes it, grows it or shuts others out. */
import { afterEach, expect, test } from 'bun:test';
import { newMeshIdentity } from '../../../src/gossip/identity.ts';
import { joinCloud, newSecret, verifierOf } from '../../../src/gossip/index.ts';
import { JoinDoor } from '../../../src/gossip/join/door.ts';
import { JOIN_PROTOCOL } from '../../../src/gossip/join/messages.ts';
import { RPC_PROTOCOL } from '../../../src/gossip/rpc/messages.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { CLIENT, startBulkDoor } from '../../support/bulk-door.ts';
import { hostilePeer, portOf, rawSocket } from '../../support/hostile.ts';
import { CLOUD_ID, cleanup, FakeMembership, LOOPBACK, testNodeId } from '../../support/mesh.ts';
import { memberOf, startHost, startHosts, type TestHost } from '../../support/mesh-hosts.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const MULTISTREAM = '\x13/multistream/1.0.0\n\x07/noise\n';
/** What somebody may send who has read about our protocols, or has not. */
const GARBAGE = [
  new Uint8Array(0),
  new Uint8Array(70_000).fill(0xff),
  Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
  Buffer.from(MULTISTREAM),
  Buffer.concat([Buffer.from(MULTISTREAM), Buffer.alloc(65_600, 0xff)]),
  Buffer.concat([Buffer.from(MULTISTREAM), Buffer.from([0, 32]), Buffer.alloc(32)]),
];

test('X3 sockets that say nothing, or nonsense, are cut, and never take the room of the members', async () => {
  const { hosts, source } = await startHosts(later, 1);
  const [a] = hosts as [TestHost];
  const port = portOf(a.host.addresses()[0]);
  const evils = await Promise.all(
    Array.from({ length: 200 }, (_, n) => rawSocket(later, port, GARBAGE[n % GARBAGE.length])),
  );
  // One address has a share; what is beyond it is refused at once, and the rest is cut when its time for a handshake is over.
  await until('all were cut', () => evils.every(({ isOver }) => isOver));
  expect(await a.host.held()).toEqual({ connections: 0, peers: 0 });
  const b = await startHost(later, source, 1);
  source.set([memberOf(a), memberOf(b)]);
  await until('a member gets in', () => a.host.connected().includes(b.nodeId));
}, 40_000);

test('X3 one PC that holds open all it can shuts nobody out who comes from another', async () => {
  const { hosts, source } = await startHosts(later, 1, [LOOPBACK, '/ip6/::1/tcp/0']);
  const [a] = hosts as [TestHost];
  const six = a.host.addresses().find((one) => one.includes('/ip6/'));
  const four = a.host.addresses().filter((one) => one.includes('/ip4/'));
  let isOver = false;
  later(() => {
    isOver = true;
  });
  const port = portOf(six);
  const hold = async () => {
    while (!isOver) {
      const evil = await rawSocket(later, port, undefined, '::1').catch(() => undefined);
      await until('it is cut', () => isOver || evil === undefined || evil.isOver);
    }
  };
  const holding = Promise.all(Array.from({ length: 100 }, hold));
  const b = await startHost(later, source, 1);
  source.set([
    { ...memberOf(a), addresses: four },
    { ...memberOf(b), addresses: [] },
  ]);
  await until('the member got in', () => a.host.connected().includes(b.nodeId));
  isOver = true;
  await holding;
});

test('X1 strangers by the hundred are counted and leave nothing behind', async () => {
  const { hosts, source } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  const [address = ''] = a.host.addresses();
  for (let n = 0; n < 100; n++) {
    const stranger = await hostilePeer(later);
    await expect(stranger.open(address, RPC_PROTOCOL)).rejects.toThrow();
    await stranger.wire.stop();
  }
  expect(a.host.counters.strangers).toBeGreaterThanOrEqual(100);
  await until('only the member is held', async () => {
    const { connections, peers } = await a.host.held();
    return connections <= 2 && peers <= 1;
  });
  expect(a.host.connected()).toEqual([b.nodeId]);
  expect(source.members().length).toBe(2);
}, 60_000);

test('X1 a retired member that goes on trying gets nowhere, and its words are nobody’s', async () => {
  const { hosts, source } = await startHosts(later, 2);
  const [a, b] = hosts as [TestHost, TestHost];
  const retired = await newMeshIdentity();
  const member = { nodeId: testNodeId(2), peerId: retired.peerId, addresses: [] };
  source.set([memberOf(a), memberOf(b), member]);
  const evil = await hostilePeer(later, retired);
  const [address = ''] = a.host.addresses();
  await evil.dial(address);
  await until('as a member it is in', () => a.host.connected().includes(member.nodeId));
  source.set([memberOf(a), memberOf(b)]);
  await until('it is cut off', () => evil.wire.getConnections().length === 0);
  const before = a.host.counters.strangers;
  for (let n = 0; n < 20; n++) await expect(evil.open(address, RPC_PROTOCOL)).rejects.toThrow();
  expect(a.host.counters.strangers).toBeGreaterThanOrEqual(before + 20);
  await until('nothing of it is held', async () => (await a.host.held()).peers <= 1);
});

test('X3 the join door outlives a crowd without a token; whoever has one still gets in', async () => {
  const secret = newSecret();
  const tokenId = '01JF0000000000000000000001';
  const far = Date.now() + 60_000;
  const record = { verifier: verifierOf(secret), expiresAt: far, isRevoked: false, usesLeft: 1, maxUses: 1 };
  const door = new JoinDoor({
    identity: await newMeshIdentity(),
    authority: {
      cloudId: CLOUD_ID,
      token: (id) => (id === tokenId ? record : undefined),
      admit: () => Promise.resolve('welcome'),
    },
    listen: [LOOPBACK],
    logger: silentLogger,
    clock: Date.now,
    inboundPerSecond: 1_000,
  });
  await door.open();
  later(() => door.close());
  const [address = ''] = door.addresses();
  const port = portOf(address);
  const evils = await Promise.all(GARBAGE.map((bytes) => rawSocket(later, port, bytes)));
  for (let n = 0; n < 50; n++) {
    const stranger = await hostilePeer(later);
    const stream = await stranger.open(address, JOIN_PROTOCOL);
    stream.send(new Uint8Array([0xff, 0xff, 0xff, 0xff]));
    await until('it was refused', () => door.counters.malformed === n + 1);
    await stranger.wire.stop();
  }
  await until('all sockets were cut', () => evils.every(({ isOver }) => isOver));
  await until('nothing is held', async () => {
    const { connections, peers } = await door.held();
    return connections === 0 && peers === 0;
  });
  const request = { nodeId: testNodeId(5), name: 'lab-05', addresses: [], version: '0.1.0' };
  const token = { cloudId: CLOUD_ID, tokenId, secret, addresses: [{ ip: '127.0.0.1', port }] };
  const answer = await joinCloud({
    token,
    identity: await newMeshIdentity(),
    request: { ...request, certificateRequest: null },
    clock: Date.now,
  });
  expect(answer).toBe('welcome');
}, 60_000);

test('X3 the bulk door outlives nonsense instead of TLS, and unproven requests are counted', async () => {
  const { server, client, peer, credentials } = await startBulkDoor(later);
  server.serve('x', () => new Response('here'));
  const halves = [...GARBAGE, Buffer.from([0x16, 3, 1, 0xff, 0xff, 1, 0, 0, 0])];
  for (let n = 0; n < 10; n++) for (const bytes of halves) await rawSocket(later, server.port, bytes);
  const { certificate, key, authority } = await credentials(CLIENT);
  const tls = { cert: certificate, key, ca: authority, serverName: peer.nodeId.toLowerCase() };
  const ask = (path: string, proof: string) =>
    fetch(`https://${peer.address}${path}`, { tls, headers: { 'labmesh-proof': proof } });
  for (const proof of ['', '{}', 'A'.repeat(10_000), Buffer.from('{"by":1}').toString('base64url')]) {
    const answer = await ask('/x', proof);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'bulk.unproven' });
  }
  const long = await ask(`/${'x'.repeat(10_000)}`, '');
  expect(await long.json()).toMatchObject({ code: 'bulk.too_large' });
  expect(server.counters.refused).toBe(5);
  expect(await (await client.request(peer, '/x')).text()).toBe('here');
}, 30_000);

test('X3 nobody is taken for a member because no list is there yet', async () => {
  const a = await startHost(later, new FakeMembership(), 0);
  const stranger = await hostilePeer(later);
  await expect(stranger.open(a.host.addresses()[0] ?? '', RPC_PROTOCOL)).rejects.toThrow();
  expect(a.host.counters.strangers).toBe(1);
});
