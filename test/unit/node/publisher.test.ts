/** The publishing agent on a real image store and real disks; the log is in memory, libvirt a list. */
import { afterEach, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainInfo } from '../../../src/hypervisor/index.ts';
import { type ImageStore, ImagesError, openImageStore } from '../../../src/images/index.ts';
import { Publisher, type PublisherParts } from '../../../src/node/imaging/publisher.ts';
import { ProgressBoard } from '../../../src/node/progress-board.ts';
import { PendingVersions } from '../../../src/node/work/pending.ts';
import type { Vm } from '../../../src/state/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { READY_HOST } from '../../support/ready-host.ts';
import { until } from '../../support/until.ts';
import { MiB, makeRig, type Rig, tool } from '../images/rig.ts';
import { as, lab, NODE, observe, place, SIZE, TEACHER, type World } from '../state/world.ts';
import { type FakeLog, IMAGE, logOf, storedImage } from './stored-image.ts';

const GIB = 2 ** 30;
const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Setting {
  readonly world: World;
  readonly rig: Rig;
  readonly store: ImageStore;
  readonly vmId: string;
  readonly base: string;
  /** What libvirt has. */
  readonly domains: DomainInfo[];
  readonly log: FakeLog;
  /** How often libvirt was asked. */
  readonly looks: { count: number };
  /** A further run of the node on the same disk. */
  node(
    store?: ImageStore,
    fetchImage?: PublisherParts['fetchImage'],
    libvirt?: Partial<PublisherParts['hypervisor']>,
  ): Publisher;
  vm(): Vm | undefined;
  /** Writes to the disk of the VM as its guest would. */
  guest(...commands: string[]): void;
}

/** An image of 8 MiB, opened for change in a VM that has run and is off. */
async function setting(): Promise<Setting> {
  const rig = await makeRig();
  ends.push(() => rig.remove());
  const world = lab();
  const base = await storedImage(world, rig, 41);
  const vmId = world.newId();
  const edit = { id: IMAGE, vmId, sizeId: SIZE, hours: 2, sshKeys: [], pinnedNodeId: null };
  world.ok('image.begin_edit', edit, as(TEACHER));
  place(world, vmId);
  observe(world, vmId, 'running');
  const disk = rig.path('os.qcow2');
  const backing = ['-b', rig.store.localPath(base), '-F', 'raw'];
  tool('qemu-img', 'create', '-q', '-f', 'qcow2', ...backing, disk, String(5 * GIB));
  const domains: DomainInfo[] = [];
  const log = logOf(world);
  const looks = { count: 0 };
  return {
    world,
    rig,
    store: rig.store,
    vmId,
    base,
    domains,
    log,
    looks,
    node(store = rig.store, fetchImage = () => null, libvirt = {}) {
      const publisher = new Publisher({
        nodeId: NODE,
        machine: world.machine,
        submit: log.submit,
        store,
        hypervisor: {
          status: () => READY_HOST,
          domains: async () => {
            looks.count += 1;
            return domains;
          },
          localDisk: async () => ({ file: disk, since: 0, layered: false }),
          thawDisk: async () => {},
          ...libvirt,
        },
        fetchImage,
        pending: new PendingVersions(rig.dataDir, 'publishing'),
        board: new ProgressBoard(
          () => world.now,
          () => {},
        ),
        now: () => world.now,
        logger: silentLogger,
      });
      ends.push(() => publisher.stop());
      publisher.start();
      return publisher;
    },
    vm: () => world.state.tables.vm.get(vmId),
    guest: (...commands) => void tool('qemu-io', ...commands.flatMap((one) => ['-c', one]), disk),
  };
}

/** Asks for publication of the VM, which its agent then sees off. */
function begin({ world, vmId }: Setting, target: object = { id: IMAGE }): string {
  const versionId = world.newId();
  world.ok('image.begin_publish', { vmId, versionId, force: false, as: target }, as(TEACHER));
  observe(world, vmId, 'stopped');
  return versionId;
}

const image = ({ world }: Setting) => world.state.tables.image.get(IMAGE);
const operation = ({ world }: Setting) =>
  world.state.tables.operation.by('target', IMAGE).findLast((one) => one.kind === 'image.publish');

async function untilEnded(lab: Setting): Promise<void> {
  await until('the publication has ended', () => operation(lab)?.state !== 'running', 20_000);
}

