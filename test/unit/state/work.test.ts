/** Saved work (V7), and what becomes of a VM whose PC is lost (V9): the reducers' rules one by one. */
import { describe, expect, test } from 'bun:test';
import type { Author, ImageVersion, Vm } from '../../../src/state/index.ts';
import { facts, newcomer, nodeAgent, SECOND, THIRD, token, vmOf } from './mesh.ts';
import {
  as,
  checkSnapshot,
  lab,
  NODE,
  OTHER,
  observe,
  running,
  STUDENT,
  scheduler,
  VERSION,
  type World,
} from './world.ts';

const student = as(STUDENT);
const here = nodeAgent(NODE);

/** A lab of three PCs that all have the image. */
function three(): World {
  const world = lab();
  token(world);
  for (const [nodeId, name] of [
    [SECOND, 'pc-2'],
    [THIRD, 'pc-3'],
  ] as const) {
    world.ok('node.admit', newcomer({ nodeId, name, peerId: `Peer${name.slice(3)}` }), scheduler);
    world.ok('node.register', facts(name), nodeAgent(nodeId));
    world.ok('image.version_held', { versionId: VERSION, held: true }, nodeAgent(nodeId));
  }
  return world;
}

function saving(world: World, vmId: string, change: object = {}) {
  const facts = { manifestHash: 'c'.repeat(64), virtualBytes: 2 ** 31, storedBytes: 7, chunks: 2 };
  const { epoch } = vmOf(world, vmId);
  return { id: vmId, versionId: world.newId(), epoch, at: world.now, clean: false, ...facts, ...change };
}

function save(world: World, vmId: string, change: object = {}, by: Author = here): string {
  const payload = saving(world, vmId, change);
  world.ok('vm.saved', payload, by);
  return payload.versionId;
}

function held(world: World, versionId: string, nodeId: string): void {
  world.ok('image.version_held', { versionId, held: true }, nodeAgent(nodeId));
}

function stop(world: World, vmId: string): void {
  world.ok('vm.stop', { id: vmId, force: true }, student);
  observe(world, vmId, 'stopped');
}

function lose(world: World, nodeId: string): void {
  world.ok('node.reach', { id: nodeId, state: 'unreachable' }, scheduler);
  world.ok('node.reach', { id: nodeId, state: 'lost' }, scheduler);
}

const work = (world: World, vmId: string): ImageVersion[] =>
  world.state.tables.version.by('vm', vmId).filter(({ leaving }) => !leaving);
const place = (vm: Vm, nodeId: string) => ({ id: vm.id, nodeId, epoch: vm.epoch + 1 });

