/** Changing an image and publishing the result (I7, I8, I9), and the faults around it. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Author, type CommandType, LabmeshError } from '../../../src/state/index.ts';
import { newcomer, nodeAgent, SECOND, secondPc, token } from './mesh.ts';
import {
  ADMIN,
  agent,
  as,
  COURSE,
  checkInvariants,
  checkSnapshot,
  HASH,
  IMAGE,
  id,
  lab,
  NODE,
  observe,
  place,
  registerNode,
  running,
  SIZE,
  STUDENT,
  scheduler,
  start,
  TEACHER,
  VERSION,
  type World,
} from './world.ts';

const COLLEAGUE = id(20);
const HOUR = 3_600_000;

/** The lab with a second teacher, who may use the image because it is shared. */
function school(): World {
  const world = lab();
  const person = { name: 'carlos', fullName: '', role: 'teacher', passwordHash: HASH };
  world.ok('user.add', { id: COLLEAGUE, ...person, mustChangePassword: false });
  return world;
}

function edit(world: World, change: object = {}) {
  const base = { id: IMAGE, vmId: world.newId(), sizeId: SIZE, hours: 2, sshKeys: [], pinnedNodeId: null };
  return { ...base, ...change };
}

/** An edit whose VM runs. */
function editing(world: World, author: Author = as(TEACHER)): string {
  const payload = edit(world);
  world.ok('image.begin_edit', payload, author);
  place(world, payload.vmId);
  observe(world, payload.vmId, 'running');
  return payload.vmId;
}

function publish(world: World, vmId: string, as: object = { id: IMAGE }) {
  return { vmId, versionId: world.newId(), force: false, as };
}

function finish(versionId: string, vmId: string) {
  const facts = { manifestHash: 'b'.repeat(64), virtualBytes: 2 * 2 ** 30, storedBytes: 7, newBytes: 2 };
  return { vmId, versionId, ...facts, chunks: 1 };
}

/** Stops, publishes and lets the node say that it is done. */
function published(world: World, vmId: string, author: Author = as(TEACHER)): string {
  const payload = publish(world, vmId);
  world.ok('image.begin_publish', payload, author);
  observe(world, vmId, 'stopped');
  world.ok('image.finish_publish', finish(payload.versionId, vmId), agent);
  return payload.versionId;
}

const imageOf = (world: World, imageId = IMAGE) => world.state.tables.image.get(imageId);
const vmOf = (world: World, vmId: string) => world.state.tables.vm.get(vmId);