/** The version is what a guest would read, and all the log says of it is so. */
async function expectWhole(lab: Setting, versionId: string): Promise<void> {
  const { store, rig, world } = lab;
  const version = world.state.tables.version.get(versionId);
  const info = store.versions().find((one) => one.versionId === versionId);
  expect(version).toMatchObject({ manifestHash: info?.manifestHash, virtualBytes: info?.virtualBytes });
  expect(await store.verify(versionId)).toMatchObject({ damaged: [] });
  tool(
    'qemu-img',
    'compare',
    '-q',
    '-f',
    'raw',
    '-F',
    'qcow2',
    store.localPath(versionId),
    rig.path('os.qcow2'),
  );
}

test('I8 what the guest changed becomes the next version; only that is new', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k', 'write -z 3M 1M');
  lab.node();
  const versionId = begin(lab);
  await untilEnded(lab);
  expect(operation(lab)).toMatchObject({ state: 'done' });
  expect(lab.world.state.tables.version.get(versionId)).toMatchObject({
    number: 2,
    newBytes: MiB,
    parentId: lab.base,
  });
  expect(image(lab)).toMatchObject({ currentVersionId: versionId, edit: null });
  expect(lab.vm()?.desired).toBe('deleted');
  await expectWhole(lab, versionId);
});

test('a VM that still runs, or whose memory is saved, is waited for', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  const domain = { uuid: 'u', name: 'n', owner: 'ours', vmId: lab.vmId, epoch: 1 } as const;
  lab.domains.push({ ...domain, state: 'running', hasSave: false });
  lab.node();
  const versionId = lab.world.newId();
  lab.world.ok(
    'image.begin_publish',
    { vmId: lab.vmId, versionId, force: false, as: { id: IMAGE } },
    as(TEACHER),
  );
  // The log knows nothing yet of the guest's end, then libvirt still has it.
  observe(lab.world, lab.vmId, 'stopping');
  observe(lab.world, lab.vmId, 'stopped');
  // One look after the other: the second begins when the first has done what it does.
  await until('it has looked', () => lab.looks.count >= 1);
  lab.world.ok('vm.rename', { id: lab.vmId, name: 'renamed' }, as(TEACHER));
  await until('it has looked again', () => lab.looks.count >= 2);
  expect(lab.store.has(versionId)).toBe(false);
  lab.domains[0] = { ...domain, state: 'off', hasSave: false };
  await untilEnded(lab);
  await expectWhole(lab, versionId);
});

test('R1 a guest of which the log has not seen the end is waited for, though libvirt shows none', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  lab.node();
  const versionId = lab.world.newId();
  const wish = { vmId: lab.vmId, versionId, force: false, as: { id: IMAGE } };
  lab.world.ok('image.begin_publish', wish, as(TEACHER));
  // Three looks after one another, of which none comes as far as to ask libvirt.
  for (let n = 0; n < 3; n++) {
    lab.world.ok('vm.rename', { id: lab.vmId, name: `edit ${n}` }, as(TEACHER));
    await Bun.sleep(0);
  }
  expect([lab.looks.count, lab.store.has(versionId)]).toEqual([0, false]);
  observe(lab.world, lab.vmId, 'stopped');
  await untilEnded(lab);
  await expectWhole(lab, versionId);
});

test('R2 a disk that was left behind here when the VM went on elsewhere is never published', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  const file = lab.rig.path('os.qcow2');
  const old = lab.node(undefined, undefined, {
    localDisk: async () => ({ file, since: (lab.vm()?.homeSince ?? 0) + 1, layered: false }),
  });
  begin(lab);
  await untilEnded(lab);
  expect(operation(lab)).toMatchObject({ state: 'failed', error: { code: 'vm.no_disk' } });
  expect(image(lab)).toMatchObject({ currentVersionId: lab.base, edit: { vmId: lab.vmId } });
  expect(lab.store.versions()).toHaveLength(1);
  await old.stop();
  lab.node(undefined, undefined, {
    localDisk: async () => ({ file, since: lab.vm()?.homeSince ?? 0, layered: false }),
  });
  const versionId = begin(lab);
  await untilEnded(lab);
  await expectWhole(lab, versionId);
});

