/** What a hostile PC could try against a whole mesh node, and that nothing grows by it. */
import { afterEach, expect, test } from 'bun:test';
import { seal } from '../../../src/gossip/envelope.ts';
import { newMeshIdentity } from '../../../src/gossip/identity.ts';
import { framed } from '../../../src/gossip/wire/frames.ts';
import { toBytes } from '../../../src/gossip/wire/json.ts';
import { CLOUD_ID, cleanup, FakeMembership } from '../../support/mesh.ts';
import { someFacts } from '../../support/mesh-facts.ts';
import { type LabMesh, memberOf, startMesh, startMeshes } from '../../support/mesh-lab.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const DETECT = '/labmesh/detect/1';

async function inject(from: LabMesh, to: LabMesh, messages: Uint8Array[]) {
  const stream = await from.mesh.host.open(to.nodeId, DETECT, AbortSignal.timeout(5_000));
  for (const message of messages) stream.send(message);
  return stream;
}

const news = (envelope: object) => framed(toBytes({ t: 'news', envelope }));
const accusation = async (key: LabMesh['mesh']['identity'], target: string, from: string, inc: number) => {
  const body = JSON.stringify({ kind: 'suspect', target, inc, from });
  return seal(key.privateKey, { purpose: 'detect', cloudId: CLOUD_ID }, body);
};

test("X3 nobody can accuse in another's name, or say that another lives", async () => {
  const { nodes } = await startMeshes(later, 3);
  const [evil, a, victim] = nodes as [LabMesh, LabMesh, LabMesh];
  await until('connected', () => evil.mesh.host.connected().length === 2);
  const outsider = await newMeshIdentity();
  const inAnothersName = await accusation(evil.mesh.identity, victim.nodeId, victim.nodeId, Date.now());
  const byNobody = await accusation(outsider, victim.nodeId, evil.nodeId, Date.now());
  const farAhead = await accusation(evil.mesh.identity, victim.nodeId, evil.nodeId, Date.now() + 9e9);
  await inject(evil, a, [inAnothersName, { ...byNobody, by: evil.mesh.identity.peerId }, farAhead].map(news));
  await until('all were found out', () => a.mesh.detector.counters.forged === 3);
  expect(a.mesh.detector.health(victim.nodeId)).toBe('alive');
});

test('X3 a member that accuses without end kills nobody, and is heard less', async () => {
  const { nodes } = await startMeshes(later, 3);
  const [evil, a, victim] = nodes as [LabMesh, LabMesh, LabMesh];
  await until('connected', () => evil.mesh.host.connected().length === 2);
  const deaths: string[] = [];
  a.mesh.detector.onChange(({ nodeId, health }) => health === 'dead' && deaths.push(nodeId));
  const lies: Uint8Array[] = [];
  for (let n = 0; n < 1_000; n++)
    lies.push(news(await accusation(evil.mesh.identity, victim.nodeId, evil.nodeId, Date.now() + n * 1_000)));
  await inject(evil, a, lies);
  await until('it is throttled', () => a.mesh.detector.counters.flood > 100);
  await until('the victim has refuted', () => a.mesh.detector.health(victim.nodeId) === 'alive');
  expect(deaths).toEqual([]);
});

test('X3 malformed and oversized messages end their stream; the detector goes on', async () => {
  const { nodes } = await startMeshes(later, 2);
  const [evil, a] = nodes as [LabMesh, LabMesh];
  await until('connected', () => evil.mesh.host.connected().length === 1);
  const evils = [
    framed(toBytes({ t: 'ping', n: -1 })),
    framed(toBytes({ t: 'unknown' })),
    framed(new Uint8Array(1_500)),
    new Uint8Array([0, 255, 255, 255, 1]),
  ];
  for (const one of evils) {
    const stream = await inject(evil, a, [one]);
    await until('its stream ended', () => stream.status !== 'open');
  }
  expect(a.mesh.detector.counters.malformed).toBe(3); // the fourth is refused by its length alone
  evil.mesh.announcer.announce(someFacts(0.3));
  await until('a hears', () => a.mesh.announcer.board.get(evil.nodeId) !== undefined);
  expect(a.mesh.detector.health(evil.nodeId)).toBe('alive');
});

test("N14 a node remembers where the others are, although the log's addresses are old", async () => {
  const membership = new FakeMembership();
  const [a, b] = [await startMesh(later, membership, 0), await startMesh(later, membership, 1)];
  const nowhere = ['/ip4/127.0.0.1/tcp/1'];
  membership.set([{ ...memberOf(a), addresses: nowhere }, memberOf(b)]); // only a can dial: only who dialled knows where
  await until('connected', () => a.mesh.host.connected().length === 1);
  await a.mesh.stop();
  membership.set([
    { ...memberOf(a), addresses: nowhere },
    { ...memberOf(b), addresses: nowhere },
  ]);
  const again = await startMesh(later, membership, 0, a.dataDir);
  expect(again.mesh.identity.peerId).toBe(a.mesh.identity.peerId);
  await until('it found its neighbour', () => again.mesh.host.connected().includes(b.nodeId));
});
