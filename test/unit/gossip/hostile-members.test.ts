/** A member gone bad: it speaks gossipsub and the other protocols by hand. It is counted, bounded, and silences nobody else. */
import { afterEach, expect, test } from 'bun:test';
import { RPC } from '@libp2p/gossipsub/message';
import type { Stream } from '@libp2p/interface';
import { MAX_ENVELOPE_BYTES } from '../../../src/gossip/announce/limits.ts';
import { seal } from '../../../src/gossip/envelope.ts';
import { type MeshIdentity, newMeshIdentity } from '../../../src/gossip/identity.ts';
import { RPC_PROTOCOL } from '../../../src/gossip/rpc/messages.ts';
import { drained } from '../../../src/gossip/wire/drained.ts';
import { toBytes } from '../../../src/gossip/wire/json.ts';
import { hostilePeer } from '../../support/hostile.ts';
import { CLOUD_ID, cleanup, FakeMembership, testNodeId } from '../../support/mesh.ts';
import { someFacts } from '../../support/mesh-facts.ts';
import { type LabMesh, memberOf, startMesh } from '../../support/mesh-lab.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const TOPIC = `labmesh/1/${CLOUD_ID}`;
const GOSSIP = '/meshsub/1.2.0';

/** Two honest nodes that know one another, and a member of which only the key is one. */
async function labWithTraitor() {
  const membership = new FakeMembership();
  const identity = await newMeshIdentity();
  const traitor = { nodeId: testNodeId(9), peerId: identity.peerId, addresses: [] };
  const [a, b] = [await startMesh(later, membership, 0), await startMesh(later, membership, 1)];
  const honest = [memberOf(a), memberOf(b)];
  membership.set([...honest, traitor]);
  a.mesh.announcer.announce(someFacts(0.1));
  b.mesh.announcer.announce(someFacts(0.1));
  await until('the honest know one another', () => hears(a, b, 0.1) && hears(b, a, 0.1));
  const evil = await hostilePeer(later, identity);
  const open = (protocol: string) => evil.open(a.mesh.host.addresses()[0] ?? '', protocol);
  return { membership, honest, a, b, evil: { ...evil, ...traitor, identity, open } };
}

const hears = (one: LabMesh, of: { nodeId: string }, cpu: number) =>
  one.mesh.announcer.board.get(of.nodeId)?.facts.load.cpu === cpu;

/** After all that, b's next change still comes to a, and a's to b. */
async function goOn(a: LabMesh, b: LabMesh): Promise<void> {
  a.mesh.announcer.announce(someFacts(0.77));
  b.mesh.announcer.announce(someFacts(0.88));
  await until('the honest still hear one another', () => hears(a, b, 0.88) && hears(b, a, 0.77));
  expect(a.mesh.detector.health(b.nodeId)).toBe('alive');
}

async function said(by: MeshIdentity, nodeId: string, count: number, started = Date.now()) {
  const body = JSON.stringify({ v: 1, nodeId, seq: [started, count], facts: someFacts(0.5) });
  return seal(by.privateKey, { purpose: 'announce', cloudId: CLOUD_ID }, body);
}

/** As gossipsub frames it: its length as a varint, then the bytes. */
function gossiped(rpc: Partial<RPC> | Uint8Array): Uint8Array {
  const bytes = rpc instanceof Uint8Array ? rpc : RPC.encode({ subscriptions: [], messages: [], ...rpc });
  const length: number[] = [];
  for (let rest = bytes.byteLength; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

const published = (...data: Uint8Array[]) =>
  gossiped({ messages: data.map((one) => ({ topic: TOPIC, data: one })) });

async function push(stream: Stream, frames: Uint8Array[]): Promise<void> {
  for (const frame of frames) {
    if (stream.status !== 'open') return; // it was cut: that is an answer, too
    stream.send(frame);
    await drained(stream, AbortSignal.timeout(10_000)).catch(() => {});
  }
}

test("X3 another's announcement forged straight into gossipsub is found out and changes nothing", async () => {
  const { a, b, evil } = await labWithTraitor();
  const inItsName = await said(evil.identity, b.nodeId, 1);
  const under = { ...inItsName, by: b.mesh.identity.peerId };
  const genuine = a.mesh.announcer.board.get(b.nodeId)?.envelope;
  if (genuine === undefined) throw new Error('b was heard');
  const newer = genuine.body.replace(/"seq":\[\d+,\d+\]/, `"seq":[${Date.now()},9]`);
  const forgeries = [inItsName, under, { ...genuine, body: newer }];
  await push(await evil.open(GOSSIP), [published(...forgeries.map(toBytes))]);
  await until('each was found out', () => a.mesh.announcer.counters.forged === forgeries.length);
  expect(hears(a, b, 0.1)).toBe(true);
  expect(b.mesh.announcer.counters.forged).toBe(0); // it was not passed on
  await goOn(a, b);
});

test('X3 frames that are none, or too large, or full of orders reach nobody and stop nobody', async () => {
  const { a, b, evil } = await labWithTraitor();
  const ids = Array.from({ length: 5_000 }, (_, n) => new Uint8Array(20).fill(n & 255));
  const evils = [
    gossiped(new Uint8Array(2_000).fill(0xff)),
    gossiped(new Uint8Array([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])), // a field longer than its message
    new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3]), // a frame of 32 GiB
    published(new Uint8Array(4 << 20)),
    gossiped({ subscriptions: ids.map((_, n) => ({ subscribe: true, topic: `other/${n}` })) }),
    gossiped({
      control: {
        ihave: [{ topicID: TOPIC, messageIDs: ids }],
        iwant: [{ messageIDs: ids }],
        graft: ids.map((_, n) => ({ topicID: `other/${n}` })),
        prune: ids.map((_, n) => ({ topicID: `other/${n}`, peers: [] })),
        idontwant: [{ messageIDs: ids }],
      },
    }),
  ];
  for (const frame of evils) {
    await push(await evil.open(GOSSIP), [frame, frame]);
    for (const connection of evil.wire.getConnections()) await connection.close(); // a new one for the next: they may have been cut
  }
  const { pubsub } = a.mesh.host;
  expect(pubsub.getTopics()).toEqual([TOPIC]);
  for (let n = 0; n < ids.length; n++) expect(pubsub.getSubscribers(`other/${n}`)).toEqual([]);
  expect(a.mesh.announcer.counters.fresh).toBe(2);
  await goOn(a, b);
}, 60_000);