test('R1 what lies in several layers is brought together before it is read', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  let isWhole = false;
  lab.node(undefined, undefined, {
    thawDisk: async () => {
      lab.guest('write -P 8 2M 64k'); // what was in the layer above
      isWhole = true;
    },
    localDisk: async () => {
      if (!isWhole) throw new Error('read too early');
      return { file: lab.rig.path('os.qcow2'), since: 0, layered: false };
    },
  });
  const versionId = begin(lab);
  await untilEnded(lab);
  expect(operation(lab)).toMatchObject({ state: 'done' });
  await expectWhole(lab, versionId);
});

test('GF15 nothing was changed: told by name, no version, and the edit goes on', async () => {
  const lab = await setting();
  lab.node();
  const versionId = begin(lab);
  await untilEnded(lab);
  expect(operation(lab)).toMatchObject({ state: 'failed', error: { code: 'image.unchanged' } });
  expect(image(lab)).toMatchObject({ currentVersionId: lab.base, edit: { vmId: lab.vmId } });
  await until('nothing stays of it', () => !lab.store.has(versionId));
  lab.guest('write -P 7 1M 64k');
  const next = begin(lab);
  await untilEnded(lab);
  await expectWhole(lab, next);
});

test('GF39 no room: the cause is told, the edit is there, and with room it works', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  const limits = { reserveBytes: Number.MAX_SAFE_INTEGER };
  const small = openImageStore({ dataDir: lab.rig.dataDir, logger: silentLogger, limits });
  await small.start();
  const first = lab.node(small);
  begin(lab);
  await untilEnded(lab);
  expect(operation(lab)).toMatchObject({ state: 'failed', error: { code: 'images.no_space' } });
  expect(image(lab)?.edit?.vmId).toBe(lab.vmId);
  await first.stop();
  lab.node();
  const versionId = begin(lab);
  await untilEnded(lab);
  await expectWhole(lab, versionId);
});

test('the log does not listen: the version waits, and a node that starts anew only tells it', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  lab.log.deaf = 'log.no_leader';
  const first = lab.node();
  const versionId = begin(lab);
  await until('the version is whole', () => lab.store.isWhole(versionId) && lab.log.asked > 0, 20_000);
  await first.stop();
  expect(operation(lab)?.state).toBe('running');
  lab.log.deaf = null;
  const again = openImageStore({
    dataDir: lab.rig.dataDir,
    logger: silentLogger,
    limits: { reserveBytes: 0 },
  });
  await again.start();
  const before = again.versions().find((one) => one.versionId === versionId)?.createdAt;
  lab.node(again);
  await untilEnded(lab);
  await expectWhole(lab, versionId);
  expect((await again.manifest(versionId)).createdAt).toBe(before ?? 0);
});

/** The store, which holds the version only in part until `here` says so. */
function without(store: ImageStore, versionId: string, here: () => boolean): ImageStore {
  return Object.create(store, {
    isWhole: { value: (id: string) => (id === versionId ? here() : store.isWhole(id)) },
    capture: { value: store.capture.bind(store) },
  });
}

test('GF9 GF10 nobody can send what the disk was made from: asked again, the edit kept; when it comes, it is published', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  let asked = 0;
  const partly = without(lab.store, lab.base, () => asked >= 2);
  lab.node(partly, async () => {
    asked += 1;
    if (asked < 2) throw new ImagesError('images.no_source', { versionId: lab.base, asked: 1, code: null });
  });
  const versionId = begin(lab);
  await until('it was asked', () => asked >= 1);
  expect(operation(lab)?.state).toBe('running');
  await untilEnded(lab);
  await expectWhole(lab, versionId);
});

test('GF9 it does not come for minutes: told by name, the edit kept', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  let asked = 0;
  const partly = without(lab.store, lab.base, () => false);
  lab.node(partly, async () => {
    asked += 1;
    lab.world.now += 4 * 60_000;
  });
  begin(lab);
  await untilEnded(lab);
  expect(asked).toBeGreaterThan(1);
  expect(operation(lab)).toMatchObject({ state: 'failed', error: { code: 'images.no_source' } });
  expect(image(lab)?.edit?.vmId).toBe(lab.vmId);
});