describe('opening an image for change (I7)', () => {
  test('a persistent VM of its own, in the ordinary queue, that does not make way', () => {
    const world = school();
    const payload = edit(world);
    const { operationId } = world.ok('image.begin_edit', payload, as(TEACHER));
    expect(vmOf(world, payload.vmId)).toMatchObject({
      name: 'demo edit',
      ownerId: TEACHER,
      versionId: VERSION,
      persistent: true,
      preemptible: false,
      editOf: IMAGE,
      desired: 'running',
      placement: null,
    });
    expect(imageOf(world)?.edit).toEqual({
      vmId: payload.vmId,
      userId: TEACHER,
      since: world.now,
      endsAt: world.now + 72 * HOUR,
    });
    expect(world.state.tables.operation.get(operationId ?? '')).toMatchObject({
      kind: 'vm.start',
      state: 'running',
    });
  });

  test('GF3 GF7 GF40 two editors: the second is told who, where and until when', () => {
    const world = school();
    const vmId = editing(world);
    const since = imageOf(world)?.edit?.since;
    const outcome = world.do('image.begin_edit', edit(world), as(ADMIN));
    expect(outcome).toMatchObject({
      ok: false,
      code: 'image.edited',
      data: {
        name: 'demo',
        user: 'teresa',
        vm: vmOf(world, vmId)?.name,
        since,
        until: world.now + 72 * HOUR,
      },
    });
    // The first one too: a second VM of the same edit would be lost work.
    world.refused('image.edited', 'image.begin_edit', edit(world), as(TEACHER));
  });

  test('another teacher may use a shared image, not change it; a student neither', () => {
    const world = school();
    world.refused('image.forbidden', 'image.begin_edit', edit(world), as(COLLEAGUE));
    world.refused('access.denied', 'image.begin_edit', edit(world), as(STUDENT));
  });

  test('GF20 an unknown image is refused by every command', () => {
    const world = school();
    const vmId = running(world, as(TEACHER));
    const unknown = { id: id(99) };
    world.refused('not_found', 'image.begin_edit', edit(world, unknown), as(TEACHER));
    for (const type of ['image.renew_edit', 'image.take_edit', 'image.abandon_edit'] as const)
      world.refused('not_found', type, unknown, as(TEACHER));
    world.refused('not_found', 'image.use_version', { ...unknown, versionId: VERSION }, as(TEACHER));
    world.refused('not_found', 'image.begin_publish', publish(world, vmId, unknown), as(TEACHER));
    world.refused('not_found', 'image.begin_publish', publish(world, id(98)), as(TEACHER));
  });

  test('GF34 no node may edit: refused, and the image is free', () => {
    const world = school();
    registerNode(world, { hostProblem: { code: 'hypervisor.connect_failed', data: {} } });
    world.refused('capacity.no_host', 'image.begin_edit', edit(world), as(TEACHER));
    expect(imageOf(world)?.edit).toBeNull();
    registerNode(world, { hostProblem: null });
    editing(world, as(ADMIN)); // somebody else's turn once one can
  });

  test('GF36 no PC could ever have room: refused; full for now: it waits its turn', () => {
    const world = school();
    const huge = { id: id(30), name: 'Huge', vcpus: 1, ramMiB: 1024, osDiskGiB: 500, dataDiskGiB: 1 };
    world.ok('size.set', huge);
    world.refused('capacity.never', 'image.begin_edit', edit(world, { sizeId: id(30) }), as(TEACHER));
    expect(imageOf(world)?.edit).toBeNull();
    const full = { id: id(31), name: 'Full', vcpus: 4, ramMiB: 3072, osDiskGiB: 5, dataDiskGiB: 1 };
    world.ok('size.set', full);
    running(world, as(TEACHER), { sizeId: id(31) });
    const payload = edit(world);
    world.ok('image.begin_edit', payload, as(TEACHER));
    expect(vmOf(world, payload.vmId)?.placement).toBeNull();
  });

  test('a CD cannot be changed', () => {
    const world = school();
    const cd = { id: id(40), name: 'netinst', os: 'linux', shared: false, nodeId: NODE };
    world.ok('image.begin_import', cd, as(TEACHER));
    const facts = {
      manifestHash: 'c'.repeat(64),
      kind: 'iso',
      virtualBytes: 2 ** 20,
      storedBytes: 5,
      chunks: 1,
    };
    world.ok('image.finish_import', { id: id(40), versionId: id(41), ...facts }, agent);
    world.refused('image.edit_cd', 'image.begin_edit', edit(world, { id: id(40) }), as(TEACHER));
  });

  test('GF18 an image that is edited is not deleted', () => {
    const world = school();
    world.ok('course.unlink', { id: COURSE, imageId: IMAGE }, as(TEACHER));
    editing(world);
    expect(world.do('image.remove', { id: IMAGE }, as(TEACHER))).toMatchObject({
      ok: false,
      code: 'image.delete_edited',
      data: { name: 'demo', user: 'teresa', until: world.now + 72 * HOUR },
    });
    expect(imageOf(world)?.state).toBe('ready');
    expect(world.state.tables.version.get(VERSION)?.nodeIds).toEqual([NODE]);
  });
});

