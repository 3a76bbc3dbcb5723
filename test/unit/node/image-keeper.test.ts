/** What a PC does about the copies that it has: a real store, the state's own machine (I6, I10, GF24, GF31). */
import { afterEach, expect, test } from 'bun:test';
import { utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { ImageAgent } from '../../../src/node/imaging/image-agent.ts';
import { ImageKeeper } from '../../../src/node/imaging/image-keeper.ts';
import { ProgressBoard } from '../../../src/node/progress-board.ts';
import { type Author, type CommandType, LabmeshError, type Payload } from '../../../src/state/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { cleanup } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';
import { diskBytes, MiB, makeRig, request, write } from '../images/rig.ts';
import { as, id, lab, NODE, SIZE, STUDENT, scheduler, TEACHER } from '../state/world.ts';

const later = cleanup();
afterEach(() => later.run());

const OTHERS = [id(2001), id(2002)];
const nodeAuthor = (nodeId: string): Author => ({ kind: 'node', nodeId });
const MINUTE = 60_000;

/** A cloud of three PCs; this one has `count` images, which the others have as well. */
async function pc(count: number) {
  const world = lab();
  const capacity = { cores: 4, ramMiB: 4096, storageGiB: 100, tempGiB: 50 };
  const facts = { address: 'x', version: '0.1.0', capacity, accel: 'tcg', hostProblem: null };
  for (const [n, nodeId] of OTHERS.entries())
    world.ok('node.register', { name: `pc-${n + 2}`, ...facts }, nodeAuthor(nodeId));
  const rig = await makeRig();
  later(async () => {
    await rig.store.stop();
    rig.remove();
  });
  const images: { imageId: string; versionId: string }[] = [];
  for (let n = 0; n < count; n++) {
    const [imageId, versionId] = [id(3001 + 2 * n), id(3002 + 2 * n)];
    const file = write(rig.path(`${n}.raw`), diskBytes(6 * MiB));
    const { manifestHash, virtualBytes, storedBytes, chunks } = await rig.store.import(
      request(file, { versionId, imageId }),
    );
    const name = `image-${n}`;
    world.ok(
      'image.begin_import',
      { id: imageId, name, os: 'linux', shared: true, nodeId: NODE },
      as(TEACHER),
    );
    const version = { versionId, manifestHash, kind: 'disk', virtualBytes, storedBytes, chunks };
    world.ok('image.finish_import', { id: imageId, ...version }, nodeAuthor(NODE));
    for (const nodeId of OTHERS)
      world.ok('image.version_held', { versionId, held: true }, nodeAuthor(nodeId));
    images.push({ imageId, versionId });
  }
  const told: string[] = [];
  const submit = async <T extends CommandType>(type: T, payload: Payload<T>, author: Author) => {
    told.push(type);
    const outcome = world.do(type, payload, author);
    if (!outcome.ok) throw new LabmeshError(outcome.code, { ...outcome.data });
    return { index: 1, targetId: outcome.targetId, operationId: outcome.operationId };
  };
  const parts = {
    nodeId: NODE,
    machine: world.machine,
    submit,
    store: rig.store,
    newId: () => world.newId(),
    now: () => world.now,
    logger: silentLogger,
  };
  let freeGiB = 50;
  const keeper = new ImageKeeper({ ...parts, load: () => ({ diskFreeGiB: freeGiB, diskTotalGiB: 100 }) });
  const agent = new ImageAgent({ ...parts, board: new ProgressBoard(Date.now, () => {}) });
  await agent.start();
  later(() => agent.stop());
  const isHere = (n: number) => rig.store.has(images[n]?.versionId ?? '');
  const version = (n: number) => world.state.tables.version.get(images[n]?.versionId ?? '');
  const fill = (free: number) => {
    freeGiB = free;
  };
  const usedAt = (n: number, seconds: number) =>
    utimesSync(dirname(rig.store.localPath(images[n]?.versionId ?? '')), seconds, seconds);
  return { world, images, keeper, told, isHere, version, fill, usedAt };
}

test('G17 a copy that is to go goes, once the log has given leave', async () => {
  const { world, images, told, isHere, version } = await pc(1);
  const [image] = images;
  world.ok('image.deploy', { id: image?.imageId, drop: [NODE] }, as(TEACHER));
  await until('the copy is gone', () => !isHere(0) && version(0)?.leavingOn.length === 0);
  expect(told).toEqual(['image.release', 'image.dropped']);
  expect(version(0)?.nodeIds).toEqual(OTHERS);
});

test('G17 it asks for leave once enough others have it, and not before', async () => {
  const { world, images, told, isHere, version } = await pc(1);
  const [image] = images;
  const [, third = ''] = OTHERS;
  world.ok('image.version_held', { versionId: image?.versionId, held: false }, nodeAuthor(third));
  world.ok('image.deploy', { id: image?.imageId, drop: [NODE] }, as(TEACHER));
  await until('the agent has looked', () => version(0)?.leavingOn.length === 1);
  await Bun.sleep(0);
  expect(told).toEqual([]);
  world.ok('image.version_held', { versionId: image?.versionId, held: true }, nodeAuthor(third));
  await until('the copy is gone', () => !isHere(0) && version(0)?.leavingOn.length === 0);
  expect(told).toEqual(['image.release', 'image.dropped']);
});

test('a version that leaves is deleted by every PC that has it, also by one that was off', async () => {
  const { world, images, isHere, version } = await pc(1);
  const [image] = images;
  world.ok('image.remove', { id: image?.imageId }, as(TEACHER));
  await until('the copy is gone', () => !isHere(0) && version(0)?.nodeIds.includes(NODE) === false);
  expect(version(0)?.nodeIds).toEqual(OTHERS); // theirs to do
});

test('I10 a full disk: the copy that was unused for longest makes room, one a look', async () => {
  const { keeper, isHere, fill, usedAt, version } = await pc(3);
  for (const [n, seconds] of [3000, 1000, 2000].entries()) usedAt(n, seconds);
  await keeper.look();
  expect([0, 1, 2].map(isHere)).toEqual([true, true, true]); // half of the disk is free
  fill(9);
  await keeper.look();
  await until('the oldest is gone', () => !isHere(1) && version(1)?.leavingOn.length === 0);
  expect([0, 2].map(isHere)).toEqual([true, true]);
  await keeper.look();
  await until('the next is gone', () => !isHere(2));
  expect(isHere(0)).toBe(true);
});

test('I10 never one that a VM here uses, that is wanted here, or that keeps the image safe', async () => {
  const { world, keeper, images, told, isHere, fill } = await pc(3);
  fill(1);
  const [used, wanted, rare] = images;
  const vmId = world.newId();
  const base = { id: vmId, ownerId: STUDENT, imageId: used?.imageId, sizeId: SIZE, hours: 1, courseId: null };
  world.ok('vm.create', { ...base, persistent: true, sshKeys: [], pinnedNodeId: null });
  world.ok('vm.place', { id: vmId, nodeId: NODE, epoch: 1 }, scheduler);
  world.ok('image.want', { versionId: wanted?.versionId, nodeIds: [NODE] }, scheduler);
  for (const nodeId of OTHERS)
    world.ok('image.version_held', { versionId: rare?.versionId, held: false }, nodeAuthor(nodeId));
  await keeper.look();
  world.ok('setting.set', { key: 'image.min_free_percent', value: 0 });
  await keeper.look();
  expect(told).toEqual([]);
  expect([0, 1, 2].map(isHere)).toEqual([true, true, true]);
});

test('GF24 a full disk is told at once and once; nobody to fetch from only when it lasts', async () => {
  const { world, keeper, told } = await pc(0);
  const versionId = id(3100);
  const base = { id: id(3101), name: 'far', os: 'linux', shared: true };
  world.ok('image.begin_import', { ...base, nodeId: OTHERS[0] }, as(TEACHER));
  const facts = {
    manifestHash: 'a'.repeat(64),
    kind: 'disk',
    virtualBytes: 2 ** 30,
    storedBytes: 5,
    chunks: 1,
  };
  world.ok('image.finish_import', { id: id(3101), versionId, ...facts }, nodeAuthor(OTHERS[0] ?? ''));
  const failure = () => world.state.tables.version.get(versionId)?.failures[0];
  const full = new LabmeshError('images.no_space', { needBytes: 9, freeBytes: 1, reserveBytes: 1 });
  keeper.fetchFailed(versionId, full);
  keeper.fetchFailed(versionId, full);
  expect(told).toEqual(['image.fetch_failed']);
  expect(failure()).toMatchObject({ nodeId: NODE, cause: { code: 'images.no_space' } });
  world.now += 11 * MINUTE;
  keeper.fetchFailed(versionId, full);
  expect(told).toHaveLength(2);

  const nobody = new LabmeshError('images.no_source', { asked: 0, code: null });
  world.ok('image.version_held', { versionId, held: true }, nodeAuthor(NODE));
  world.ok('image.version_held', { versionId, held: false }, nodeAuthor(NODE));
  const other = new ImageKeeper({
    nodeId: NODE,
    machine: world.machine,
    submit: async (type) => {
      told.push(type);
      return { index: 1, targetId: null, operationId: null };
    },
    store: { versions: () => [], localPath: () => '' },
    load: () => null,
    now: () => world.now,
    logger: silentLogger,
  });
  other.fetchFailed(versionId, nobody);
  expect(told).toHaveLength(2);
  world.now += 3 * MINUTE;
  other.fetchFailed(versionId, nobody);
  expect(told).toHaveLength(3);
});
