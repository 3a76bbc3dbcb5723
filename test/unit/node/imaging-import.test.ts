/** Imports on a PC, from the door to the log (I1, I8): a real store, the state's own machine, a real server on loopback. */
import { afterEach, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type ImageStore, openImageStore } from '../../../src/images/index.ts';
import type { Submit } from '../../../src/node/door.ts';
import { ImageAgent } from '../../../src/node/imaging/image-agent.ts';
import { openImageDoor } from '../../../src/node/imaging/image-door.ts';
import { ownedUploads } from '../../../src/node/imaging/owned-uploads.ts';
import type { ImportRequest } from '../../../src/node/interface.ts';
import { ProgressBoard } from '../../../src/node/progress-board.ts';
import { type Author, LabmeshError } from '../../../src/state/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { cleanup } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';
import { diskBytes, leftBehind, MiB, makeRig, write } from '../images/rig.ts';
import { as, lab, local, NODE, agent as nodeAuthor, registerNode, STUDENT, TEACHER } from '../state/world.ts';

const later = cleanup();
afterEach(() => later.run());

async function pc() {
  const rig = await makeRig();
  later(() => rig.remove());
  const world = lab();
  /** While set, the log answers with this code. */
  const log: { deaf: string | null; asked: string[] } = { deaf: null, asked: [] };
  const submit: Submit = async (type, payload, author) => {
    log.asked.push(type);
    if (log.deaf !== null) throw new LabmeshError(log.deaf, {});
    const outcome = world.do(type, payload, author);
    if (!outcome.ok) throw new LabmeshError(outcome.code, outcome.data);
    return { index: 1, targetId: outcome.targetId, operationId: outcome.operationId };
  };
  /** A run of the node on this disk. */
  async function node(store: ImageStore = rig.store) {
    const parts = {
      nodeId: NODE,
      machine: world.machine,
      submit,
      store,
      board: new ProgressBoard(Date.now, () => {}),
      newId: () => world.newId(),
      now: () => world.now,
      logger: silentLogger,
    };
    const agent = new ImageAgent(parts);
    await agent.start();
    later(() => agent.stop());
    const uploads = ownedUploads(store);
    const door = openImageDoor({ ...parts, state: world.state, uploads, agent, mend: async () => {} });
    const bring = async (source: ImportRequest['source'], author: Author = as(TEACHER), name = 'new') =>
      await door.importImage({ name, os: 'linux', shared: false, source }, author);
    return { agent, bring, uploads };
  }
  const image = (name = 'new') => world.state.tables.image.all().find((one) => one.name === name);
  const operation = (id: string | null) => world.state.tables.operation.get(id ?? '');
  const uploadsLeft = () => readdirSync(join(rig.dataDir, 'uploads'));
  return { rig, world, log, node, image, operation, uploadsLeft };
}

