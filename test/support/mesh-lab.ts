/** Whole meshes in one process, for tests that need to reach inside. */
import { type Member, type Mesh, openMesh } from '../../src/gossip/index.ts';
import { silentLogger } from '../../src/state/logger.ts';
import { CLOUD_ID, type Cleanup, FakeMembership, LOOPBACK, temporaryFolder, testNodeId } from './mesh.ts';

export interface LabMesh {
  readonly nodeId: string;
  readonly mesh: Mesh;
  readonly dataDir: string;
}

export const memberOf = ({ mesh, nodeId }: LabMesh): Member => ({
  nodeId,
  peerId: mesh.identity.peerId,
  addresses: mesh.host.addresses(),
});

export async function startMesh(
  later: Cleanup,
  membership: FakeMembership,
  n: number,
  dataDir?: string,
): Promise<LabMesh> {
  const dir = dataDir ?? (await temporaryFolder(later));
  const nodeId = testNodeId(n);
  const mesh = await openMesh({
    nodeId,
    cloudId: CLOUD_ID,
    dataDir: dir,
    membership,
    listen: [LOOPBACK],
    logger: silentLogger,
    inboundPerSecond: 1_000, // all of a test's nodes have one address
  });
  await mesh.start();
  later(() => mesh.stop());
  return { nodeId, mesh, dataDir: dir };
}

export async function startMeshes(later: Cleanup, count: number) {
  const membership = new FakeMembership();
  const nodes: LabMesh[] = [];
  for (let n = 0; n < count; n++) nodes.push(await startMesh(later, membership, n));
  membership.set(nodes.map(memberOf));
  return { membership, nodes };
}
