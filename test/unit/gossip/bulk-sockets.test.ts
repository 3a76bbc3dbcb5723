/** C2 streams both ways over the bulk door: pace, order, who may, how they end. */
import { afterEach, expect, test } from 'bun:test';
import { proofOf } from '../../../src/gossip/bulk/proof.ts';
import { BulkSocket } from '../../../src/gossip/bulk/socket.ts';
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
const echo = (_: URL, socket: BulkSocket) => socket.onData((bytes) => socket.write(bytes));

/** Bytes that show when one is lost or out of order. */
function counted(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, n) => (n * 31 + (n >> 8)) & 0xff);
}

test('bytes go both ways in order, whatever their size; the handler knows who and what for', async () => {
  const { server, client, peer } = await startBulkDoor(later);
  let asked = '';
  server.serveSockets('echo', (target, socket, { from }) => {
    asked = `${from} ${target.pathname}`;
    echo(target, socket);
  });
  const socket = await client.connect(peer, '/echo/abc');
  const heard: Uint8Array[] = [];
  socket.onData((bytes) => void heard.push(bytes));
  const sent = [1, 70_000, 3, 3 * MIB].map(counted);
  for (const bytes of sent) await socket.write(bytes);
  const total = sent.reduce((sum, { length }) => sum + length, 0);
  await until('all is back', () => heard.reduce((sum, { length }) => sum + length, 0) === total);
  expect(Buffer.concat(heard).equals(Buffer.concat(sent))).toBe(true);
  expect(asked).toBe(`${CLIENT} /echo/abc`);
  socket.end();
});

test('a slow reader slows the sender, in both directions', async () => {
  const { server, client, peer } = await startBulkDoor(later);
  /** Sends MiB after MiB; tells how many are gone. */
  const flood = async (socket: BulkSocket, count: { sent: number }) => {
    for (; count.sent < 50; count.sent++) await socket.write(new Uint8Array(MIB));
  };
  const fromServer = { sent: 0 };
  const fromClient = { sent: 0 };
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let atServer = 0;
  server.serveSockets('flood', (_, socket) => {
    void flood(socket, fromServer);
    socket.onData(async ({ length }) => {
      await held;
      atServer += length;
    });
  });
  const socket = await client.connect(peer, '/flood');
  let atClient = 0;
  socket.onData(async ({ length }) => {
    await held;
    atClient += length;
  });
  void flood(socket, fromClient);
  await until('both wait', async () => {
    const before = [fromServer.sent, fromClient.sent].join();
    await Bun.sleep(200);
    return [fromServer.sent, fromClient.sent].join() === before && fromClient.sent > 0;
  });
  expect(fromServer.sent).toBeLessThan(3);
  expect(fromClient.sent).toBeLessThan(3);
  release();
  await until('all came', () => atServer === 50 * MIB && atClient === 50 * MIB);
});

test('X1 a wrong server, no certificate, a foreign certificate, no membership: no socket', async () => {
  const { server, client, peer, credentials, b } = await startBulkDoor(later);
  let opened = 0;
  server.serveSockets('echo', (target, socket) => {
    opened++;
    echo(target, socket);
  });
  const unreachable = { code: 'bulk.unreachable' };
  const notIt = client.connect({ nodeId: testNodeId(7), address: peer.address }, '/echo');
  await expect(notIt).rejects.toMatchObject(unreachable);

  const proof = await proofOf(b, CLOUD_ID, { to: SERVER, method: 'GET', target: '/echo' });
  const naked = new WebSocket(`wss://${peer.address}/echo`, {
    headers: { 'labmesh-proof': proof },
    tls: { rejectUnauthorized: false },
  });
  const ended = await new Promise<string>((resolve) => {
    naked.onopen = () => resolve('open');
    naked.onclose = () => resolve('closed');
  });
  expect(ended).toBe('closed');

  const foreign = await testAuthority('other');
  const { authority } = await credentials(CLIENT); // it believes the server; the server must not believe it
  const pair = { ...(await foreign.issue(CLIENT)), authority };
  const stranger = new BulkClient({ cloudId: CLOUD_ID, identity: b, credentials: pair });
  await expect(stranger.connect(peer, '/echo')).rejects.toMatchObject(unreachable);

  const outsider = new BulkClient({
    cloudId: CLOUD_ID,
    identity: await newMeshIdentity(),
    credentials: await credentials(CLIENT),
  });
  const refused = { code: 'bulk.refused', data: { status: 403 } };
  await expect(outsider.connect(peer, '/echo')).rejects.toMatchObject(refused);
  expect(opened).toBe(0);
  (await client.connect(peer, '/echo')).end();
  expect(opened).toBe(1);
});

test('X1 a retired member’s sockets are cut at once', async () => {
  const { server, client, peer, membership, members } = await startBulkDoor(later);
  const ends: string[] = [];
  server.serveSockets('echo', (target, socket, { signal }) => {
    socket.onEnd(() => ends.push('there'));
    signal.addEventListener('abort', () => ends.push('signal'));
    echo(target, socket);
  });
  const socket = await client.connect(peer, '/echo');
  socket.onEnd(() => ends.push('here'));
  membership.set(members.slice(0, 1));
  await until('both ends know', () => ends.length === 3);
  expect(ends.toSorted()).toEqual(['here', 'signal', 'there']);
  await socket.write(new Uint8Array(10 * MIB)); // goes nowhere, waits for nobody
});

test('a refusal comes with its code; too many are refused; a handler that stays silent ends by the deadline', async () => {
  const { server, client, peer } = await startBulkDoor(later);
  server.serveSockets('refuse', () => {
    throw new LabmeshError('vm.no_console', { name: 'web' });
  });
  server.serveSockets('break', () => {
    throw new Error('secret');
  });
  server.serveSockets('wait', () => new Promise(() => {}));
  server.serveSockets('echo', echo);
  const refused = (code: string) => ({ code: 'bulk.refused', data: { nodeId: SERVER, status: 409, code } });
  await expect(client.connect(peer, '/refuse')).rejects.toMatchObject(refused('vm.no_console'));
  await expect(client.connect(peer, '/break')).rejects.toMatchObject(refused('internal'));
  await expect(client.connect(peer, '/nothing')).rejects.toMatchObject({ data: { status: 404 } });
  await expect(client.connect(peer, '/wait', 300)).rejects.toMatchObject({ code: 'bulk.timeout' });
  const open: BulkSocket[] = [];
  const all = async () => {
    for (;;) open.push(await client.connect(peer, '/echo'));
  };
  await expect(all()).rejects.toMatchObject({
    code: 'bulk.refused',
    data: { status: 503, code: 'bulk.busy', data: { max: 64 } },
  });
  expect(open.length).toBeGreaterThanOrEqual(63); // the one that waited may still be ending
  expect(open.length).toBeLessThanOrEqual(64);
  open.pop()?.end();
  await until('room again', () =>
    client.connect(peer, '/echo').then(
      () => true,
      () => false,
    ),
  );
});

test('an end that breaks the rules is closed: beyond the window, or a count that cannot be', () => {
  const codes: number[] = [];
  const raw = { send: () => {}, close: (code: number) => void codes.push(code) };
  for (const count of ['1', '-1', 'x', '', '99999999999']) new BulkSocket(raw).received(count);
  expect(codes).toEqual(Array(5).fill(4400));
  const flooded = new BulkSocket(raw);
  for (let n = 0; n < 18; n++) flooded.received(new Uint8Array(64 * 1024));
  expect(codes.length).toBe(6);
});