describe('saved work', () => {
  test('V7 a save makes a version of its own that belongs to no list of the image; the one before goes once the new one is safe', () => {
    const world = three();
    const vmId = running(world);
    const first = save(world, vmId);
    expect(vmOf(world, vmId).work).toEqual({ versionId: first, epoch: 1, at: world.now, clean: false });
    expect(work(world, vmId)[0]).toMatchObject({
      kind: 'work',
      parentId: VERSION,
      vmId,
      nodeIds: [NODE],
      number: 1,
    });
    held(world, first, SECOND);
    const second = save(world, vmId);
    expect(work(world, vmId).map(({ id }) => id)).toEqual([first, second]);
    held(world, second, THIRD);
    expect(work(world, vmId).map(({ id }) => id)).toEqual([second]);
    expect(world.state.tables.version.get(first)).toMatchObject({ leaving: true, nodeIds: [NODE, SECOND] });
    checkSnapshot(world);
  });

  test('R4 while no second PC can have it, no more than two are kept: the newest and the safest', () => {
    const world = three();
    const vmId = running(world);
    const safe = save(world, vmId);
    held(world, safe, SECOND);
    let newest = '';
    for (let n = 0; n < 5; n++) newest = save(world, vmId);
    expect(work(world, vmId).map(({ id }) => id)).toEqual([safe, newest]);
    // The others have gone away: one copy is all that can be.
    lose(world, SECOND);
    lose(world, THIRD);
    newest = save(world, vmId);
    expect(work(world, vmId).map(({ id }) => id)).toEqual([newest]);
  });

  test('R2 only who holds the disk in the newest epoch is believed, and a clean one only of a VM that is off', () => {
    const world = three();
    const vmId = running(world);
    world.refused('vm.stale_epoch', 'vm.saved', saving(world, vmId, { epoch: 2 }), here);
    world.refused('vm.stale_epoch', 'vm.saved', saving(world, vmId), nodeAgent(SECOND));
    world.refused('vm.wrong_state', 'vm.saved', saving(world, vmId, { clean: true }), here);
    world.refused('access.denied', 'vm.saved', saving(world, vmId), student);
    const clean = running(world, student, { persistent: false, name: 'exam' });
    world.refused('vm.wrong_state', 'vm.saved', saving(world, clean), here);
    stop(world, vmId);
    const versionId = save(world, vmId, { clean: true, at: world.now + 3_600_000 });
    // A PC's clock that is ahead dates nothing into the future.
    expect(vmOf(world, vmId).work).toEqual({ versionId, epoch: 1, at: world.now, clean: true });
    world.refused('vm.wrong_state', 'vm.saved', saving(world, vmId), here);
  });

  test('R1 I10 what a VM has saved is no garbage while the VM is there', () => {
    const world = three();
    const vmId = running(world);
    const versionId = save(world, vmId);
    held(world, versionId, SECOND);
    world.refused('image.version_in_use', 'image.expire', { versionId }, scheduler);
    expect(work(world, vmId).map(({ id }) => id)).toEqual([versionId]);
  });

  test('V7 stopped and saved, it starts on any PC; without that, where its disk is', () => {
    const world = three();
    const vmId = running(world);
    stop(world, vmId);
    world.ok('vm.start', { id: vmId }, student);
    world.refused('vm.lies_elsewhere', 'vm.place', place(vmOf(world, vmId), SECOND), scheduler);
    // Saved while it waits for a place: it was off all the time.
    save(world, vmId, { clean: true });
    world.ok('vm.place', place(vmOf(world, vmId), SECOND), scheduler);
    expect(vmOf(world, vmId)).toMatchObject({ homeNodeId: SECOND, homeSince: 2, epoch: 2 });
    world.refused('vm.stale_epoch', 'vm.saved', saving(world, vmId, { epoch: 1 }), here);
    // That place was never used: it may go elsewhere again, but not once it was.
    const again = (seen: string) => {
      world.ok('vm.stop', { id: vmId, force: true }, student);
      const report = { id: vmId, epoch: vmOf(world, vmId).epoch, cause: null, ip: null, restartSeq: 0 };
      world.ok('vm.observe', { ...report, state: seen }, nodeAgent(SECOND));
      world.ok('vm.observe', { ...report, state: 'stopped' }, nodeAgent(SECOND));
      world.ok('vm.start', { id: vmId }, student);
    };
    again('fetching');
    world.ok('vm.place', place(vmOf(world, vmId), SECOND), scheduler);
    again('starting');
    world.refused('vm.lies_elsewhere', 'vm.place', place(vmOf(world, vmId), THIRD), scheduler);
  });

  test('V7 a PC that is switched off with saved work on it holds nobody up: it starts elsewhere, and can be taken out of the cloud', () => {
    const world = three();
    const vmId = running(world);
    stop(world, vmId);
    held(world, save(world, vmId, { clean: true }), SECOND);
    lose(world, NODE);
    world.ok('vm.start', { id: vmId }, student);
    world.ok('vm.place', place(vmOf(world, vmId), THIRD), scheduler);
    expect(vmOf(world, vmId).strays).toEqual([]);
  });

  test('V7 asked for, it is saved by its node; the operation ends with that, or with why not, of which the owner hears once', () => {
    const world = three();
    const vmId = running(world);
    world.refused('not_found', 'vm.save', { id: vmId }, as(OTHER));
    const { operationId } = world.ok('vm.save', { id: vmId }, student);
    const operation = () => world.state.tables.operation.get(operationId ?? '')?.state;
    expect(world.ok('vm.save', { id: vmId }, student).operationId).toBe(operationId);
    const cause = { code: 'images.no_space', data: {} };
    for (let n = 0; n < 3; n++) world.ok('vm.save_failed', { id: vmId, epoch: 1, cause }, here);
    expect(operation()).toBe('failed');
    const told = () =>
      world.state.tables.notification.by('user', STUDENT).filter(({ code }) => code === 'vm.save_failed');
    expect(told()).toHaveLength(1);
    const again = world.ok('vm.save', { id: vmId }, student).operationId ?? '';
    save(world, vmId);
    expect(world.state.tables.operation.get(again)?.state).toBe('done');
    expect(vmOf(world, vmId).saveFailed).toBeNull();
    const clean = running(world, student, { persistent: false, name: 'exam' });
    world.refused('vm.not_persistent', 'vm.save', { id: clean }, student);
  });

  test('V7 that no second PC has it for long is told once, and taken back when one has', () => {
    const world = three();
    const vmId = running(world);
    save(world, vmId);
    save(world, vmId); // a moment later nothing is late yet
    expect(vmOf(world, vmId).saveFailed).toBeNull();
    for (let n = 0; n < 3; n++) {
      world.now += 600_000;
      save(world, vmId);
    }
    expect(vmOf(world, vmId).saveFailed?.cause).toEqual({
      code: 'vm.work_alone',
      data: { copies: 1, wanted: 2 },
    });
    const told = world.state.tables.notification
      .by('user', STUDENT)
      .filter(({ code }) => code === 'vm.save_failed');
    expect(told).toHaveLength(1);
    held(world, vmOf(world, vmId).work?.versionId ?? '', SECOND);
    expect(vmOf(world, vmId).saveFailed).toBeNull();
  });

  test('V7 with the VM its saved work goes, on every PC', () => {
    const world = three();
    const vmId = running(world);
    const versionId = save(world, vmId);
    world.ok('vm.remove', { id: vmId }, student);
    observe(world, vmId, 'deleted');
    expect(world.state.tables.version.get(versionId)?.leaving).toBe(true);
    world.ok('image.dropped', { id: vmOfImage(world), versionId }, here);
    expect(world.state.tables.version.get(versionId)).toBeUndefined();
    expect(world.state.tables.image.get(vmOfImage(world))?.state).toBe('ready');
  });
});

