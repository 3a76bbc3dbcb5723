/** The agent for saved work on a real image store and real disks; the log is in memory, libvirt a list. */
import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainInfo, LocalDisk } from '../../../src/hypervisor/index.ts';
import { WorkAgent, type WorkAgentParts } from '../../../src/node/work/index.ts';
import type { Vm } from '../../../src/state/index.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { READY_HOST } from '../../support/ready-host.ts';
import { until } from '../../support/until.ts';
import { MiB, makeRig, type Rig, tool } from '../images/rig.ts';
import { nodeAgent, SECOND, secondPc } from '../state/mesh.ts';
import {
  agent,
  as,
  lab,
  local,
  NODE,
  observe,
  place,
  running,
  SIZE,
  STUDENT,
  scheduler,
  type World,
} from '../state/world.ts';
import { type FakeLog, IMAGE, logOf, storedImage } from './stored-image.ts';

setDefaultTimeout(60_000);
const NO_STATS = {
  cpuNs: 0,
  ramKiB: 0,
  guestRamKiB: null,
  diskReadBytes: 0,
  diskWriteBytes: 0,
  netReceivedBytes: 0,
  netSentBytes: 0,
};
const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Setting {
  readonly world: World;
  readonly rig: Rig;
  readonly vmId: string;
  readonly base: string;
  readonly domains: DomainInfo[];
  readonly log: FakeLog;
  readonly disk: string;
  /** Bytes that the guest has written, as libvirt counts them. */
  written: number;
  /** How often the disk was frozen and brought together. */
  readonly frozen: string[];
  /** How often the agent asked libvirt: once each time that it looks at a VM. */
  readonly looks: { count: number };
  /** Since when the disk is here, as its mark says. */
  readonly marks: Map<string, number>;
  node(change?: Partial<WorkAgentParts>, libvirt?: Partial<WorkAgentParts['hypervisor']>): WorkAgent;
  vm(): Vm;
  /** Writes to the disk of the VM as its guest would. */
  guest(...commands: string[]): void;
  /** What a guest would read there. */
  reads(offset: string, pattern: string): void;
}

/** An image of 8 MiB, and a VM of it that runs on this PC; another PC is in the cloud and has the image too. */
async function setting(): Promise<Setting> {
  const rig = await makeRig();
  ends.push(() => rig.remove());
  const world = lab();
  const base = await storedImage(world, rig, 43);
  secondPc(world);
  world.ok('image.version_held', { versionId: base, held: true }, nodeAgent(SECOND));
  const vmId = running(world, local, { ownerId: STUDENT, imageId: IMAGE });
  const dataDir = rig.path('node');
  const folder = join(dataDir, 'vms', vmId);
  const disk = join(folder, 'os.qcow2');
  mkdirSync(folder, { recursive: true });
  const backing = ['-b', rig.store.localPath(base), '-F', 'raw'];
  tool('qemu-img', 'create', '-q', '-f', 'qcow2', ...backing, disk, String(8 * MiB));
  const marks = new Map([[vmId, 1]]);
  const domains: DomainInfo[] = [];
  const log = logOf(world);
  const nothing = async () => {};
  const one: Setting = {
    world,
    rig,
    vmId,
    base,
    written: 0,
    frozen: [],
    looks: { count: 0 },
    marks,
    domains,
    log,
    disk,
    vm() {
      const vm = world.state.tables.vm.get(vmId);
      if (!vm) throw new Error('the VM is gone');
      return vm;
    },
    guest: (...commands) => void tool('qemu-io', ...commands.flatMap((command) => ['-c', command]), disk),
    reads: (offset, pattern) => {
      const said = tool('qemu-io', '-r', '-c', `read -P ${pattern} ${offset} 64k`, disk);
      expect(said).not.toContain('Pattern verification failed');
    },
    node(change = {}, libvirt = {}) {
      const work = new WorkAgent({
        nodeId: NODE,
        dataDir,
        machine: world.machine,
        submit: log.submit,
        store: rig.store,
        fetch: () => null,
        newId: () => world.newId(),
        now: () => world.now,
        logger: silentLogger,
        hypervisor: {
          status: () => READY_HOST,
          domains: async () => {
            one.looks.count++;
            return domains;
          },
          localDisk: async (one): Promise<LocalDisk | null> =>
            existsSync(disk) ? { file: disk, since: marks.get(one) ?? 0, layered: false } : null,
          markDisk: async (one, since) => void marks.set(one, since),
          diskFolder: async () => {
            mkdirSync(folder, { recursive: true });
            return disk;
          },
          freezeDisk: async () => {
            one.frozen.push('freeze');
            return disk;
          },
          thawDisk: async () => void one.frozen.push('thaw'),
          removeVm: async () => rmSync(folder, { recursive: true, force: true }),
          forceOffVm: async () => void domains.splice(0),
          shutdownVm: nothing,
          statsAll: async () => new Map([[vmId, { ...NO_STATS, diskWriteBytes: one.written }]]),
          ...libvirt,
        },
        ...change,
      });
      ends.push(() => work.stop());
      return work;
    },
  };
  return one;
}

