/**
 * Knocks at the mesh and bulk doors of a cloud with what a node's folder holds: its key, its certificate, the members it was told of.
 * Run inside a PC: `bun member-caller.ts DATA NODE_ID IP PORT_OF_BULK`. Prints one JSON line: what each door said.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BulkClient, GossipError, type Mesh, openMesh } from '../../src/gossip/index.ts';
import { joinedCloud } from '../../src/node/cluster/welcome.ts';
import { silentLogger } from '../../src/state/index.ts';

const [data = '', nodeId = '', ip = '', bulkPort = ''] = process.argv.slice(2);
const welcome = await joinedCloud(data);
const target = welcome?.members.find((one) => one.nodeId === nodeId);
if (welcome === null || target === undefined) throw new Error('the folder knows no such member');

/** It is cut within a round trip. */
const CUT_MS = 3_000;

const codeOf = (error: unknown): string => {
  if (!(error instanceof GossipError)) return String(error);
  return 'code' in error.data ? `${error.code} ${error.data.code}` : error.code;
};
const outcome = (work: Promise<unknown>): Promise<string> => work.then(() => 'ok', codeOf);

/** Who dials is through with the handshake before the other side can turn it away: what counts is whether the connection stays. */
async function keepsUs(mesh: Mesh): Promise<string> {
  await mesh.host.reach(nodeId).catch(() => {});
  const ends = performance.now() + CUT_MS;
  while (performance.now() < ends) {
    if (mesh.host.connected().length === 0) return 'cut';
    await Bun.sleep(50);
  }
  return 'open';
}

const { nodeId: me } = JSON.parse(readFileSync(join(data, 'node.json'), 'utf8'));
const own = mkdtempSync(join(tmpdir(), 'labmesh-caller-'));
try {
  await copyFile(join(data, 'mesh.json'), join(own, 'mesh.json'));
  const members = [target];
  const mesh = await openMesh({
    nodeId: me,
    cloudId: welcome.cloudId,
    dataDir: own,
    membership: { members: () => members, onChange: () => () => {} },
    listen: ['/ip4/0.0.0.0/tcp/0'],
    logger: silentLogger,
  });
  await mesh.start();
  const pem = (name: string) => readFileSync(join(data, 'tls', name), 'utf8');
  const bulk = new BulkClient({
    cloudId: welcome.cloudId,
    identity: mesh.identity,
    credentials: { certificate: pem('node.pem'), key: pem('node.key'), authority: pem('authority.pem') },
  });
  const said = {
    mesh: await keepsUs(mesh),
    rpc: await outcome(mesh.rpc.request(nodeId, 'authority.holds', {})),
    bulk: await outcome(bulk.request({ nodeId, address: `${ip}:${bulkPort}` }, '/nothing')),
  };
  await mesh.stop();
  process.stdout.write(`${JSON.stringify(said)}\n`);
} finally {
  rmSync(own, { recursive: true, force: true });
}
process.exit(0);