const vmOfImage = (world: World) => world.state.tables.version.get(VERSION)?.imageId ?? '';

describe('a lost PC', () => {
  test('V9 GF25 only a VM whose PC is lost is started from saved work, and only where that can be had', () => {
    const world = three();
    const vmId = running(world);
    const recover = { id: vmId };
    world.refused('vm.node_not_lost', 'vm.recover', recover, student);
    lose(world, NODE);
    world.refused('vm.nothing_saved', 'vm.recover', recover, student);
    world.ok('node.reach', { id: NODE, state: 'up' }, scheduler);
    const versionId = save(world, vmId);
    lose(world, NODE);
    world.refused('vm.work_out_of_reach', 'vm.recover', recover, student);
    world.ok('node.reach', { id: NODE, state: 'up' }, scheduler);
    held(world, versionId, SECOND);
    lose(world, NODE);
    world.refused('not_found', 'vm.recover', recover, as(OTHER));
    world.ok('vm.recover', recover, student);
    expect(vmOf(world, vmId)).toMatchObject({
      homeNodeId: null,
      placement: null,
      strays: [{ nodeId: NODE, epoch: 1 }],
    });
    // The lost one is not heard any more, whatever it still says.
    expect(observe(world, vmId, 'running')).toMatchObject({ ok: false, code: 'vm.stale_epoch' });
    world.refused('vm.stale_epoch', 'vm.saved', saving(world, vmId), here);
    world.ok('vm.place', place(vmOf(world, vmId), SECOND), scheduler);
  });

  test('V9 what it had is kept beside the work, never merged, until the owner deletes it', () => {
    const world = three();
    const vmId = running(world);
    const saved = save(world, vmId);
    held(world, saved, SECOND);
    lose(world, NODE);
    world.ok('vm.recover', { id: vmId }, student);
    world.ok('vm.place', place(vmOf(world, vmId), SECOND), scheduler);
    world.refused('vm.stale_epoch', 'vm.recovered', recovered(world, vmId), nodeAgent(THIRD));
    world.ok('node.reach', { id: NODE, state: 'up' }, scheduler);
    const payload = recovered(world, vmId);
    world.ok('vm.recovered', payload, here);
    world.ok('vm.recovered', payload, here); // told twice, as after a crash
    expect(vmOf(world, vmId)).toMatchObject({
      work: { versionId: saved },
      strays: [],
      recovered: [{ versionId: payload.versionId, nodeId: NODE, epoch: 1 }],
    });
    const report = { id: vmId, epoch: 2, cause: null, ip: null, restartSeq: 0, state: 'running' };
    world.ok('vm.observe', report, nodeAgent(SECOND));
    const next = save(world, vmId, {}, nodeAgent(SECOND));
    held(world, next, THIRD);
    expect(work(world, vmId).map(({ id }) => id)).toEqual([payload.versionId, next].sort());
    world.refused('not_found', 'vm.drop_recovered', { id: vmId, versionId: next }, student);
    world.refused('not_found', 'vm.drop_recovered', { id: vmId, versionId: payload.versionId }, as(OTHER));
    world.ok('vm.drop_recovered', { id: vmId, versionId: payload.versionId }, student);
    expect(work(world, vmId).map(({ id }) => id)).toEqual([next]);
    checkSnapshot(world);
  });

  test('V9 so many copies are kept and no more: a further one stays on its PC until the owner has looked at these', () => {
    const world = three();
    const vmId = running(world);
    held(world, save(world, vmId), SECOND);
    held(world, vmOf(world, vmId).work?.versionId ?? '', THIRD);
    const homes = [NODE, SECOND];
    for (let n = 0; n < 9; n++) {
      const [from = '', to = ''] = [homes[n % 2], homes[(n + 1) % 2]];
      lose(world, from);
      world.ok('vm.recover', { id: vmId }, student);
      world.ok('vm.place', place(vmOf(world, vmId), to), scheduler);
      world.ok('node.reach', { id: from, state: 'up' }, scheduler);
      if (n < 8) world.ok('vm.recovered', recovered(world, vmId), nodeAgent(from));
      else world.refused('vm.too_many_recovered', 'vm.recovered', recovered(world, vmId), nodeAgent(from));
    }
    expect(vmOf(world, vmId)).toMatchObject({ strays: [{ nodeId: NODE }] });
    const [first] = vmOf(world, vmId).recovered;
    world.ok('vm.drop_recovered', { id: vmId, versionId: first?.versionId }, student);
    world.ok('vm.recovered', recovered(world, vmId), here);
    expect(vmOf(world, vmId).recovered).toHaveLength(8);
    expect(vmOf(world, vmId).strays).toEqual([]);
  });

  test('V9 a copy becomes a VM of its own, which starts from it on any PC; a request for that taken back leaves it there', () => {
    const world = three();
    const vmId = running(world);
    held(world, save(world, vmId), SECOND);
    lose(world, NODE);
    world.ok('vm.recover', { id: vmId }, student);
    world.ok('node.reach', { id: NODE, state: 'up' }, scheduler);
    const { versionId } = recovered(world, vmId);
    world.ok('vm.recovered', { ...recovered(world, vmId), versionId }, here);
    const newId = world.newId();
    world.refused('not_found', 'vm.open_recovered', { id: vmId, versionId, newId }, as(OTHER));
    world.ok('vm.open_recovered', { id: vmId, versionId, newId }, student);
    expect(vmOf(world, vmId).recovered).toEqual([]);
    expect(vmOf(world, newId)).toMatchObject({
      ownerId: STUDENT,
      desired: 'stopped',
      persistent: true,
      work: { versionId, epoch: 0, clean: true },
    });
    world.ok('vm.start', { id: newId }, student);
    world.ok('request.cancel', { id: newId }, student);
    expect(vmOf(world, newId).work?.versionId).toBe(versionId);
    world.ok('vm.start', { id: newId }, student);
    world.ok('vm.place', place(vmOf(world, newId), THIRD), scheduler);
    expect(vmOf(world, newId)).toMatchObject({ homeNodeId: THIRD, homeSince: 1 });
    checkSnapshot(world);
  });

  test('V9 a lab that starts clean is offered a fresh start, and leaves nothing behind that anybody would keep', () => {
    const world = three();
    const vmId = running(world, student, { persistent: false });
    lose(world, NODE);
    world.ok('vm.recover', { id: vmId }, student);
    expect(vmOf(world, vmId)).toMatchObject({ homeNodeId: null, strays: [], desired: 'running' });
  });
});

function recovered(world: World, vmId: string) {
  const { epoch: _, at: __, clean: ___, ...facts } = saving(world, vmId);
  return facts;
}