const pendingOf = ({ rig }: Setting) => readdirSync(rig.path('node/work')).length;
const versionsHere = ({ rig, base }: Setting) =>
  rig.store
    .versions()
    .map(({ versionId }) => versionId)
    .filter((one) => one !== base);

function stopped({ world, vmId }: Setting): void {
  world.ok('vm.stop', { id: vmId, force: true }, as(STUDENT));
  observe(world, vmId, 'stopped');
}

async function saved(one: Setting): Promise<string> {
  return await until('saved', () => (one.vm().work?.clean ? one.vm().work?.versionId : undefined), 30_000);
}

test('V7 a VM that stopped is saved, and its disk is made again elsewhere with what its guest wrote', async () => {
  const one = await setting();
  one.guest('write -P 0x41 1M 64k', 'write -z 3M 1M');
  const work = one.node();
  work.start();
  stopped(one);
  const versionId = await saved(one);
  expect(versionsHere(one)).toEqual([versionId]);
  expect(one.vm().work).toMatchObject({ epoch: 1, clean: true });
  expect(await work.prepare(one.vm(), null)).toBeNull(); // the disk is here
  // It ran on the other PC meanwhile, which saved it in turn, and comes back.
  one.world.ok('vm.start', { id: one.vmId }, as(STUDENT));
  one.world.ok('vm.place', { id: one.vmId, nodeId: SECOND, epoch: 2 }, scheduler);
  const seen = { id: one.vmId, epoch: 2, cause: null, ip: null, restartSeq: 0 };
  one.world.ok('vm.observe', { ...seen, state: 'running' }, nodeAgent(SECOND));
  await until('the disk that is out of date is gone', () => !existsSync(one.disk));
  one.world.ok('vm.stop', { id: one.vmId, force: true }, as(STUDENT));
  one.world.ok('vm.observe', { ...seen, state: 'stopped' }, nodeAgent(SECOND));
  const next = { id: one.vmId, versionId: one.world.newId(), epoch: 2, at: one.world.now, clean: true };
  const facts = { manifestHash: 'e'.repeat(64), virtualBytes: 8 * MiB, storedBytes: 1, chunks: 8 };
  one.world.ok('vm.saved', { ...next, ...facts }, nodeAgent(SECOND));
  one.world.ok('vm.start', { id: one.vmId }, as(STUDENT));
  one.world.ok('vm.place', { id: one.vmId, nodeId: NODE, epoch: 3 }, scheduler);
  // What the other one saved is not here, and nobody brings it: it does not start from anything else.
  const gone = await work.prepare(one.vm(), one.rig.store.localPath(one.base));
  await expect(gone?.ready ?? Promise.resolve()).rejects.toMatchObject({ code: 'vm.work_out_of_reach' });
  expect(existsSync(one.disk)).toBe(false);
  const there = { ...one.vm(), work: { ...next, versionId } };
  await (await work.prepare(there, one.rig.store.localPath(one.base)))?.ready;
  one.reads('1M', '0x41');
  one.reads('3M', '0');
  expect(await work.prepare(one.vm(), null)).toBeNull();
});

test('R1 the log does not listen: it is told again; what a crash cut off before that is removed and saved anew', async () => {
  const one = await setting();
  one.guest('write -P 0x42 2M 64k');
  one.log.deaf = 'log.timeout';
  const first = one.node();
  first.start();
  stopped(one);
  await until('it was told in vain', () => one.log.asked > 1, 30_000);
  const [untold] = versionsHere(one);
  expect(untold).toBeDefined();
  expect(pendingOf(one)).toBe(1);
  await first.stop();
  one.log.deaf = null;
  one.node().start();
  const versionId = await saved(one);
  await until('what nobody knows of is gone', () => versionsHere(one).join() === versionId, 30_000);
  await until('nothing is to be looked after any more', () => pendingOf(one) === 0);
});

