/** Several nodes that bring an image to one another: real stores, real bulk doors on loopback, the state's own machine, announcements by hand. */
import { afterEach, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { newMeshIdentity } from '../../../src/gossip/identity.ts';
import { BulkClient, BulkServer } from '../../../src/gossip/index.ts';
import { MembershipView } from '../../../src/gossip/membership/view.ts';
import { type ImageStore, openImageStore, type Transfer } from '../../../src/images/index.ts';
import { ImageFetcher } from '../../../src/node/imaging/image-fetcher.ts';
import { IMAGES_PATH, imageHandler } from '../../../src/node/imaging/image-peers.ts';
import { Repairs } from '../../../src/node/imaging/repairs.ts';
import { Scrubber } from '../../../src/node/imaging/scrubber.ts';
import { ProgressBoard } from '../../../src/node/progress-board.ts';
import { type CommandType, LabmeshError, type Payload } from '../../../src/state/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { CLOUD_ID, cleanup, FakeMembership } from '../../support/mesh.ts';
import { testAuthority } from '../../support/mesh-certificates.ts';
import { MiB, makeRig, noise, type Rig, request, write } from '../images/rig.ts';
import { agent, as, id, lab, NODE, scheduler, TEACHER, type World } from '../state/world.ts';

const later = cleanup();
afterEach(() => later.run());
const CHUNKS = 48;

interface Pc {
  readonly nodeId: string;
  readonly rig: Rig;
  readonly store: ImageStore;
  readonly server: BulkServer;
  readonly fetcher: ImageFetcher;
  readonly repairs: Repairs;
  /** From whom it got bytes. */
  readonly senders: () => string[];
  /** Chunks that came, and who hears of each. */
  readonly chunks: Set<number>;
  onChunk: () => void;
}

/** So many PCs that know one another; the first one has an image. */
async function swarm(count: number, bytesPerSecond = Number.POSITIVE_INFINITY) {
  const world = lab();
  const ids = [NODE, ...Array.from({ length: count - 1 }, (_, i) => id(2001 + i))];
  for (const [i, nodeId] of ids.entries()) if (i > 0) register(world, nodeId, `pc-${i + 1}`);
  const { authority, issue } = await testAuthority('lab');
  const identities = await Promise.all(ids.map(() => newMeshIdentity()));
  const membership = new FakeMembership();
  membership.set(ids.map((nodeId, i) => ({ nodeId, peerId: identities[i]?.peerId ?? '', addresses: [] })));
  const listeners = new Set<() => void>();
  const pcs: Pc[] = [];
  const partsOf = (me: string) => ({
    holders: (versionId: string) =>
      pcs.filter((pc) => pc.nodeId !== me && pc.store.has(versionId)).map((pc) => pc.nodeId),
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  for (const [i, nodeId] of ids.entries()) {
    const identity = identities[i];
    if (identity === undefined) throw new Error('no identity');
    const credentials = { ...(await issue(nodeId)), authority: authority.certificate };
    const rig = await makeRig();
    await rig.store.stop();
    const up = () => bytesPerSecond;
    const rates = { up, down: () => Number.POSITIVE_INFINITY };
    const limits = { reserveBytes: MiB };
    const store = openImageStore({ dataDir: rig.dataDir, logger: silentLogger, limits, rates });
    await store.start();
    const view = new MembershipView(membership);
    const door = { hostname: '127.0.0.1', port: 0, logger: silentLogger, clock: Date.now };
    const server = new BulkServer({ nodeId, cloudId: CLOUD_ID, view, credentials, ...door });
    server.serve(IMAGES_PATH, imageHandler(store));
    server.start();
    const client = new BulkClient({ cloudId: CLOUD_ID, identity, credentials });
    let figures: Transfer['peers'] = () => [];
    const fetcher = new ImageFetcher({
      nodeId,
      machine: world.machine,
      submit: submitAs(world, nodeId),
      store,
      link: {
        request: (to, target, options) => {
          const port = pcs.find((pc) => pc.nodeId === to)?.server.port ?? 0;
          return client.request({ nodeId: to, address: `127.0.0.1:${port}` }, target, options);
        },
      },
      board: new ProgressBoard(Date.now, () => {}),
      parts: partsOf(nodeId),
      onTransfers: () => {
        for (const listener of listeners) listener();
      },
      onTransfer: (_, transfer) => {
        if (transfer !== null) figures = transfer.peers;
        transfer?.onArrived((chunk) => {
          pcs[i]?.chunks.add(chunk);
          pcs[i]?.onChunk();
        });
      },
      logger: silentLogger,
    });
    const repairs = new Repairs({
      nodeId,
      machine: world.machine,
      submit: submitAs(world, nodeId),
      store,
      fetch: (versionId) => fetcher.fetch(versionId),
      logger: silentLogger,
    });
    const senders = () =>
      figures()
        .filter(({ bytes }) => bytes > 0)
        .map((one) => one.id);
    pcs.push({ nodeId, rig, store, server, fetcher, repairs, senders, chunks: new Set(), onChunk: () => {} });
    fetcher.start();
    repairs.start();
    later(async () => {
      await fetcher.stop();
      await repairs.stop();
      await server.stop();
      await store.stop();
      rig.remove();
    });
  }
  return { world, pcs, ...(await imported(world, pcs[0])) };
}

function register(world: World, nodeId: string, name: string): void {
  const capacity = { cores: 4, ramMiB: 4096, storageGiB: 100, tempGiB: 50 };
  const facts = { name, address: name, version: '0.1.0', capacity, accel: 'tcg', hostProblem: null };
  world.ok('node.register', facts, { kind: 'node', nodeId });
}

function submitAs(world: World, nodeId: string) {
  return async <T extends CommandType>(type: T, payload: Payload<T>) => {
    const outcome = world.do(type, payload, { kind: 'node', nodeId });
    if (!outcome.ok) throw new LabmeshError(outcome.code, { ...outcome.data });
    return { index: 1, targetId: null, operationId: null };
  };
}

async function imported(world: World, first: Pc | undefined) {
  if (first === undefined) throw new Error('no PC');
  const bytes = noise(Buffer.alloc(CHUNKS * MiB), 5);
  const [imageId, versionId] = [id(3001), id(3002)];
  const source = request(write(first.rig.path('a.raw'), bytes), { versionId, imageId, asRaw: true });
  const { manifestHash } = await first.store.import(source);
  const image = { id: imageId, name: 'win', os: 'windows', shared: true, nodeId: NODE } as const;
  world.ok('image.begin_import', image, as(TEACHER));
  const facts = {
    manifestHash,
    kind: 'disk',
    virtualBytes: bytes.length,
    storedBytes: 1,
    chunks: CHUNKS,
  } as const;
  world.ok('image.finish_import', { id: imageId, versionId, ...facts }, agent);
  return { bytes, versionId };
}

const diskOf = ({ store }: Pc, versionId: string) => readFileSync(store.localPath(versionId));
const holders = (world: World, versionId: string) => world.state.tables.version.get(versionId)?.nodeIds;
const present = ({ store }: Pc) => store.versions()[0]?.presentChunks ?? 0;

test('I3 PCs that are still fetching are found while a transfer runs, and send on what they have', async () => {
  const { pcs, versionId, bytes } = await swarm(4, 40 * MiB);
  const [, ...others] = pcs;
  await Promise.all(others.map(({ fetcher }) => fetcher.fetch(versionId)));
  for (const pc of others) expect(diskOf(pc, versionId).equals(bytes)).toBe(true);
  expect(others.some((pc) => pc.senders().some((from) => from !== NODE))).toBe(true);
});

test('GF26 the first seeder is switched off half way: the others finish from each other', async () => {
  const { world, pcs, versionId, bytes } = await swarm(4, 30 * MiB);
  const [first, ...others] = pcs;
  if (first === undefined) throw new Error('no seeder');
  const copied = Promise.withResolvers<boolean>();
  const fetches = others.map(({ fetcher }) => fetcher.fetch(versionId));
  for (const pc of others) {
    pc.onChunk = () => {
      const all = new Set(others.flatMap(({ chunks }) => [...chunks]));
      if (all.size === CHUNKS) copied.resolve(others.some(({ store }) => store.isWhole(versionId)));
    };
  }
  expect(await copied.promise).toBe(false); // every chunk has left the first one, and nobody has all
  await first.server.stop();
  await Promise.all(fetches);
  for (const pc of others) expect(diskOf(pc, versionId).equals(bytes)).toBe(true);
  expect(holders(world, versionId)?.length).toBe(4);
});

test('GF10 GF13 a transfer that lost everybody ends with a word, and goes on where it was once somebody is back', async () => {
  const { world, pcs, versionId, bytes } = await swarm(2, 30 * MiB);
  const [first, second] = pcs;
  if (first === undefined || second === undefined) throw new Error('no PCs');
  const begun = Promise.withResolvers<void>();
  second.onChunk = () => {
    if (second.chunks.size === CHUNKS / 4) begun.resolve();
  };
  world.ok('image.want', { versionId, nodeIds: [second.nodeId] }, scheduler);
  const ended = second.fetcher.fetch(versionId)?.catch((error: LabmeshError) => error.code);
  await begun.promise;
  await first.server.stop();
  expect(await ended).toBe('images.no_source');
  const had = present(second);
  expect(had).toBeGreaterThan(0);
  first.server.start();
  second.chunks.clear();
  await second.fetcher.fetch(versionId);
  expect(second.chunks.size).toBe(CHUNKS - had);
  expect(diskOf(second, versionId).equals(bytes)).toBe(true);
});

test('I2 the scrub finds flipped bits, the cloud and its people are told, and the chunk comes back from a peer', async () => {
  const { world, pcs, versionId, bytes } = await swarm(2);
  const [, second] = pcs;
  if (second === undefined) throw new Error('no PCs');
  await second.fetcher.fetch(versionId);
  const rotten = Buffer.from(bytes);
  rotten[11 * MiB + 3] = (rotten[11 * MiB + 3] ?? 0) ^ 1;
  write(second.store.localPath(versionId), rotten);
  const [scrubbed, quick] = [Date.now() + 31 * 86_400_000, { bytesPerSecond: 2 ** 40 }];
  const parts = {
    machine: world.machine,
    store: second.store,
    isUserHere: () => false,
    logger: silentLogger,
  };
  const tooEarly = new Scrubber({ ...parts, ...quick, now: Date.now });
  tooEarly.look();
  await tooEarly.idle();
  expect(second.store.isWhole(versionId)).toBe(true); // read through at its arrival
  second.chunks.clear();
  const scrubber = new Scrubber({ ...parts, ...quick, now: () => scrubbed });
  scrubber.look();
  await scrubber.idle();
  await second.repairs.mend(versionId);
  expect(diskOf(second, versionId).equals(bytes)).toBe(true);
  expect([...second.chunks]).toEqual([11]);
  const told = world.state.tables.notification.by('user', TEACHER).map(({ code }) => code);
  expect(told.filter((code) => code.startsWith('image.damaged') || code === 'image.repaired')).toEqual([
    'image.damaged',
    'image.repaired',
  ]);
  expect(holders(world, versionId)).toEqual([NODE, second.nodeId]);
});

test('I2 the only copy is damaged: it stays listed, people are told, and nobody starts from it', async () => {
  const { world, pcs, versionId } = await swarm(1);
  const [first] = pcs;
  if (first === undefined) throw new Error('no PC');
  await first.store.strikeOut(versionId, [4]);
  await first.repairs.mend(versionId);
  expect(holders(world, versionId)).toEqual([NODE]);
  expect(first.store.isWhole(versionId)).toBe(false);
  const told = world.state.tables.notification
    .by('user', TEACHER)
    .map(({ code, data }) => [code, data.chunks]);
  expect(told).toContainEqual(['image.damaged_last', 1]);
});
