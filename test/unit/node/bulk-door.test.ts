/** The ways to other PCs' bulk doors: by what they announce, else by the log; and after a crash, a pulled cable, a new certificate. */
import { afterEach, expect, test } from 'bun:test';
import { BulkDoor } from '../../../src/node/cluster/bulk.ts';
import { silentLogger } from '../../../src/state/index.ts';
import { openCable } from '../../support/cable.ts';
import { CLOUD_ID, cleanup } from '../../support/mesh.ts';
import { testAuthority } from '../../support/mesh-certificates.ts';
import { someFacts } from '../../support/mesh-facts.ts';
import { type LabMesh, startMeshes } from '../../support/mesh-lab.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

/** Two PCs, 127.0.0.1 and 127.0.0.2, of which each knows by the log where the other is. */
async function twoDoors() {
  const { authority, issue } = await testAuthority('lab');
  const { nodes } = await startMeshes(later, 2);
  const [far, near] = nodes as [LabMesh, LabMesh];
  const hosts = new Map([
    [far.nodeId, '127.0.0.1'],
    [near.nodeId, '127.0.0.2'],
  ]);
  const credentials = async ({ nodeId }: LabMesh) => ({
    ...(await issue(nodeId)),
    authority: authority.certificate,
  });
  const open = async (one: LabMesh, port: number) => {
    const door = new BulkDoor({
      nodeId: one.nodeId,
      cloudId: CLOUD_ID,
      listen: { host: hosts.get(one.nodeId) ?? '', port },
      advertise: hosts.get(one.nodeId) ?? '',
      mesh: one.mesh,
      hostOf: (nodeId) => hosts.get(nodeId) ?? null,
      logger: silentLogger,
      clock: Date.now,
      whyNot: () => null,
    });
    door.serve('x', async (request) => new Response(await request.text()));
    door.serveSockets('console', (_, socket) => socket.onData((bytes) => socket.write(bytes)));
    await door.use(await credentials(one));
    later(() => door.stop());
    return door;
  };
  const farDoor = await open(far, 0);
  const port = Number(farDoor.address?.split(':')[1]);
  const nearDoor = await open(near, port);
  /** All that a page may ask for there. */
  const all = async () => {
    const console = await nearDoor.connect(far.nodeId, '/console/1');
    let heard = 0;
    console.onData(({ length }) => {
      heard += length;
    });
    await console.write(new Uint8Array(100));
    await until('the echo', () => heard === 100);
    console.end();
    await (await nearDoor.request(far.nodeId, '/x')).text();
    const body = new Uint8Array(3);
    await (await nearDoor.request(far.nodeId, '/x', { method: 'POST', body, reuse: true })).text();
  };
  return { far, near, farDoor, nearDoor, hosts, port, open, credentials, all };
}

test('a PC whose words have not come yet is found by the log; by what it announces once they have', async () => {
  const { far, near, hosts, port, all } = await twoDoors();
  expect(near.mesh.announcer.board.get(far.nodeId)).toBeUndefined();
  await all();
  hosts.delete(far.nodeId);
  await expect(all()).rejects.toMatchObject({ code: 'bulk.unreachable' });
  far.mesh.announcer.announce({ ...someFacts(0), bulk: `127.0.0.1:${port}` });
  await until('it was heard', () => near.mesh.announcer.board.get(far.nodeId));
  await all();
});

test('the next request after a crash and a new start, and after a new certificate on either side, is answered', async () => {
  const { far, farDoor, near, nearDoor, port, open, credentials, all } = await twoDoors();
  await all();
  await farDoor.stop();
  await expect(all()).rejects.toMatchObject({ code: 'bulk.unreachable' });
  const again = await open(far, port);
  await all();
  await again.use(await credentials(far));
  await all();
  await nearDoor.use(await credentials(near));
  await all();
});

test('after a cut nothing waits for the connections of before', async () => {
  const { far, near, nearDoor, hosts, port, all } = await twoDoors();
  const cable = openCable(later, port);
  hosts.delete(far.nodeId);
  far.mesh.announcer.announce({ ...someFacts(0), bulk: `127.0.0.1:${cable.port}` });
  await until('it was heard', () => near.mesh.announcer.board.get(far.nodeId));
  await Promise.all([all(), all(), all()]); // several connections are kept
  cable.cut();
  nearDoor.lost(far.nodeId); // as the failure detector says
  cable.mend();
  const patience = { method: 'POST', body: new Uint8Array(3), reuse: true, timeoutMs: 5_000 } as const;
  for (let round = 0; round < 4; round++) await (await nearDoor.request(far.nodeId, '/x', patience)).text();
  await all();
});