test('R2 a save of a disk that is not the newest any more is refused, and leaves nothing', async () => {
  const one = await setting();
  one.guest('write -P 0x43 2M 64k');
  one.log.deaf = 'log.timeout';
  one.node().start();
  stopped(one);
  await until('it was told in vain', () => one.log.asked > 0, 30_000);
  one.world.ok('vm.start', { id: one.vmId }, as(STUDENT));
  place(one.world, one.vmId);
  one.log.deaf = null;
  await until('it is removed', () => versionsHere(one).length === 0 && pendingOf(one) === 0, 30_000);
  expect(one.vm().work).toBeNull();
});

test('V7 what cannot be saved is told to the owner, and tried again when somebody asks', async () => {
  const one = await setting();
  one.guest('write -P 0x44 2M 64k');
  tool('chmod', '0644', one.disk);
  tool('cp', one.disk, `${one.disk}.whole`);
  tool('truncate', '-s', '70000', one.disk);
  one.node().start();
  stopped(one);
  await until('it failed', () => one.vm().saveFailed, 30_000);
  expect(one.vm().work).toBeNull();
  tool('mv', `${one.disk}.whole`, one.disk);
  one.world.ok('vm.save', { id: one.vmId }, as(STUDENT));
  await saved(one);
  expect(one.vm().saveFailed).toBeNull();
});

test('V9 GF26 back after it was lost, a PC stops its stale guest, keeps its disk as a copy, and only then deletes it', async () => {
  const one = await setting();
  const { world, vmId } = one;
  const saving = { id: vmId, versionId: world.newId(), epoch: 1, at: world.now, clean: false };
  const facts = { manifestHash: 'e'.repeat(64), virtualBytes: 8 * MiB, storedBytes: 1, chunks: 8 };
  world.ok('vm.saved', { ...saving, ...facts }, agent);
  world.ok('image.version_held', { versionId: saving.versionId, held: true }, nodeAgent(SECOND));
  one.guest('write -P 0x45 5M 64k');
  for (const state of ['unreachable', 'lost']) world.ok('node.reach', { id: NODE, state }, scheduler);
  world.ok('vm.recover', { id: vmId }, as(STUDENT));
  world.ok('vm.place', { id: vmId, nodeId: SECOND, epoch: 2 }, scheduler);
  world.ok('node.reach', { id: NODE, state: 'up' }, scheduler);
  const domain = { uuid: 'u', name: 'n', owner: 'ours', vmId, epoch: 1, hasSave: false } as const;
  one.domains.push({ ...domain, state: 'running' });
  const work = one.node();
  work.start();
  await lookTwice(one);
  expect(one.vm().recovered).toEqual([]); // its guest still writes
  expect(existsSync(one.disk)).toBe(true);
  one.domains.splice(0, 1, { ...domain, state: 'off' });
  const [copy] = await until(
    'a copy is kept',
    () => (one.vm().recovered.length > 0 ? one.vm().recovered : null),
    30_000,
  );
  await until('the disk is gone', () => !existsSync(one.disk));
  expect(one.vm()).toMatchObject({ strays: [], work: { versionId: saving.versionId } });
  expect(versionsHere(one)).toEqual([copy?.versionId ?? '']);
  await one.rig.store.restoreWork({
    versionId: copy?.versionId ?? '',
    target: one.rig.path('look.qcow2'),
    below: { name: one.rig.store.localPath(one.base), format: 'raw' },
    virtualBytes: 0,
  });
  const said = tool('qemu-io', '-r', '-c', 'read -P 0x45 5M 64k', one.rig.path('look.qcow2'));
  expect(said).not.toContain('Pattern verification failed');
});

test('V7 while it runs it is saved every ten minutes, if it has written, with its disk frozen', async () => {
  const one = await setting();
  const domain = { uuid: 'u', name: 'n', owner: 'ours', vmId: one.vmId, epoch: 1, hasSave: false } as const;
  one.domains.push({ ...domain, state: 'running' });
  one.guest('write -P 0x46 2M 64k');
  one.written = 65_536;
  const work = one.node();
  work.start();
  await lookTwice(one);
  expect(one.frozen).toEqual([]); // it is not time yet
  one.world.now += 11 * 60_000;
  look(one);
  const first = await until('saved', () => one.vm().work?.versionId, 30_000);
  expect(one.vm().work).toMatchObject({ epoch: 1, clean: false });
  expect(one.frozen).toEqual(['freeze', 'thaw']);
  one.world.now += 11 * 60_000;
  await lookTwice(one);
  expect(one.frozen).toEqual(['freeze', 'thaw']); // nothing was written since
  one.guest('write -P 0x47 4M 64k');
  one.written += 65_536;
  look(one);
  await until('saved again', () => one.vm().work?.versionId !== first, 30_000);
});