async function served(bytes: Buffer): Promise<string> {
  const server = createServer((_, response) => response.end(bytes));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  later(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/disk.img`;
}

test('I1 a file of this PC becomes an image, for root on this PC and for nobody else', async () => {
  const { rig, node, image, operation, log } = await pc();
  const { bring } = await node();
  const path = write(rig.path('a.raw'), diskBytes());
  for (const author of [as(TEACHER), as(STUDENT), nodeAuthor])
    await expect(bring({ path }, author)).rejects.toMatchObject({ code: 'import.not_local' });
  expect(log.asked).toEqual([]);
  const { operationId } = await bring({ path }, local);
  await until('it is ready', () => image()?.state === 'ready');
  expect(operation(operationId)?.state).toBe('done');
  expect(leftBehind(rig)).toEqual([image()?.currentVersionId ?? '']);
});

test('I1 an upload becomes an image and is gone afterwards; one that fails too, and says why', async () => {
  const { node, image, operation, uploadsLeft, rig } = await pc();
  const { bring, uploads } = await node();
  const send = async (bytes: Uint8Array) => {
    const { id } = await uploads.create({ name: 'disk.img', sizeBytes: bytes.length, ownerId: TEACHER });
    await uploads.append(id, TEACHER, 0, new Blob([new Uint8Array(bytes)]).stream());
    return id;
  };
  await bring({ uploadId: await send(diskBytes()) });
  await until('it is ready', () => image()?.state === 'ready');
  await until('the upload is gone', () => uploadsLeft().length === 0);
  const cut = diskBytes().subarray(0, 100);
  cut.write('QFI\xfb', 0, 'latin1'); // a qcow2 of which nothing but its name is left
  const uploadId = await send(cut);
  const unfinished = await uploads.create({ name: 'x', sizeBytes: 10, ownerId: TEACHER });
  await expect(bring({ uploadId: unfinished.id })).rejects.toMatchObject({
    code: 'images.upload_incomplete',
  });
  await uploads.discard(unfinished.id, TEACHER);
  await expect(bring({ uploadId })).rejects.toMatchObject({ code: 'name.taken' }); // before anything moves
  expect([uploadsLeft(), leftBehind(rig).length]).toEqual([[uploadId], 1]);
  const { operationId } = await bring({ uploadId }, as(TEACHER), 'broken');
  await until('it failed', () => operation(operationId)?.state === 'failed');
  expect(operation(operationId)?.error?.code).toStartWith('images.');
  await until('the upload is gone', () => uploadsLeft().length === 0);
  expect([image('broken'), leftBehind(rig).length]).toEqual([undefined, 1]);
});

test('I1 GF9 what is behind an address becomes an image, and nothing of the file stays', async () => {
  const { rig, world, node, image } = await pc();
  const { bring } = await node();
  const url = await served(diskBytes());
  // Addresses of this PC and of private networks only where an admin allows it.
  const { operationId } = await bring({ url });
  await until('it failed', () => world.state.tables.operation.get(operationId ?? '')?.state === 'failed');
  expect(world.state.tables.operation.get(operationId ?? '')?.error).toMatchObject({
    code: 'images.url_forbidden',
    data: { kind: 'loopback' },
  });
  expect([image(), leftBehind(rig)]).toEqual([undefined, []]);
  world.ok('setting.set', { key: 'import.allow_private', value: true });
  await bring({ url });
  await until('it is ready', () => image()?.state === 'ready');
  await until('the file is gone', () => leftBehind(rig).join() === image()?.currentVersionId);
});

test('I1 a PC of this cloud is not asked, whatever its address is', async () => {
  const { world, node } = await pc();
  registerNode(world, { address: '203.0.114.9' }); // looks public
  const { bring } = await node();
  const { operationId } = await bring({ url: 'http://203.0.114.9:9/x' });
  const ended = await until('it failed', () => {
    const operation = world.state.tables.operation.get(operationId ?? '');
    return operation?.state === 'failed' && operation;
  });
  expect(ended.error).toMatchObject({ code: 'images.url_forbidden', data: { kind: 'cloud' } });
});

/** The store, whose imports are whole and then wait for a word. */
function slow(store: ImageStore) {
  const whole = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  const imported: ImageStore['import'] = async (wanted) => {
    const done = await store.import(wanted);
    whole.resolve();
    await rest.promise;
    return done;
  };
  return { store: Object.create(store, { import: { value: imported } }), whole: whole.promise, rest };
}

test('I8 given up at the last moment, when all of it was here: nothing of it stays', async () => {
  const { rig, world, node, image } = await pc();
  const { store, whole, rest } = slow(rig.store);
  const { bring } = await node(store);
  await bring({ path: write(rig.path('a.raw'), diskBytes()) }, local);
  await whole;
  world.ok('image.cancel_import', { id: image()?.id });
  rest.resolve();
  await until('nothing stays', () => leftBehind(rig).length === 0);
  expect(image()).toBeUndefined();
});

test('I8 given up in the middle: it ends, and nothing of it stays', async () => {
  const { rig, world, node, image, operation } = await pc();
  const { bring } = await node();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': 8 * MiB });
    response.write(diskBytes().subarray(0, MiB));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  later(() => {
    server.closeAllConnections();
    server.close();
  });
  world.ok('setting.set', { key: 'import.allow_private', value: true });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { operationId } = await bring({ url: `http://127.0.0.1:${port}/x` });
  await until('it has begun', () => leftBehind(rig).length === 1);
  world.ok('image.cancel_import', { id: image()?.id });
  await until('nothing stays', () => leftBehind(rig).length === 0);
  expect(operation(operationId)?.state).toBe('cancelled');
});

