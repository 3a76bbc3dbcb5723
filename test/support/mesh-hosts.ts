/** Started hosts that know one another, with nothing on top of them. */
import { MeshHost } from '../../src/gossip/host/host.ts';
import { type MeshIdentity, newMeshIdentity } from '../../src/gossip/identity.ts';
import { MembershipView } from '../../src/gossip/membership/view.ts';
import { silentLogger } from '../../src/state/logger.ts';
import { CLOUD_ID, type Cleanup, emptyBook, FakeMembership, LOOPBACK, testNodeId } from './mesh.ts';

export interface TestHost {
  readonly host: MeshHost;
  readonly identity: MeshIdentity;
  readonly view: MembershipView;
  readonly nodeId: string;
}

export async function startHost(
  later: Cleanup,
  source: FakeMembership,
  n: number,
  identity?: MeshIdentity,
  listen = [LOOPBACK],
): Promise<TestHost> {
  const nodeId = testNodeId(n);
  const key = identity ?? (await newMeshIdentity());
  const view = new MembershipView(source);
  const host = await MeshHost.create({
    nodeId,
    identity: key,
    view,
    book: await emptyBook(later, silentLogger),
    logger: silentLogger,
    listen,
    topic: `labmesh/1/${CLOUD_ID}`,
    inboundPerSecond: 1_000, // all of a test's hosts have one address
    clock: Date.now,
    random: Math.random,
  });
  await host.start();
  later(() => host.stop());
  later(() => view.close());
  return { host, identity: key, view, nodeId };
}

export const memberOf = ({ host, identity, nodeId }: TestHost) => ({
  nodeId,
  peerId: identity.peerId,
  addresses: host.addresses(),
});

/** `count` hosts, each a member. */
export async function startHosts(later: Cleanup, count: number, listen = [LOOPBACK]) {
  const source = new FakeMembership();
  const hosts: TestHost[] = [];
  for (let n = 0; n < count; n++) hosts.push(await startHost(later, source, n, undefined, listen));
  source.set(hosts.map(memberOf));
  return { source, hosts };
}
