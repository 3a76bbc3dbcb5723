/** Images between nodes: real stores, real bulk doors on loopback, the state's own machine. */
import { afterEach, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { newMeshIdentity } from '../../../src/gossip/identity.ts';
import { BulkClient, BulkServer } from '../../../src/gossip/index.ts';
import { MembershipView } from '../../../src/gossip/membership/view.ts';
import type { BulkLink } from '../../../src/node/across/index.ts';
import { ImageFetcher } from '../../../src/node/imaging/image-fetcher.ts';
import { IMAGES_PATH, imageHandler, orderFrom } from '../../../src/node/imaging/image-peers.ts';
import { ProgressBoard } from '../../../src/node/progress-board.ts';
import { type CommandType, LabmeshError, type Payload } from '../../../src/state/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { CLOUD_ID, cleanup, FakeMembership } from '../../support/mesh.ts';
import { testAuthority } from '../../support/mesh-certificates.ts';
import { until } from '../../support/until.ts';
import { diskBytes, leftBehind, MiB, makeRig, request, write } from '../images/rig.ts';
import { agent, as, id, lab, NODE, TEACHER, type World } from '../state/world.ts';

const later = cleanup();
afterEach(() => later.run());

const [FIRST, SECOND, NEWCOMER] = [NODE, id(2001), id(2002)];
const NODES = [FIRST, SECOND, NEWCOMER];

/** A cloud of three nodes with bulk doors; the first has an image of 24 MiB. */
async function cloud() {
  const world = lab();
  for (const [nodeId, name] of [
    [SECOND, 'pc-2'],
    [NEWCOMER, 'pc-3'],
  ] as const) {
    const capacity = { cores: 4, ramMiB: 4096, storageGiB: 100, tempGiB: 50 };
    const facts = { name, address: name, version: '0.1.0', capacity, accel: 'tcg', hostProblem: null };
    world.ok('node.register', facts, { kind: 'node', nodeId });
  }
  const { authority, issue } = await testAuthority('lab');
  const identities = await Promise.all(NODES.map(() => newMeshIdentity()));
  const membership = new FakeMembership();
  membership.set(NODES.map((nodeId, i) => ({ nodeId, peerId: identities[i]?.peerId ?? '', addresses: [] })));
  const view = new MembershipView(membership);
  const rigs = await Promise.all(NODES.map(() => makeRig()));
  const doors = await Promise.all(
    NODES.map(async (nodeId, i) => {
      const credentials = { ...(await issue(nodeId)), authority: authority.certificate };
      const server = new BulkServer({
        nodeId,
        cloudId: CLOUD_ID,
        view,
        credentials,
        hostname: '127.0.0.1',
        port: 0,
        logger: silentLogger,
        clock: Date.now,
      });
      const rig = rigs[i];
      if (rig) server.serve(IMAGES_PATH, imageHandler(rig.store));
      server.start();
      return { server, credentials };
    }),
  );
  later(async () => {
    for (const { server } of doors) await server.stop();
    for (const rig of rigs) {
      await rig.store.stop();
      rig.remove();
    }
  });
  const [first, second, third] = rigs;
  const [firstDoor, secondDoor, thirdDoor] = doors;
  const identity = identities[2];
  if (!first || !second || !third || !firstDoor || !secondDoor || !thirdDoor || !identity) throw new Error();
  const client = new BulkClient({ cloudId: CLOUD_ID, identity, credentials: thirdDoor.credentials });
  const asked: string[] = [];
  const link: Pick<BulkLink, 'request'> = {
    request(nodeId, target, options) {
      asked.push(nodeId);
      const port = (nodeId === FIRST ? firstDoor : secondDoor).server.port;
      return client.request({ nodeId, address: `127.0.0.1:${port}` }, target, options);
    },
  };
  const bytes = diskBytes(24 * MiB);
  for (let i = 3; i < 20; i++) bytes.fill(i, i * MiB, (i + 1) * MiB);
  const [imageId, versionId] = [id(3001), id(3002)];
  const wanted = request(write(first.path('a.raw'), bytes), { versionId, imageId });
  const { manifestHash } = await first.store.import(wanted);
  world.ok(
    'image.begin_import',
    { id: imageId, name: 'win', os: 'windows', shared: true, nodeId: FIRST },
    as(TEACHER),
  );
  const facts = { manifestHash, kind: 'disk', virtualBytes: bytes.length, storedBytes: 1, chunks: 24 };
  world.ok('image.finish_import', { id: imageId, versionId, ...facts }, agent);
  return { world, first, second, third, firstDoor, secondDoor, link, asked, bytes, imageId, versionId };
}

function fetcherOf(
  world: World,
  nodeId: string,
  parts: Pick<Awaited<ReturnType<typeof cloud>>, 'third' | 'link'>,
) {
  const lines: { message: string; data: Record<string, unknown> | undefined }[] = [];
  const fetcher = new ImageFetcher({
    nodeId,
    machine: world.machine,
    submit: async <T extends CommandType>(type: T, payload: Payload<T>) => {
      const outcome = world.do(type, payload, { kind: 'node', nodeId });
      if (!outcome.ok) throw new LabmeshError(outcome.code, { ...outcome.data });
      return { index: 1, targetId: null, operationId: null };
    },
    store: parts.third.store,
    link: parts.link,
    board: new ProgressBoard(Date.now, () => {}),
    logger: { ...silentLogger, warn: (message, data) => void lines.push({ message, data }) },
  });
  fetcher.start();
  later(() => fetcher.stop());
  return { fetcher, lines };
}

const holders = (world: World, versionId: string) =>
  world.machine.state.tables.version.get(versionId)?.nodeIds;

test('GF21 an image comes from the node that has it, and the log learns of the new holder', async () => {
  const lab = await cloud();
  const { world, third, versionId, bytes } = lab;
  const { fetcher } = fetcherOf(world, NEWCOMER, lab);
  const fetching = fetcher.fetch(versionId);
  expect(fetcher.fetch(versionId)).toBe(fetching); // one transfer, however many VMs wait
  await fetching;
  expect(readFileSync(third.store.localPath(versionId)).equals(bytes)).toBe(true);
  expect(holders(world, versionId)).toEqual([FIRST, NEWCOMER]);
  expect(fetcher.fetch(versionId)).toBeNull();
  expect(fetcher.fetch(id(9999))).toBeNull();
});

test('I8 an order that is taken back: the transfer ends, nothing of it stays, and that is no failure', async () => {
  const lab = await cloud();
  const { world, third, versionId, link } = lab;
  const scheduler = { kind: 'scheduler', nodeId: FIRST } as const;
  let takes = 0;
  // The manifest comes, then nothing more until it is given up.
  const slow: typeof link = {
    async request(nodeId, target, options) {
      if (!target.endsWith('/take')) return await link.request(nodeId, target, options);
      takes += 1;
      const { promise, reject } = Promise.withResolvers<never>();
      options?.signal?.addEventListener('abort', () => reject(new Error('given up')), { once: true });
      return await promise;
    },
  };
  const failed: string[] = [];
  const fetcher = new ImageFetcher({
    nodeId: NEWCOMER,
    machine: world.machine,
    submit: async () => ({ index: 1, targetId: null, operationId: null }),
    store: third.store,
    link: slow,
    board: new ProgressBoard(Date.now, () => {}),
    logger: silentLogger,
    onFailed: (_, error) => failed.push(error instanceof LabmeshError ? error.code : String(error)),
  });
  fetcher.start();
  later(() => fetcher.stop());
  world.ok('image.want', { versionId, nodeIds: [NEWCOMER] }, scheduler);
  await until('it has begun', () => takes > 0 && third.store.has(versionId));
  world.ok('image.want', { versionId, nodeIds: [] }, scheduler);
  await until('nothing of it is here', () => !third.store.has(versionId));
  expect(failed).toEqual(['images.cancelled']); // which the keeper does not tell the log
});

test('S7 a node fetches what it is told to have before the hour, by itself', async () => {
  const lab = await cloud();
  const { world, third, versionId, bytes, asked } = lab;
  const scheduler = { kind: 'scheduler', nodeId: FIRST } as const;
  const { fetcher } = fetcherOf(world, NEWCOMER, lab);
  world.ok('image.want', { versionId, nodeIds: [SECOND] }, scheduler);
  expect(asked).toEqual([]); // another's order
  world.ok('image.want', { versionId, nodeIds: [NEWCOMER] }, scheduler);
  await until('it holds it', () => holders(world, versionId)?.includes(NEWCOMER));
  expect(readFileSync(third.store.localPath(versionId)).equals(bytes)).toBe(true);
  await fetcher.stop();
  await third.store.remove(versionId);
  world.ok('image.version_held', { versionId, held: false }, { kind: 'node', nodeId: NEWCOMER });
  // An order of before the start is carried out too.
  fetcherOf(world, NEWCOMER, lab);
  await until('it holds it again', () => holders(world, versionId)?.includes(NEWCOMER));
});

test('I2 a node whose disk rots notices it when it is asked; the image comes from the other one', async () => {
  const lab = await cloud();
  const { world, second, third, versionId, bytes, asked } = lab;
  await fetcherOf(world, SECOND, { ...lab, third: second }).fetcher.fetch(versionId);
  expect(holders(world, versionId)).toEqual([FIRST, SECOND]);
  const rotten = Buffer.from(bytes);
  for (let i = 0; i < 20; i++) rotten[i * MiB + 5] = 0xee;
  writeFileSync(second.store.localPath(versionId), rotten);
  asked.length = 0;
  const { fetcher, lines } = fetcherOf(world, NEWCOMER, lab);
  await fetcher.fetch(versionId);
  expect(lines).toEqual([]); // a rotten disk is no lie
  expect(readFileSync(third.store.localPath(versionId)).equals(bytes)).toBe(true);
  expect(asked).toContain(SECOND);
});

test('X4 a PC that sent wrong bytes is named and not asked for the next version either, while others have it', async () => {
  const lab = await cloud();
  const { world, first, second, versionId, bytes, asked } = lab;
  await fetcherOf(world, SECOND, { ...lab, third: second }).fetcher.fetch(versionId);
  // The second sends garbage for every question, and says nothing else.
  const link: typeof lab.link = {
    request(nodeId, target, options) {
      if (nodeId !== SECOND || !target.endsWith('/take')) return lab.link.request(nodeId, target, options);
      asked.push('liar');
      return Promise.resolve(new Response(new Uint8Array(1000).fill(9)));
    },
  };
  const { fetcher, lines } = fetcherOf(world, NEWCOMER, { ...lab, link });
  await fetcher.fetch(versionId);
  expect(readFileSync(lab.third.store.localPath(versionId)).equals(bytes)).toBe(true);
  const named = lines.filter(({ message }) => message.includes('wrong bytes'));
  expect(named.length).toBeGreaterThan(0);
  expect(named[0]?.data).toMatchObject({ node: 'pc-2', nodeId: SECOND });
  const [imageId, next] = [id(3011), id(3012)];
  const other = request(write(first.path('c.raw'), diskBytes()), { versionId: next, imageId });
  const { manifestHash, virtualBytes, storedBytes, chunks } = await first.store.import(other);
  const facts = { manifestHash, kind: 'disk', virtualBytes, storedBytes, chunks };
  const begun = { id: imageId, name: 'two', os: 'linux', shared: true, nodeId: FIRST };
  world.ok('image.begin_import', begun, as(TEACHER));
  world.ok('image.finish_import', { id: imageId, versionId: next, ...facts }, agent);
  world.ok('image.version_held', { versionId: next, held: true }, { kind: 'node', nodeId: SECOND });
  asked.length = 0;
  await fetcher.fetch(next);
  expect(new Set(asked)).toEqual(new Set([FIRST]));
  // Where it is the only one left, it is asked all the same: each chunk is hashed.
  world.ok('image.version_held', { versionId: next, held: true }, { kind: 'node', nodeId: NEWCOMER });
  await lab.third.store.remove(next);
  world.ok('image.version_held', { versionId: next, held: false }, { kind: 'node', nodeId: NEWCOMER });
  world.ok('image.version_held', { versionId: next, held: false }, { kind: 'node', nodeId: FIRST });
  asked.length = 0;
  await fetcher.fetch(next)?.catch(() => null);
  expect(new Set(asked)).toEqual(new Set([SECOND]));
});

test('R1 a whole version of which the log does not know may be an import: nobody tidies it away', async () => {
  const lab = await cloud();
  const { world, third } = lab;
  const importing = request(write(third.path('d.raw'), diskBytes()), { versionId: id(3022) });
  await third.store.import(importing);
  const { fetcher } = fetcherOf(world, NEWCOMER, lab);
  // A fetch and its end make it look at all that is here.
  await fetcher.fetch(lab.versionId);
  await until('it has looked', () => holders(world, lab.versionId)?.includes(NEWCOMER));
  await fetcher.stop();
  expect(third.store.isWhole(id(3022))).toBe(true);
});

test('GF25 all holders gone is said in words; when one is back the transfer goes on', async () => {
  const lab = await cloud();
  const { world, third, firstDoor, versionId, bytes } = lab;
  const { fetcher } = fetcherOf(world, NEWCOMER, lab);
  await firstDoor.server.stop();
  await expect(fetcher.fetch(versionId)).rejects.toMatchObject({
    code: 'images.no_source',
    data: { asked: 1 },
  });
  expect(holders(world, versionId)).toEqual([FIRST]);
  firstDoor.server.start();
  await until('it may be fetched again', () => fetcher.fetch(versionId) !== null);
  await fetcher.fetch(versionId);
  expect(readFileSync(third.store.localPath(versionId)).equals(bytes)).toBe(true);
});

test('an image that is deleted meanwhile leaves nothing behind', async () => {
  const lab = await cloud();
  const { world, third, versionId, imageId } = lab;
  let asked = 0;
  const hanging: typeof lab.link = {
    request(nodeId, target, options) {
      if (!target.endsWith('/take')) return lab.link.request(nodeId, target, options);
      asked += 1;
      return Promise.resolve(new Response(new ReadableStream({})));
    },
  };
  const { fetcher } = fetcherOf(world, NEWCOMER, { ...lab, link: hanging });
  const fetching = fetcher.fetch(versionId);
  const ended = fetching?.catch((error) => error.code);
  await until('a part is here, and more is on its way', () => third.store.has(versionId) && asked > 0);
  world.ok('image.remove', { id: imageId }, as(TEACHER));
  expect(await ended).toBe('images.cancelled');
  await until('the part is gone', () => !third.store.has(versionId));
  world.refused(
    'image.not_ready',
    'image.version_held',
    { versionId, held: true },
    { kind: 'node', nodeId: NEWCOMER },
  );
});

test('a holder that lost its copy is a holder no more, unless it is the last', async () => {
  const { world, versionId } = await cloud();
  const second = { kind: 'node', nodeId: SECOND } as const;
  world.ok('image.version_held', { versionId, held: true }, second);
  world.ok('image.version_held', { versionId, held: true }, second);
  expect(holders(world, versionId)).toEqual([FIRST, SECOND]);
  world.ok('image.version_held', { versionId, held: false }, second);
  world.ok('image.version_held', { versionId, held: false }, agent);
  expect(holders(world, versionId)).toEqual([FIRST]);
});

test('GF2 the door serves what is asked for properly, and nothing by odd names or questions', async () => {
  const { first, versionId, link } = await cloud();
  const answer = (target: string, options: Parameters<typeof link.request>[2] = {}) =>
    link.request(FIRST, `/images/${target}`, options).then(
      async (response) => (await response.bytes()).byteLength,
      ({ data }) => data.code,
    );
  const status = (target: string, options: Parameters<typeof link.request>[2] = {}) =>
    link.request(FIRST, `/images/${target}`, options).then(
      (response) => response.status,
      ({ data }) => data.status,
    );
  const ask = (method: 'POST' | 'PUT', body: unknown) => ({
    method,
    body: new TextEncoder().encode(JSON.stringify(body)),
  });
  const take = (question: unknown) => answer(`${versionId}/take`, ask('POST', question));
  const want = Buffer.from([0b1000, 0, 0]).toString('base64');
  const question = { want, max: 2, insist: false, reach: [] };
  expect(await take(question)).toBeGreaterThan(40); // a head and a chunk that packs well
  expect(await answer(`${id(9999)}/manifest`)).toBe('images.version_unknown');
  expect(await answer('..%2f..%2fnode.json/manifest')).toBe('images.bad_id');
  for (const odd of [
    null,
    {},
    { ...question, max: 1e9 },
    { ...question, want: 'x'.repeat(9) },
    { ...question, want: '' },
  ])
    expect(await take(odd)).toBe('images.bad_request');
  const padded = `${JSON.stringify(question)}${' '.repeat(600 * 1024)}`;
  expect(await answer(`${versionId}/take`, { method: 'POST', body: new TextEncoder().encode(padded) })).toBe(
    'images.bad_request',
  );
  expect(await answer(`${id(9999)}/take`, ask('POST', question))).toBe('images.version_unknown');
  // Nothing else is there to be asked for, and nobody puts bytes here: neither of an image that is none, nor of one that is.
  const kept = leftBehind(first);
  for (const target of [
    `${versionId}/disk.raw`,
    `${versionId}/`,
    `${versionId}/take/more`,
    `${versionId}/take`,
  ])
    expect(await status(target)).toBe(404);
  for (const target of [`${versionId}/disk.raw`, `${id(9999)}/take`, `${id(9999)}/manifest`])
    expect(await status(target, ask('PUT', 'bytes'))).toBe(404);
  expect(leftBehind(first)).toEqual(kept);
  expect((await first.store.verify(versionId)).damaged).toEqual([]);
});

test('X4 an order of first reads that does not end, or is none, is no order', async () => {
  let sent = 0;
  const answering = (body: ReadableStream<Uint8Array> | string) => ({
    request: async () => new Response(body),
  });
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  expect(await orderFrom(answering(endless), SECOND, id(1))).toEqual([]);
  expect(sent).toBeLessThan(MiB);
  expect(await orderFrom(answering('[1,2,-3]'), SECOND, id(1))).toEqual([]);
  expect(await orderFrom(answering('[3,1,2]'), SECOND, id(1))).toEqual([3, 1, 2]);
});

test('GF2 bytes of a version that the log does not know are neither fetched nor told of', async () => {
  const lab = await cloud();
  const { world, first, third, asked } = lab;
  const unregistered = request(write(first.path('b.raw'), diskBytes()), { versionId: id(3005) });
  await first.store.import(unregistered); // it lies on a PC all the same
  const { fetcher } = fetcherOf(world, NEWCOMER, lab);
  expect(fetcher.fetch(id(3005))).toBeNull();
  expect(asked).toEqual([]);
  expect(third.store.versions()).toEqual([]);
  const newcomer = { kind: 'node', nodeId: NEWCOMER } as const;
  world.refused('not_found', 'image.version_held', { versionId: id(3005), held: true }, newcomer);
});