test('X3 a flood of gossip, true and false, is heard no more than a bounded number of times', async () => {
  const { a, b, evil } = await labWithTraitor();
  const stream = await evil.open(GOSSIP);
  const frames: Uint8Array[] = [];
  for (let n = 1; n <= 1_500; n++) {
    const own = toBytes(await said(evil.identity, evil.nodeId, n));
    frames.push(published(own, Buffer.from(`nonsense ${n}`), new Uint8Array(MAX_ENVELOPE_BYTES + n).fill(n)));
  }
  await push(stream, frames);
  const dropped = () => {
    const { malformed, oversized, too_often, stale, flood } = a.mesh.announcer.counters;
    return malformed + oversized + too_often + stale + flood;
  };
  await until('what it dropped is counted', () => dropped() > 100);
  await goOn(a, b);
  const { fresh } = a.mesh.announcer.counters;
  expect(fresh).toBeLessThan(200); // 1,500 were offered; an author is heard 4 times a second
  expect(b.mesh.announcer.counters.fresh).toBeLessThan(200);
  expect(a.mesh.announcer.board.all().length).toBeLessThanOrEqual(3);
}, 60_000);

test("X1 a retired member's words are dropped, whoever brings them, and nothing of it is kept", async () => {
  const { membership, honest, a, b, evil } = await labWithTraitor();
  const recorded = toBytes(await said(evil.identity, evil.nodeId, 1));
  await push(await evil.open(GOSSIP), [published(recorded)]);
  await until('as a member it is heard', () => hears(a, evil, 0.5) && hears(b, evil, 0.5));
  const helper = await newMeshIdentity(); // another traitor, that is still a member, replays what the retired one said
  membership.set([...honest, { nodeId: testNodeId(8), peerId: helper.peerId, addresses: [] }]);
  expect(a.mesh.announcer.board.get(evil.nodeId)).toBeUndefined();
  const accomplice = await hostilePeer(later, helper);
  const stream = await accomplice.open(a.mesh.host.addresses()[0] ?? '', GOSSIP);
  const later2 = toBytes(await said(evil.identity, evil.nodeId, 2));
  await push(stream, [published(later2)]);
  await until('it is counted', () => a.mesh.announcer.counters.stranger === 1);
  expect(a.mesh.announcer.board.get(evil.nodeId)).toBeUndefined();
  expect(b.mesh.announcer.board.get(evil.nodeId)).toBeUndefined();
  expect(a.mesh.detector.health(evil.nodeId)).toBeUndefined();
  await goOn(a, b);
});

test('X3 a member that opens streams without end is bounded, and the others are served', async () => {
  const { a, b, evil } = await labWithTraitor();
  a.mesh.rpc.method('echo', (body) => body);
  const opened: Stream[] = [];
  for (let n = 0; n < 300; n++)
    await evil.open(RPC_PROTOCOL).then(
      (stream) => opened.push(stream),
      () => {}, // more than a connection may have
    );
  const isOpen = ({ status }: Stream) => status === 'open';
  await until('those beyond the bound were cut at once', () => opened.filter(isOpen).length <= 40, 4_000);
  expect(await b.mesh.rpc.request(a.nodeId, 'echo', 'still here')).toBe('still here');
  await until('those that say nothing are over', () => !opened.some(isOpen));
  expect((await a.mesh.host.held()).connections).toBeLessThanOrEqual(4);
  await goOn(a, b);
}, 60_000);