describe('the right to change it', () => {
  test('is renewed by use, by hand, by a start and by a new lease', () => {
    const world = school();
    const vmId = editing(world);
    const ends = () => (imageOf(world)?.edit?.endsAt ?? 0) - world.now;
    const later = () => {
      world.now += HOUR;
      expect(ends()).toBeLessThan(72 * HOUR);
    };
    later();
    world.ok('vm.touch', { id: vmId, connected: true }, agent);
    expect(ends()).toBe(72 * HOUR);
    later();
    world.ok('image.renew_edit', { id: IMAGE }, as(TEACHER));
    expect(ends()).toBe(72 * HOUR);
    later();
    world.ok('vm.renew', { id: vmId, hours: 3 }, as(TEACHER));
    expect(ends()).toBe(72 * HOUR);
    observe(world, vmId, 'stopped');
    later();
    world.ok('vm.start', { id: vmId }, as(TEACHER));
    expect(ends()).toBe(72 * HOUR);
    world.refused('image.edited', 'image.renew_edit', { id: IMAGE }, as(ADMIN));
  });

  test('use of another VM of the image renews nothing', () => {
    const world = school();
    editing(world);
    const other = running(world, as(TEACHER));
    const before = imageOf(world)?.edit;
    world.now += HOUR;
    world.ok('vm.touch', { id: other, connected: true }, agent);
    expect(imageOf(world)?.edit).toEqual(before ?? null);
  });

  test('its end deletes nothing; then a manager takes it over, an admin at any time', () => {
    const world = school();
    const vmId = editing(world, as(ADMIN));
    world.refused('image.edited', 'image.take_edit', { id: IMAGE }, as(TEACHER));
    world.refused('image.edited', 'image.abandon_edit', { id: IMAGE }, as(TEACHER));
    world.now += 73 * HOUR;
    expect(vmOf(world, vmId)?.desired).toBe('running');
    world.refused('image.forbidden', 'image.take_edit', { id: IMAGE }, as(COLLEAGUE));
    world.ok('image.take_edit', { id: IMAGE }, as(TEACHER));
    expect(imageOf(world)?.edit).toMatchObject({ vmId, userId: TEACHER, endsAt: world.now + 72 * HOUR });
    expect(vmOf(world, vmId)?.ownerId).toBe(TEACHER);
    expect(world.state.tables.notification.by('unread', ADMIN).map((one) => one.code)).toContain(
      'image.edit_taken',
    );
    world.ok('image.take_edit', { id: IMAGE }, as(ADMIN));
    expect(vmOf(world, vmId)?.ownerId).toBe(ADMIN);
  });

  test('whose name the new owner has already: the VM gets another', () => {
    const world = school();
    const vmId = editing(world, as(ADMIN));
    running(world, as(TEACHER), { name: vmOf(world, vmId)?.name });
    world.now += 73 * HOUR;
    world.ok('image.take_edit', { id: IMAGE }, as(TEACHER));
    expect(vmOf(world, vmId)?.name).toBe('demo edit 2');
    checkInvariants(world);
  });
});

describe('giving the changes up', () => {
  test('the VM goes with its disk, the image is as it was and free for the next', () => {
    const world = school();
    const vmId = editing(world);
    world.ok('image.abandon_edit', { id: IMAGE }, as(TEACHER));
    expect(imageOf(world)).toMatchObject({ edit: null, currentVersionId: VERSION });
    expect(vmOf(world, vmId)?.desired).toBe('deleted');
    world.ok('image.begin_edit', edit(world), as(ADMIN));
    observe(world, vmId, 'deleted');
    // The last of the old VM does not touch the new edit.
    expect(imageOf(world)?.edit?.userId).toBe(ADMIN);
    world.refused('image.edited', 'image.abandon_edit', { id: IMAGE }, as(TEACHER));
  });

  test('deleting the VM, or taking back its request, gives them up too', () => {
    const world = school();
    world.ok('vm.remove', { id: editing(world) }, as(TEACHER));
    expect(imageOf(world)?.edit).toBeNull();
    const payload = edit(world);
    world.ok('image.begin_edit', payload, as(TEACHER));
    world.ok('request.cancel', { id: payload.vmId }, as(TEACHER));
    expect(vmOf(world, payload.vmId)).toBeUndefined();
    expect(imageOf(world)?.edit).toBeNull();
    world.refused('image.not_edited', 'image.abandon_edit', { id: IMAGE }, as(TEACHER));
  });
});