/** Something of the VM changes, so that the agent looks at it. */
const look = (one: Setting) =>
  one.world.ok('vm.rename', { id: one.vmId, name: `work ${one.world.newId().slice(-4)}` });

/** Two whole looks after one another: what the first began is under way by the end of the second. */
async function lookTwice(one: Setting): Promise<void> {
  for (let n = 0; n < 3; n++) {
    const before = one.looks.count;
    look(one);
    await until('it has looked', () => one.looks.count > before);
  }
}

/** The store, whose captures wait for a word and then do what they would have done. */
function slowStore(one: Setting) {
  const began = Promise.withResolvers<AbortSignal | undefined>();
  const rest = Promise.withResolvers<void>();
  const { store } = one.rig;
  const capture: typeof store.capture = async (wanted) => {
    began.resolve(wanted.signal);
    await rest.promise;
    return await store.capture(wanted);
  };
  return { store: Object.create(store, { capture: { value: capture } }), began, rest };
}

test('V7 whoever stops a VM gets its disk: a save under way ends, and what it was cut off from leaves nothing', async () => {
  const one = await setting();
  const domain = { uuid: 'u', name: 'n', owner: 'ours', vmId: one.vmId, epoch: 1, hasSave: false } as const;
  one.domains.push({ ...domain, state: 'running' });
  one.guest('write -P 0x46 2M 64k');
  one.written = 65_536;
  one.world.now += 11 * 60_000;
  const { store, began, rest } = slowStore(one);
  const work = one.node({ store });
  work.start();
  const signal = await began.promise;
  let isFree = false;
  const freed = work.letGo(one.vmId).then(() => {
    isFree = true;
  });
  await until('it is told to end', () => signal?.aborted);
  for (let turn = 0; turn < 5; turn++) await Bun.sleep(0);
  expect(isFree).toBe(false); // its disk is still read
  expect(one.frozen).toEqual(['freeze']);
  rest.resolve();
  await freed;
  expect(one.frozen.at(-1)).toBe('thaw');
  expect([versionsHere(one), pendingOf(one), one.vm().work]).toEqual([[], 0, null]);
  const before = one.frozen.length;
  await lookTwice(one); // for some seconds the disk is another's
  expect(one.frozen.slice(before)).not.toContain('freeze');
});

test('V7 whoever asked for the disk while a save was being considered has it: none begins', async () => {
  const one = await setting();
  const domain = { uuid: 'u', name: 'n', owner: 'ours', vmId: one.vmId, epoch: 1, hasSave: false } as const;
  one.domains.push({ ...domain, state: 'running' });
  one.world.now += 11 * 60_000;
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const statsAll = async () => {
    asked.resolve();
    await answer.promise;
    return new Map([[one.vmId, { ...NO_STATS, diskWriteBytes: 65_536 }]]);
  };
  const work = one.node({}, { statsAll });
  work.start();
  await asked.promise;
  await work.letGo(one.vmId);
  answer.resolve();
  await lookTwice(one);
  expect(one.frozen).toEqual(['thaw']);
});

test('R1 what was saved before a crash is not removed before the log has answered: this copy of it may be old', async () => {
  const one = await setting();
  one.guest('write -P 0x42 2M 64k');
  one.log.deaf = 'log.timeout';
  const first = one.node();
  first.start();
  stopped(one);
  await until('it was told in vain', () => one.log.asked > 1, 30_000);
  const [untold] = versionsHere(one);
  await first.stop();
  expect(pendingOf(one)).toBe(1); // who stops begins nothing anew
  // The new run may save nothing, so that all it could do is sweep.
  const second = one.node({}, { localDisk: async () => null });
  second.start();
  await lookTwice(one);
  await lookTwice(one);
  expect(versionsHere(one)).toEqual([untold ?? '']);
  expect(pendingOf(one)).toBe(1);
});

test('V7 without what the VM was made of nothing is saved, and that is no failure: it is brought', async () => {
  const one = await setting();
  one.guest('write -P 0x42 2M 64k');
  const { store } = one.rig;
  let isHere = false;
  const partly = Object.create(store, {
    isWhole: { value: (id: string) => (id === one.base ? isHere : store.isWhole(id)) },
  });
  const asked: string[] = [];
  one
    .node({
      store: partly,
      fetch: (id) => {
        asked.push(id);
        return null;
      },
    })
    .start();
  stopped(one);
  await until('it was asked for', () => asked.length > 0);
  await lookTwice(one);
  expect([one.vm().work, one.vm().saveFailed, new Set(asked)]).toEqual([null, null, new Set([one.base])]);
  isHere = true;
  look(one);
  await saved(one);
});

