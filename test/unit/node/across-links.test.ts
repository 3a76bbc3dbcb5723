/** N13 the ways to other PCs are measured, each seldom, one at a time. */
import { afterEach, expect, test } from 'bun:test';
import { type BulkLink, LinkMeter, serveSpeed } from '../../../src/node/across/index.ts';
import { SERVER, startBulkDoor } from '../../support/bulk-door.ts';
import { cleanup, testNodeId } from '../../support/mesh.ts';

const later = cleanup();
afterEach(() => later.run());

test('N13 round trip and throughput of each neighbour, at most every five minutes, one at a time', async () => {
  const { server, client, peer } = await startBulkDoor(later);
  serveSpeed(server);
  const asked: string[] = [];
  const link: BulkLink = {
    request: (nodeId, target, options) => {
      asked.push(nodeId);
      return client.request({ ...peer, nodeId }, target, options);
    },
    connect: () => Promise.reject(new Error('not used')),
  };
  const [impostor, dead] = [testNodeId(6), testNodeId(7)];
  let near = [SERVER, impostor, dead];
  let skipped = 0;
  const ping = async (nodeId: string) => {
    if (nodeId === dead) throw new Error('rpc.timeout');
  };
  const clock = () => performance.now() + skipped;
  const meter = new LinkMeter({ neighbours: () => near, ping, link, clock });
  await Promise.all([meter.measureNext(), meter.measureNext(), meter.measureNext()]);
  expect(asked).toEqual([SERVER]); // the others found it at work
  for (let n = 0; n < 5; n++) await meter.measureNext();
  expect(asked).toEqual([SERVER, impostor]);
  const links = meter.links();
  expect(links.map(({ to }) => to)).toEqual([SERVER, impostor]);
  expect(links[0]?.rttMs).toBeGreaterThanOrEqual(0);
  expect(links[0]?.bytesPerSecond).toBeGreaterThan(0);
  expect(links[1]?.bytesPerSecond).toBeNull(); // it answers, but its bulk door is not its own
  skipped = 5 * 60_000;
  await meter.measureNext();
  expect(asked.length).toBe(3);
  near = [dead];
  expect(meter.links()).toEqual([]);
});

test('N13 nobody can ask for more than a sample', async () => {
  const { server, client, peer } = await startBulkDoor(later);
  serveSpeed(server);
  const ask = (bytes: string) => client.request(peer, `/speed?bytes=${bytes}`);
  expect((await (await ask('1000')).bytes()).byteLength).toBe(1000);
  for (const bytes of ['99999999', '-1', 'x', '0'])
    await expect(ask(bytes)).rejects.toMatchObject({ data: { status: 400 } });
});