describe('publishing (I8)', () => {
  test('one command makes the version, moves the image on, ends the edit and lets its VM go', () => {
    const world = school();
    const vmId = editing(world);
    const payload = publish(world, vmId);
    const { operationId } = world.ok('image.begin_publish', payload, as(TEACHER));
    // It runs: it is asked to shut down first.
    expect(vmOf(world, vmId)).toMatchObject({ desired: 'stopped', force: false });
    expect(world.state.tables.operation.get(operationId ?? '')).toMatchObject({
      kind: 'image.publish',
      state: 'running',
      target: { id: IMAGE },
    });
    observe(world, vmId, 'stopped');
    world.ok('image.finish_publish', finish(payload.versionId, vmId), agent);
    expect(imageOf(world)).toMatchObject({ currentVersionId: payload.versionId, edit: null, state: 'ready' });
    expect(world.state.tables.version.get(payload.versionId)).toMatchObject({
      number: 2,
      parentId: VERSION,
      newBytes: 2,
      authorId: TEACHER,
      nodeIds: [NODE],
      kind: 'disk',
      vmId: null,
    });
    expect(vmOf(world, vmId)).toMatchObject({ desired: 'deleted', publishing: null });
    expect(world.state.tables.operation.get(operationId ?? '')?.state).toBe('done');
    // Told twice, as after a crash: an answer, not a second version.
    world.refused('image.not_publishing', 'image.finish_publish', finish(payload.versionId, vmId), agent);
  });

  test('I9 running and stopped VMs keep their version; new ones take the new one, also through a course', () => {
    const world = school();
    const old = running(world, as(STUDENT));
    const versionId = published(world, editing(world));
    observe(world, old, 'stopped');
    world.ok('vm.start', { id: old }, as(STUDENT));
    expect(vmOf(world, old)?.versionId).toBe(VERSION);
    const fresh = start(world, { courseId: COURSE, persistent: false });
    world.ok('vm.create', fresh, as(STUDENT));
    expect(vmOf(world, fresh.id)?.versionId).toBe(versionId);
  });

  test('I9 a lab that starts clean takes the new version at its next start, while that fits onto its disk', () => {
    const world = school();
    const clean = running(world, as(STUDENT), { persistent: false });
    const versionId = published(world, editing(world));
    expect(vmOf(world, clean)?.versionId).toBe(VERSION);
    observe(world, clean, 'stopped');
    world.ok('vm.start', { id: clean }, as(STUDENT));
    expect(vmOf(world, clean)?.versionId).toBe(versionId);
    place(world, clean);
    observe(world, clean, 'running');
    const vmId = editing(world);
    const payload = publish(world, vmId);
    world.ok('image.begin_publish', payload, as(TEACHER));
    observe(world, vmId, 'stopped');
    const large = { ...finish(payload.versionId, vmId), virtualBytes: 9 * 2 ** 30 };
    world.ok('image.finish_publish', large, agent);
    observe(world, clean, 'stopped');
    world.ok('vm.start', { id: clean }, as(STUDENT));
    expect(vmOf(world, clean)?.versionId).toBe(versionId);
  });

  test('rolling back and forth moves new VMs only', () => {
    const world = school();
    const versionId = published(world, editing(world));
    world.ok('image.use_version', { id: IMAGE, versionId: VERSION }, as(TEACHER));
    const fresh = start(world);
    world.ok('vm.create', fresh, as(TEACHER));
    expect(vmOf(world, fresh.id)?.versionId).toBe(VERSION);
    world.ok('image.use_version', { id: IMAGE, versionId }, as(TEACHER));
    expect(imageOf(world)?.currentVersionId).toBe(versionId);
    world.refused('image.forbidden', 'image.use_version', { id: IMAGE, versionId }, as(COLLEAGUE));
    world.refused('not_found', 'image.use_version', { id: IMAGE, versionId: id(77) }, as(TEACHER));
  });

  test('the next version after a roll back has the next number', () => {
    const world = school();
    published(world, editing(world));
    world.ok('image.use_version', { id: IMAGE, versionId: VERSION }, as(TEACHER));
    const third = published(world, editing(world));
    expect(world.state.tables.version.get(third)).toMatchObject({ number: 3, parentId: VERSION });
  });

  test('GF4 GF40 what nobody edits is not overwritten, and what another edits neither', () => {
    const world = school();
    const mine = running(world, as(TEACHER));
    world.refused('image.not_edited', 'image.begin_publish', publish(world, mine), as(TEACHER));
    editing(world, as(ADMIN));
    world.refused('image.edited', 'image.begin_publish', publish(world, mine), as(TEACHER));
  });

  test('GF39 it failed: the cause is told, disk and edit are still there, and it can be tried again', () => {
    const world = school();
    const vmId = editing(world);
    const payload = publish(world, vmId);
    const { operationId } = world.ok('image.begin_publish', payload, as(TEACHER));
    observe(world, vmId, 'stopped');
    const cause = { code: 'images.no_space', data: { needBytes: 9, freeBytes: 1, reserveBytes: 1 } };
    world.ok('image.fail_publish', { vmId, versionId: payload.versionId, cause }, agent);
    expect(world.state.tables.operation.get(operationId ?? '')).toMatchObject({
      state: 'failed',
      error: cause,
    });
    expect(imageOf(world)).toMatchObject({ currentVersionId: VERSION, edit: { vmId } });
    expect(vmOf(world, vmId)).toMatchObject({ desired: 'stopped', publishing: null });
    expect(world.state.tables.notification.by('unread', TEACHER).map((one) => one.code)).toContain(
      'image.publish_failed',
    );
    published(world, vmId);
  });

  test('meanwhile the VM does not start, is not deleted, and is not published twice', () => {
    const world = school();
    const vmId = editing(world);
    world.ok('image.begin_publish', publish(world, vmId), as(TEACHER));
    observe(world, vmId, 'stopped');
    world.refused('vm.publishing', 'vm.start', { id: vmId }, as(TEACHER));
    world.refused('vm.publishing', 'vm.remove', { id: vmId }, as(TEACHER));
    world.refused('vm.publishing', 'image.abandon_edit', { id: IMAGE }, as(TEACHER));
    world.refused('vm.publishing', 'image.begin_publish', publish(world, vmId), as(TEACHER));
    world.ok('image.cancel_publish', { vmId }, as(TEACHER));
    expect(imageOf(world)?.edit?.vmId).toBe(vmId);
    world.ok('vm.start', { id: vmId }, as(TEACHER));
  });

  test('only the PC that has the disk is believed, about what was asked last', () => {
    const world = school();
    const vmId = editing(world);
    const payload = publish(world, vmId);
    world.ok('image.begin_publish', payload, as(TEACHER));
    observe(world, vmId, 'stopped');
    const wrong = finish(world.newId(), vmId);
    world.refused('image.not_publishing', 'image.finish_publish', wrong, agent);
    const stranger: Author = { kind: 'node', nodeId: id(55) };
    expect(world.do('image.finish_publish', finish(payload.versionId, vmId), stranger).ok).toBe(false);
    world.refused('access.denied', 'image.finish_publish', finish(payload.versionId, vmId), as(ADMIN));
  });

  test('a clean lab, one that never ran, one that is suspended: refused by name', () => {
    const world = school();
    const clean = running(world, as(TEACHER), { persistent: false });
    const fresh = start(world);
    world.ok('vm.create', fresh, as(TEACHER));
    const kept = running(world, as(TEACHER));
    world.ok('vm.suspend', { id: kept }, as(TEACHER));
    observe(world, kept, 'suspended');
    const asNew = () => ({ newId: world.newId(), name: 'mine' });
    world.refused('image.clean_lab', 'image.begin_publish', publish(world, clean, asNew()), as(TEACHER));
    world.refused('vm.no_disk', 'image.begin_publish', publish(world, fresh.id, asNew()), as(TEACHER));
    world.refused('vm.wrong_state', 'image.begin_publish', publish(world, kept, asNew()), as(TEACHER));
    const theirs = running(world, as(STUDENT));
    world.refused('access.denied', 'image.begin_publish', publish(world, theirs, asNew()), as(STUDENT));
    world.refused('not_found', 'image.begin_publish', publish(world, theirs, asNew()), as(COLLEAGUE));
  });

  test('as a new image: the VM stays, the image is its publisher’s', () => {
    const world = school();
    const vmId = running(world, as(TEACHER));
    observe(world, vmId, 'stopped');
    const newId = world.newId();
    const payload = publish(world, vmId, { newId, name: 'mine' });
    world.ok('image.begin_publish', payload, as(TEACHER));
    expect(imageOf(world, newId)).toMatchObject({
      state: 'importing',
      ownerId: TEACHER,
      os: 'linux',
      shared: false,
    });
    world.refused(
      'name.taken',
      'image.begin_publish',
      publish(world, running(world, as(ADMIN)), { newId: world.newId(), name: 'Mine' }),
      as(ADMIN),
    );
    world.ok('image.finish_publish', finish(payload.versionId, vmId), agent);
    expect(imageOf(world, newId)).toMatchObject({ state: 'ready', currentVersionId: payload.versionId });
    expect(world.state.tables.version.get(payload.versionId)).toMatchObject({ number: 1, parentId: VERSION });
    expect(vmOf(world, vmId)).toMatchObject({ desired: 'stopped', publishing: null });
    // And it is no edit of the image that it was made from.
    expect(imageOf(world)?.currentVersionId).toBe(VERSION);
  });

  test('a new image that fails, or is cancelled, leaves its name free and the VM as it was', () => {
    const world = school();
    const vmId = running(world, as(TEACHER));
    observe(world, vmId, 'stopped');
    for (const end of ['fail', 'cancel', 'import', 'expire'] as const) {
      const newId = world.newId();
      const payload = publish(world, vmId, { newId, name: 'mine' });
      const { operationId } = world.ok('image.begin_publish', payload, as(TEACHER));
      const cause = { code: 'images.disk_full', data: { freeBytes: 0 } };
      if (end === 'fail')
        world.ok('image.fail_publish', { vmId, versionId: payload.versionId, cause }, agent);
      if (end === 'cancel') world.ok('image.cancel_publish', { vmId }, as(TEACHER));
      if (end === 'import') world.ok('image.cancel_import', { id: newId }, as(TEACHER));
      if (end === 'expire') {
        world.now += 25 * HOUR;
        world.ok('operation.expire', { id: operationId }, scheduler);
      }
      expect(imageOf(world, newId)).toBeUndefined();
      expect(vmOf(world, vmId)?.publishing).toBeNull();
      expect(world.state.tables.operation.get(operationId ?? '')?.state).not.toBe('running');
      world.refused('image.not_publishing', 'image.finish_publish', finish(payload.versionId, vmId), agent);
    }
  });

  test('GF26 the PC of the edit is lost: no publishing there; saved work goes on elsewhere, and is published from there', () => {
    const world = school();
    secondPc(world);
    const vmId = editing(world);
    observe(world, vmId, 'stopped');
    const work = {
      manifestHash: 'e'.repeat(64),
      virtualBytes: 5 * 2 ** 30,
      storedBytes: 3,
      chunks: 9,
      newBytes: 3,
    };
    const epoch = vmOf(world, vmId)?.epoch;
    const saved = { id: vmId, epoch, at: world.now, clean: true, versionId: world.newId(), ...work };
    world.ok('vm.saved', saved, agent);
    for (const versionId of [saved.versionId, VERSION])
      world.ok('image.version_held', { versionId, held: true }, nodeAgent(SECOND));
    const first = publish(world, vmId);
    world.ok('image.begin_publish', first, as(TEACHER));
    world.ok('node.reach', { id: NODE, state: 'unreachable' }, scheduler);
    world.now += HOUR;
    world.ok('node.reach', { id: NODE, state: 'lost' }, scheduler);
    world.ok('vm.recover', { id: vmId }, as(TEACHER));
    expect(vmOf(world, vmId)).toMatchObject({ publishing: null, editOf: IMAGE });
    expect(imageOf(world)?.edit?.vmId).toBe(vmId);
    // The lost PC comes back with what it had made: too late.
    world.refused('image.not_publishing', 'image.finish_publish', finish(first.versionId, vmId), agent);
    const place = { id: vmId, nodeId: SECOND, epoch: (vmOf(world, vmId)?.epoch ?? 0) + 1 };
    world.ok('vm.place', place, scheduler);
    const seen = { id: vmId, epoch: place.epoch, cause: null, ip: null, restartSeq: 0 };
    world.ok('vm.observe', { ...seen, state: 'running' }, nodeAgent(SECOND));
    const again = publish(world, vmId);
    world.ok('image.begin_publish', again, as(TEACHER));
    world.ok('vm.observe', { ...seen, state: 'stopped' }, nodeAgent(SECOND));
    world.ok('image.finish_publish', finish(again.versionId, vmId), nodeAgent(SECOND));
    expect(imageOf(world)).toMatchObject({ currentVersionId: again.versionId, edit: null });
  });

  test('GF25 a PC that does not answer publishes nothing: refused by name', () => {
    const world = school();
    token(world);
    world.ok('node.admit', newcomer(), scheduler);
    const vmId = editing(world);
    observe(world, vmId, 'stopped');
    const work = { ...finish(world.newId(), vmId), id: vmId, epoch: 1, at: world.now, clean: true };
    world.ok('node.reach', { id: NODE, state: 'unreachable' }, scheduler);
    world.refused('vm.wrong_state', 'image.begin_publish', publish(world, vmId), as(TEACHER));
    // All of it is saved, so it could start elsewhere: its disk is where it was all the same.
    world.ok('node.reach', { id: NODE, state: 'up' }, scheduler);
    world.ok('vm.saved', work, agent);
    world.ok('node.reach', { id: NODE, state: 'unreachable' }, scheduler);
    expect(world.do('image.begin_publish', publish(world, vmId), as(TEACHER))).toMatchObject({
      code: 'vm.wrong_state',
      data: { state: 'unreachable' },
    });
  });

  test('saved work of a VM, and a version that is being deleted, are none that new VMs could take', () => {
    const world = school();
    const vmId = running(world, as(TEACHER));
    const work = { ...finish(world.newId(), vmId), id: vmId, epoch: 1, at: world.now, clean: false };
    world.ok('vm.saved', work, agent);
    const use = (versionId: string) => ({ id: IMAGE, versionId });
    world.refused('not_found', 'image.use_version', use(work.versionId), as(TEACHER));
    const second = published(world, editing(world));
    const editor = editing(world);
    const third = published(world, editor);
    observe(world, editor, 'deleted'); // it was made of the second
    world.ok('image.remove_version', { id: IMAGE, versionId: second }, as(TEACHER));
    world.refused('image.version_leaving', 'image.use_version', use(second), as(TEACHER));
    world.ok('image.dropped', use(second), agent);
    // A number that was given stays given: people speak of "version 3".
    const fourth = published(world, editing(world));
    expect(world.state.tables.version.get(third)?.number).toBe(3);
    expect(world.state.tables.version.get(fourth)?.number).toBe(4);
  });

  test('GF26 the PC with the disk leaves the cloud for good: told, and the image can be edited again', () => {
    const world = school();
    secondPc(world);
    const vmId = editing(world);
    const { operationId } = world.ok('image.begin_publish', publish(world, vmId), as(TEACHER));
    observe(world, vmId, 'stopped');
    world.ok('node.retire', { id: NODE, force: true });
    expect(world.state.tables.operation.get(operationId ?? '')).toMatchObject({
      state: 'failed',
      error: { code: 'image.publish_lost', data: { node: 'pc-1' } },
    });
    expect(imageOf(world)?.edit?.vmId).toBe(vmId);
    world.ok('image.abandon_edit', { id: IMAGE }, as(TEACHER));
    expect(imageOf(world)?.edit).toBeNull();
    expect(vmOf(world, vmId)).toBeUndefined();
  });
});