test('I8 cancelled while the disk is read: that ends, nothing stays, and the VM starts again', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 5M');
  const began = Promise.withResolvers<AbortSignal | undefined>();
  const ended = Promise.withResolvers<unknown>();
  const capture: ImageStore['capture'] = async (wanted) => {
    began.resolve(wanted.signal);
    await until('it is told to end', () => wanted.signal?.aborted);
    const reading = lab.store.capture(wanted);
    reading.then(ended.resolve, ended.resolve);
    return await reading;
  };
  lab.node(Object.create(lab.store, { capture: { value: capture } }));
  const versionId = begin(lab);
  await began.promise;
  lab.world.ok('image.cancel_publish', { vmId: lab.vmId }, as(TEACHER));
  expect(await ended.promise).toMatchObject({ code: 'images.cancelled' });
  expect(lab.store.has(versionId)).toBe(false);
  lab.world.ok('vm.start', { id: lab.vmId }, as(TEACHER));
  expect(image(lab)?.edit?.vmId).toBe(lab.vmId);
});

test('cancelled when the version was whole already: it goes', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  lab.log.deaf = 'log.no_leader';
  const first = lab.node();
  const versionId = begin(lab);
  await until('the version is whole', () => lab.store.isWhole(versionId) && lab.log.asked > 0, 20_000);
  lab.world.ok('image.cancel_publish', { vmId: lab.vmId }, as(TEACHER));
  await until('nothing stays of it', () => !lab.store.has(versionId));
  await first.stop();
});

test('cancelled while the node was killed: the version that it had made goes at its next start', async () => {
  const lab = await setting();
  lab.guest('write -P 7 1M 64k');
  lab.log.deaf = 'log.no_leader';
  const first = lab.node();
  const versionId = begin(lab);
  await until('the version is whole', () => lab.store.isWhole(versionId) && lab.log.asked > 0, 20_000);
  await first.stop();
  lab.world.ok('image.cancel_publish', { vmId: lab.vmId }, as(TEACHER));
  const second = lab.node();
  await until('the log was asked', () => lab.log.asked > 1);
  await second.stop();
  // It did not answer: the version may be wanted after all.
  expect(lab.store.has(versionId)).toBe(true);
  lab.log.deaf = null;
  lab.node();
  await until('nothing stays of it', () => !lab.store.has(versionId));
  expect(readdirSync(join(lab.rig.dataDir, 'publishing'))).toEqual([]);
});

test('what was installed from a CD: an empty disk, without a base', async () => {
  const lab = await setting();
  const { world, rig, vmId } = lab;
  const vm = world.state.tables.vm.get(vmId);
  const version = world.state.tables.version.get(lab.base);
  if (!vm || !version) throw new Error('no VM');
  // As if the image had been a CD from the start.
  world.machine.restore(
    [...world.machine.snapshot()].map((record) =>
      record.kind === 'version' && record.entity.id === lab.base
        ? { kind: 'version' as const, entity: { ...version, kind: 'iso' as const } }
        : record,
    ),
  );
  tool('qemu-img', 'create', '-q', '-f', 'qcow2', rig.path('os.qcow2'), String(5 * GIB));
  lab.guest('write -P 7 1M 3M');
  lab.node();
  const newId = world.newId();
  const versionId = begin(lab, { newId, name: 'installed' });
  await until('it is ready', () => world.state.tables.image.get(newId)?.state === 'ready', 20_000);
  expect(world.state.tables.version.get(versionId)).toMatchObject({
    kind: 'disk',
    parentId: null,
    newBytes: 3 * MiB,
  });
  await expectWhole(lab, versionId);
});

test('as a new image: the VM and its disk stay; it may be the same as what it was made of', async () => {
  const lab = await setting();
  lab.node();
  const same = lab.world.newId();
  begin(lab, { newId: same, name: 'same' });
  await until('it is ready', () => lab.world.state.tables.image.get(same)?.state === 'ready', 20_000);
  lab.guest('write -P 7 1M 64k');
  const newId = lab.world.newId();
  const versionId = begin(lab, { newId, name: 'other' });
  await until('it is ready', () => lab.world.state.tables.image.get(newId)?.state === 'ready', 20_000);
  await expectWhole(lab, versionId);
  expect(lab.vm()).toMatchObject({ desired: 'stopped', publishing: null });
  expect(image(lab)?.edit?.vmId).toBe(lab.vmId);
});
