import { afterEach, expect, test } from 'bun:test';
import { proofOf } from '../../../src/gossip/bulk/proof.ts';
import { newMeshIdentity } from '../../../src/gossip/identity.ts';
import { BulkClient } from '../../../src/gossip/index.ts';
import { LabmeshError } from '../../../src/state/errors.ts';
import { CLIENT, SERVER, startBulkDoor } from '../../support/bulk-door.ts';
import { CLOUD_ID, cleanup, testNodeId } from '../../support/mesh.ts';
import { testAuthority } from '../../support/mesh-certificates.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const MIB = 2 ** 20;

const startDoor = (limits?: { maxRunningPerPeer?: number; maxBodyBytes?: number }) =>
  startBulkDoor(later, limits);

/** `count` pieces of 1 MiB, made when they are asked for. */
function pieces(count: number, onPull: () => void = () => {}) {
  let left = count;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (left-- === 0) return controller.close();
        onPull();
        controller.enqueue(new Uint8Array(MIB).fill(left));
      },
    },
    { highWaterMark: 0 },
  );
}

test('bodies go both ways, and the server knows whose they are', async () => {
  const { server, client, peer } = await startDoor();
  server.serve('chunks', async (request, { from }) => {
    const body = request.method === 'PUT' ? await request.bytes() : null;
    return Response.json({ from, path: new URL(request.url).pathname, bytes: body?.byteLength ?? 0 });
  });
  const got = await client.request(peer, '/chunks/abc?x=1');
  expect(await got.json()).toEqual({ from: CLIENT, path: '/chunks/abc', bytes: 0 });
  const put = await client.request(peer, '/chunks/def', { method: 'PUT', body: pieces(5) });
  expect(await put.json()).toEqual({ from: CLIENT, path: '/chunks/def', bytes: 5 * MIB });
});

test('a slow reader slows the sender, in both directions', async () => {
  const { server, client, peer } = await startDoor();
  let pulled = 0;
  server.serve('slow', () => new Response(pieces(400, () => pulled++)));
  const response = await client.request(peer, '/slow');
  const reader = response.body?.getReader();
  await reader?.read();
  await until('the sender waits', async () => {
    const before = pulled;
    await Bun.sleep(300);
    return pulled === before;
  });
  expect(pulled).toBeLessThan(100); // what sockets and Bun hold; not the 400 MiB
  let total = 0;
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
    total += part.value.byteLength;
  expect(total).toBeGreaterThan(390 * MIB);
  expect(pulled).toBe(400);
}, 30_000);

test('X1 without a certificate of the cloud there is no connection', async () => {
  const { server, peer, b } = await startDoor();
  server.serve('x', () => new Response('secret'));
  const url = `https://${peer.address}/x`;
  await expect(fetch(url, { tls: { rejectUnauthorized: false } })).rejects.toThrow();
  const foreign = await testAuthority('other');
  const pair = await foreign.issue(CLIENT);
  const credentials = { ...pair, authority: foreign.authority.certificate };
  const stranger = new BulkClient({ cloudId: CLOUD_ID, identity: b, credentials });
  await expect(stranger.request(peer, '/x')).rejects.toMatchObject({ code: 'bulk.unreachable' });
});

test('X1 a client talks only to the node that it asked for', async () => {
  const { client, peer } = await startDoor();
  const other = { nodeId: CLIENT, address: peer.address };
  await expect(client.request(other, '/x')).rejects.toMatchObject({ code: 'bulk.unreachable' });
});

test('X1 a certificate alone is no membership, and nobody passes for another', async () => {
  const { server, client, peer, credentials } = await startDoor();
  server.serve('x', () => new Response('secret'));
  const outsider = new BulkClient({
    cloudId: CLOUD_ID,
    identity: await newMeshIdentity(),
    credentials: await credentials(testNodeId(9)),
  });
  const refused = { code: 'bulk.refused', data: { status: 403, code: 'bulk.not_member' } };
  await expect(outsider.request(peer, '/x')).rejects.toMatchObject(refused);
  const { certificate, key, authority } = await credentials(CLIENT);
  const tls = { cert: certificate, key, ca: authority, serverName: SERVER.toLowerCase() };
  for (const proof of [
    '',
    'x',
    Buffer.from('{"by":"","body":"","sig":""}').toString('base64url'),
    'A'.repeat(5_000),
  ]) {
    const response = await fetch(`https://${peer.address}/x`, { tls, headers: { 'labmesh-proof': proof } });
    expect([401, 403]).toContain(response.status);
  }
  expect(await (await client.request(peer, '/x')).text()).toBe('secret');
});