const STEPS = [
  'begin',
  'place',
  'run',
  'stop',
  'publish',
  'new',
  'finish',
  'fail',
  'cancel',
  'abandon',
  'take',
  'remove',
  'use',
  'later',
  'start',
] as const;

test('whatever happens: at most one edit per image, nothing half, and from every state an admin can go on', () => {
  const step = fc.record({
    what: fc.constantFrom(...STEPS),
    who: fc.constantFrom(TEACHER, ADMIN, COLLEAGUE),
    n: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = school();
      for (const one of steps) {
        tryStep(world, one.what, as(one.who), one.n);
        checkEdits(world);
        checkInvariants(world);
      }
      checkSnapshot(world);
      for (const vm of world.state.tables.vm.all())
        if (vm.publishing) world.ok('image.cancel_publish', { vmId: vm.id });
      if (imageOf(world)?.edit) world.ok('image.abandon_edit', { id: IMAGE });
      for (const vm of world.state.tables.vm.all()) observe(world, vm.id, 'deleted');
      for (const vm of world.state.tables.vm.all())
        if (vm.desired !== 'deleted') world.do('vm.remove', { id: vm.id });
      for (const vm of world.state.tables.vm.all()) observe(world, vm.id, 'deleted');
      published(world, editing(world));
    }),
    { numRuns: 150 },
  );
});

