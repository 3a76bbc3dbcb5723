/** A bulk door on loopback with real certificates, and a member that may use it. */

import type { BulkServerOptions } from '../../src/gossip/bulk/server.ts';
import { newMeshIdentity } from '../../src/gossip/identity.ts';
import { BulkClient, BulkServer } from '../../src/gossip/index.ts';
import { MembershipView } from '../../src/gossip/membership/view.ts';
import { silentLogger } from '../../src/state/logger.ts';
import { CLOUD_ID, type Cleanup, FakeMembership, testNodeId } from './mesh.ts';
import { testAuthority } from './mesh-certificates.ts';

export const [SERVER, CLIENT] = [testNodeId(0), testNodeId(1)];

export async function startBulkDoor(
  later: Cleanup,
  limits: Partial<Pick<BulkServerOptions, 'maxRunningPerPeer' | 'maxBodyBytes' | 'whyNot'>> = {},
) {
  const { authority, issue } = await testAuthority('lab');
  const [a, b] = [await newMeshIdentity(), await newMeshIdentity()];
  const membership = new FakeMembership();
  const members = [
    { nodeId: SERVER, peerId: a.peerId, addresses: [] },
    { nodeId: CLIENT, peerId: b.peerId, addresses: [] },
  ];
  membership.set(members);
  const credentials = async (nodeId: string) => ({
    ...(await issue(nodeId)),
    authority: authority.certificate,
  });
  const server = new BulkServer({
    nodeId: SERVER,
    cloudId: CLOUD_ID,
    view: new MembershipView(membership),
    credentials: await credentials(SERVER),
    hostname: '127.0.0.1',
    port: 0,
    logger: silentLogger,
    clock: Date.now,
    ...limits,
  });
  server.start();
  later(() => server.stop());
  const client = new BulkClient({ cloudId: CLOUD_ID, identity: b, credentials: await credentials(CLIENT) });
  const peer = { nodeId: SERVER, address: `127.0.0.1:${server.port}` };
  return { server, client, peer, membership, members, credentials, issue, b };
}