test('GF13 R1 the log does not listen for long after an import: what was brought stays, and is told when it listens', async () => {
  const { rig, world, node, image, log } = await pc();
  const { store, whole, rest } = slow(rig.store);
  const { bring } = await node(store);
  await bring({ path: write(rig.path('a.raw'), diskBytes()) }, local);
  await whole;
  log.deaf = 'log.no_leader';
  rest.resolve();
  await until('it was told in vain', () => log.asked.includes('image.finish_import'));
  world.now += 11 * 60_000;
  const told = log.asked.length;
  await until('it was told again', () => log.asked.length > told + 1);
  expect(rig.store.versions()).toHaveLength(1);
  log.deaf = null;
  await until('it is ready', () => image()?.state === 'ready');
  expect(leftBehind(rig)).toEqual([image()?.currentVersionId ?? '']);
}, 60_000);

test('GF11 GF12 a node that was killed in an import starts though the log does not listen, and ends the import when it does', async () => {
  for (const isWhole of [true, false]) {
    const { rig, world, node, image, log, operation } = await pc();
    const begun = { id: world.newId(), name: 'new', os: 'linux', shared: false, nodeId: NODE } as const;
    const { operationId } = world.ok('image.begin_import', begun, as(TEACHER));
    if (isWhole) {
      const path = write(rig.path('a.raw'), diskBytes());
      const facts = { number: 1, author: TEACHER, os: 'linux', createdAt: 1 } as const;
      await rig.store.import({ source: { path }, versionId: world.newId(), imageId: begun.id, ...facts });
    }
    log.deaf = 'log.no_leader';
    const limits = { reserveBytes: 0 };
    const again = openImageStore({ dataDir: rig.dataDir, logger: silentLogger, limits });
    await again.start();
    const { agent } = await node(again); // it is there, whatever the log does
    await until('the log was asked', () => log.asked.length > 0);
    expect(image()?.state).toBe('importing');
    log.deaf = null;
    await until('it has ended', () => operation(operationId)?.state !== 'running');
    if (isWhole) expect(image()).toMatchObject({ state: 'ready' });
    else {
      expect(operation(operationId)?.error?.code).toBe('image.import_lost');
      expect(image()).toBeUndefined();
    }
    await agent.stop();
  }
}, 60_000);

test('GF12 one that was cancelled while the node was down: the node starts, and what it had goes', async () => {
  const { rig, world, node, log } = await pc();
  const begun = { id: world.newId(), name: 'new', os: 'linux', shared: false, nodeId: NODE } as const;
  world.ok('image.begin_import', begun, as(TEACHER));
  const path = write(rig.path('a.raw'), diskBytes());
  const facts = { number: 1, author: TEACHER, os: 'linux', createdAt: 1 } as const;
  const versionId = world.newId();
  await rig.store.import({ source: { path }, versionId, imageId: begun.id, ...facts });
  // This copy of the log has not heard of it yet.
  log.deaf = 'not_found';
  await node();
  await until('it was refused', () => log.asked.includes('image.finish_import'));
  world.ok('image.cancel_import', { id: begun.id });
  await until('nothing stays', () => !rig.store.has(versionId));
});