function tryStep(world: World, what: (typeof STEPS)[number], author: Author, n: number): void {
  const vms = world.state.tables.vm.all();
  const vm = vms[n % Math.max(1, vms.length)];
  const vmId = vm?.id ?? id(90);
  const versionId = vm?.publishing?.versionId ?? id(91);
  const versions = world.state.tables.version.by('image', IMAGE);
  const asNew = { newId: world.newId(), name: `new ${n % 3}` };
  const todo: Record<typeof what, () => void> = {
    begin: () => void attempt(world, 'image.begin_edit', edit(world), author),
    place: () =>
      void (vm && attempt(world, 'vm.place', { id: vmId, nodeId: NODE, epoch: vm.epoch + 1 }, scheduler)),
    run: () => void (vm?.placement && vm.desired === 'running' && observe(world, vmId, 'running')),
    stop: () => void (vm?.placement && observe(world, vmId, 'stopped')),
    publish: () => void attempt(world, 'image.begin_publish', publish(world, vmId), author),
    new: () => void attempt(world, 'image.begin_publish', publish(world, vmId, asNew), author),
    finish: () => void attempt(world, 'image.finish_publish', finish(versionId, vmId), agent),
    fail: () =>
      void attempt(
        world,
        'image.fail_publish',
        { vmId, versionId, cause: { code: 'internal', data: {} } },
        agent,
      ),
    cancel: () => void attempt(world, 'image.cancel_publish', { vmId }, author),
    abandon: () => void attempt(world, 'image.abandon_edit', { id: IMAGE }, author),
    take: () => void attempt(world, 'image.take_edit', { id: IMAGE }, author),
    remove: () => void attempt(world, 'vm.remove', { id: vmId }, author),
    use: () =>
      void attempt(
        world,
        'image.use_version',
        { id: IMAGE, versionId: versions[n % versions.length]?.id },
        author,
      ),
    later: () => {
      world.now += n * 5 * HOUR;
    },
    start: () => void attempt(world, 'vm.start', { id: vmId }, author),
  };
  todo[what]();
}