test('V7 a disk whose layers could not be brought together is not saved from one of them', async () => {
  const one = await setting();
  one.guest('write -P 0x42 2M 64k');
  let layered = true;
  const localDisk = async (): Promise<LocalDisk> => ({ file: one.disk, since: 1, layered });
  one.node({}, { localDisk }).start();
  stopped(one);
  await until('it failed', () => one.vm().saveFailed, 30_000);
  expect(one.vm()).toMatchObject({ work: null, saveFailed: { cause: { code: 'hypervisor.disk_busy' } } });
  layered = false;
  one.world.ok('vm.save', { id: one.vmId }, as(STUDENT));
  await saved(one);
});

/** This PC was lost and is back; meanwhile the VM went on elsewhere, from what had been saved. */
function lostAndBack({ world, vmId }: Setting): void {
  const saving = { id: vmId, versionId: world.newId(), epoch: 1, at: world.now, clean: false };
  const facts = { manifestHash: 'e'.repeat(64), virtualBytes: 8 * MiB, storedBytes: 1, chunks: 8 };
  world.ok('vm.saved', { ...saving, ...facts }, agent);
  world.ok('image.version_held', { versionId: saving.versionId, held: true }, nodeAgent(SECOND));
  for (const state of ['unreachable', 'lost']) world.ok('node.reach', { id: NODE, state }, scheduler);
  world.ok('vm.recover', { id: vmId }, as(STUDENT));
  world.ok('vm.place', { id: vmId, nodeId: SECOND, epoch: 2 }, scheduler);
  world.ok('node.reach', { id: NODE, state: 'up' }, scheduler);
}

test('V9 R1 what a lost PC still has stays on it until the log has taken the copy, and is not written over by a new start', async () => {
  const one = await setting();
  one.guest('write -P 0x45 5M 64k');
  lostAndBack(one);
  one.log.deaf = 'vm.too_many_recovered';
  const work = one.node();
  work.start();
  await until('the log refused', () => one.log.asked > 0 && versionsHere(one).length === 0, 30_000);
  await lookTwice(one);
  expect(existsSync(one.disk)).toBe(true);
  // It comes back here meanwhile: the start waits until what is here has been put aside.
  const back = { ...one.vm(), homeNodeId: NODE, homeSince: 3, epoch: 3 };
  const prepared = await work.prepare(back, null);
  expect(prepared).not.toBeNull();
  expect(existsSync(one.disk)).toBe(true);
  one.log.deaf = null;
  one.world.now += 61_000; // a refusal is tried again after a while
  look(one);
  await prepared?.ready;
  expect(one.vm().recovered).toHaveLength(1);
});

test('R2 a disk that is made anew is marked with its time before anything starts from it', async () => {
  const one = await setting();
  const work = one.node();
  const vm: Vm = { ...one.vm(), homeSince: 7, epoch: 7 };
  expect(await work.prepare(vm, null)).toBeNull(); // nothing was ever saved: from the image
  expect(one.marks.get(one.vmId)).toBe(7);
  expect(existsSync(one.disk)).toBe(false);
});

test('R2 a lab that starts clean: what an older place left here goes, and what a newer one has made does not', async () => {
  const one = await setting();
  const { world } = one;
  const vmId = world.newId();
  const wish = { imageId: IMAGE, sizeId: SIZE, hours: 2, courseId: null, sshKeys: [], pinnedNodeId: null };
  world.ok('vm.create', { id: vmId, ownerId: STUDENT, ...wish, persistent: false });
  world.ok('vm.place', { id: vmId, nodeId: SECOND, epoch: 1 }, scheduler);
  const removed: string[] = [];
  const folder = one.rig.path(`node/vms/${vmId}`);
  mkdirSync(folder, { recursive: true });
  const domain = { uuid: 'u', name: 'n', owner: 'ours', vmId, hasSave: false, state: 'running' } as const;
  // The log's next word, that it is placed here, has not come yet.
  one.domains.push({ ...domain, epoch: 2 });
  const localDisk = async (id: string): Promise<LocalDisk | null> =>
    id === vmId ? { file: `${folder}/os.qcow2`, since: 0, layered: false } : null;
  one.node({}, { localDisk, removeVm: async (id) => void removed.push(id) }).start();
  const rename = () => world.ok('vm.rename', { id: vmId, name: `clean ${world.newId().slice(-4)}` });
  for (let n = 0; n < 3; n++) {
    const before = one.looks.count;
    rename();
    await until('it has looked', () => one.looks.count > before);
  }
  expect(removed).toEqual([]);
  one.domains.splice(0, 1, { ...domain, epoch: 0 });
  rename();
  await until('it is gone', () => removed.includes(vmId));
});
