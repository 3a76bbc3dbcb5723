/** A PC's certificate is made anew now and then: whoever talks to it then, or knocks at that very moment, is not told that it is silent. */
import { afterEach, expect, test } from 'bun:test';
import type { BulkSocket } from '../../../src/gossip/index.ts';
import { SERVER, startBulkDoor } from '../../support/bulk-door.ts';
import { openCable } from '../../support/cable.ts';
import { cleanup } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const echo = (_: URL, socket: BulkSocket) => socket.onData((bytes) => socket.write(bytes));

test('an open console and a running transfer go on with the certificate that they began with', async () => {
  const { server, client, peer, credentials } = await startBulkDoor(later);
  server.serveSockets('echo', echo);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  server.serve('slow', async () => {
    await held;
    return new Response('all of it');
  });
  const socket = await client.connect(peer, '/echo');
  let heard = 0;
  let ended = false;
  socket.onData(({ length }) => {
    heard += length;
  });
  socket.onEnd(() => {
    ended = true;
  });
  const slow = client.request(peer, '/slow');
  await until(
    'it runs',
    async () => (await client.request(peer, '/echo').catch(({ data }) => data.status)) === 404,
  );
  server.renew(await credentials(SERVER));
  release();
  expect(await (await slow).text()).toBe('all of it');
  await socket.write(new Uint8Array(1000));
  await until('the echo', () => heard === 1000);
  expect(ended).toBe(false);
  await server.stop();
  await until('the end of the door is theirs', () => ended);
});

test('a request and a console that come while it is exchanged get through', async () => {
  const { server, client, peer, credentials } = await startBulkDoor(later);
  server.serve('x', () => new Response('ok'));
  server.serveSockets('echo', echo);
  for (let round = 0; round < 20; round++) {
    const fresh = await credentials(SERVER);
    const asked = [true, false].flatMap((reuse) => [
      client.request(peer, '/x', { reuse }).then((answer) => answer.text()),
      client.connect(peer, '/echo').then((socket) => socket.end()),
    ]);
    server.renew(fresh);
    const more = [client.request(peer, '/x').then((answer) => answer.text()), client.connect(peer, '/echo')];
    await Promise.all([...asked, ...more]);
  }
});

test('a door that is closed for an instant is tried once more; one that stays closed is told soon', async () => {
  const { server, client, peer } = await startBulkDoor(later);
  server.serve('x', () => new Response('ok'));
  server.serveSockets('echo', echo);
  const way = openCable(later, server.port);
  const via = { ...peer, address: `127.0.0.1:${way.port}` };
  way.refuse(1);
  expect(await (await client.request(via, '/x')).text()).toBe('ok');
  way.refuse(1);
  (await client.connect(via, '/echo')).end();
  way.refuse(10);
  await expect(client.request(via, '/x')).rejects.toMatchObject({ code: 'bulk.unreachable' });
  await expect(client.connect(via, '/echo')).rejects.toMatchObject({ code: 'bulk.unreachable' });
});

test('the door stays open with its former certificate when the newer one cannot be used', async () => {
  const { server, client, peer, credentials } = await startBulkDoor(later);
  server.serve('x', () => new Response('ok'));
  const { certificate, ...other } = await credentials(SERVER);
  const broken = {
    ...other,
    certificate: `${certificate}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`,
  };
  expect(() => server.renew(broken)).toThrow('bulk.listen');
  expect(await (await client.request(peer, '/x')).text()).toBe('ok');
});