function attempt(world: World, type: CommandType, payload: unknown, author: Author): void {
  try {
    const outcome = world.do(type, payload, author);
    if (!outcome.ok) expect(outcome.code).not.toBe('command.fault');
  } catch (error) {
    if (!(error instanceof LabmeshError)) throw error;
  }
}

function checkEdits(world: World): void {
  const { image, vm, operation, version } = world.state.tables;
  for (const one of image.all()) {
    const inIt = vm.all().filter((each) => each.id === one.edit?.vmId);
    if (one.edit)
      expect(inIt).toMatchObject([{ editOf: one.id, ownerId: one.edit.userId, persistent: true }]);
    if (one.edit) expect(inIt[0]?.desired).not.toBe('deleted');
    if (one.state === 'importing')
      expect(vm.all().filter((each) => each.publishing?.imageId === one.id)).toHaveLength(1);
    if (one.state === 'ready') expect(version.get(one.currentVersionId ?? '')?.imageId).toBe(one.id);
  }
  const edits = vm.all().filter((one) => image.get(one.editOf ?? '')?.edit?.vmId === one.id);
  expect(new Set(edits.map((one) => one.editOf)).size).toBe(edits.length);
  for (const one of vm.all()) {
    if (!one.publishing) continue;
    expect(operation.get(one.publishing.operationId)?.state).toBe('running');
    expect(image.get(one.publishing.imageId)).toBeDefined();
    expect(one.desired).not.toBe('running');
  }
  const numbers = version.by('image', IMAGE).map((one) => one.number);
  expect(new Set(numbers).size).toBe(numbers.length);
}