test("X1 a proof for one request is worth nothing for another, and a member's name without its key neither", async () => {
  const { server, peer, credentials, b } = await startDoor();
  server.serve('x', () => new Response('secret'));
  const { certificate, key, authority } = await credentials(CLIENT);
  const tls = { cert: certificate, key, ca: authority, serverName: SERVER.toLowerCase() };
  const asked = { to: SERVER, method: 'GET', target: '/x' };
  const status = async (proof: string) =>
    (await fetch(`https://${peer.address}/x`, { tls, headers: { 'labmesh-proof': proof } })).status;
  expect(await status(await proofOf(b, CLOUD_ID, asked))).toBe(200);
  for (const other of [{ to: CLIENT }, { method: 'PUT' }, { target: '/x?y' }])
    expect(await status(await proofOf(b, CLOUD_ID, { ...asked, ...other }))).toBe(401);
  expect(await status(await proofOf(b, 'another cloud', asked))).toBe(401);
  const { privateKey } = await newMeshIdentity();
  const { sig } = JSON.parse(
    Buffer.from(await proofOf({ privateKey, peerId: '' }, CLOUD_ID, asked), 'base64url').toString(),
  );
  const forged = Buffer.from(JSON.stringify({ by: b.peerId, sig, body: '' })).toString('base64url');
  expect(await status(forged)).toBe(401);
});

test('X1 a retired member is refused at once, and what it was sent is cut', async () => {
  const { server, client, peer, membership, members } = await startDoor();
  server.serve('long', () => new Response(pieces(100_000)));
  const response = await client.request(peer, '/long');
  const reader = response.body?.getReader();
  await reader?.read();
  membership.set(members.slice(0, 1));
  await expect(client.request(peer, '/long')).rejects.toMatchObject({
    code: 'bulk.refused',
    data: { status: 403 },
  });
  let isCut = false;
  await until('the transfer is cut', async () => {
    const part = await reader?.read().catch(() => undefined);
    isCut = part === undefined || part.done;
    return isCut;
  });
});

test('errors come with their code; too many and too large are refused; a deadline ends the wait', async () => {
  const { server, client, peer } = await startDoor({ maxRunningPerPeer: 2, maxBodyBytes: MIB });
  server.serve('refuse', () => {
    throw new LabmeshError('images.not_here', { chunk: 'a' });
  });
  server.serve('break', () => {
    throw new Error('secret');
  });
  server.serve('wait', () => new Promise(() => {}));
  server.serve('take', async (request) => Response.json((await request.bytes()).byteLength));
  const of = (status: number, code: string) => ({
    code: 'bulk.refused',
    data: { nodeId: SERVER, status, code },
  });
  await expect(client.request(peer, '/refuse')).rejects.toMatchObject(of(409, 'images.not_here'));
  await expect(client.request(peer, '/break')).rejects.toMatchObject(of(500, 'internal'));
  await expect(client.request(peer, '/nothing')).rejects.toMatchObject({ data: { status: 404 } });
  const large = client.request(peer, '/take', { method: 'PUT', body: new Uint8Array(2 * MIB) });
  await expect(large).rejects.toMatchObject({ data: { status: 413 } });
  const timeout = { code: 'bulk.timeout', data: { timeoutMs: 1_000 } };
  const waiting = Promise.allSettled([1, 2].map(() => client.request(peer, '/wait', { timeoutMs: 1_000 })));
  const take = () => client.request(peer, '/take', { method: 'PUT', body: new Uint8Array(1) });
  await until('it is full', () =>
    take().then(
      () => false,
      ({ data }) => data.status === 503,
    ),
  );
  for (const one of await waiting) expect(one).toMatchObject({ status: 'rejected', reason: timeout });
  await until('those who gave up make room', take);
});

test('a certificate is exchanged on the same port; one that does not fit is refused', async () => {
  const { server, client, peer, credentials } = await startDoor();
  server.serve('x', () => new Response('ok'));
  const { port } = server;
  const other = await credentials(CLIENT);
  expect(() => server.renew(other)).toThrow('bulk.certificate');
  server.renew(await credentials(SERVER));
  expect(server.port).toBe(port);
  await until('it answers', async () => (await client.request(peer, '/x')).text());
});
