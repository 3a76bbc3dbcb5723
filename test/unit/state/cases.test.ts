import { describe, expect, test } from 'bun:test';
import { vmState } from '../../../src/state/index.ts';
import {
  ADMIN,
  as,
  COURSE,
  HASH,
  IMAGE,
  id,
  lab,
  NODE,
  OTHER,
  observe,
  place,
  registerNode,
  running,
  SIZE,
  STUDENT,
  scheduler,
  start,
  TEACHER,
} from './world.ts';

describe('VMs', () => {
  test.each([0, 6, 1.5, -1, 1e9])('P4 %d hours are refused', (hours) => {
    const world = lab();
    world.refused('lease.hours', 'vm.create', start(world, { hours }), as(STUDENT));
  });

  test.each([1, 2, 3, 4, 5])('P4 %d hours are taken', (hours) => {
    const world = lab();
    world.ok('vm.create', start(world, { hours }), as(STUDENT));
  });

  test('P5 what no PC could ever hold is refused at once, naming the resource, what was asked and the PC that comes closest', () => {
    const world = lab();
    world.ok('size.set', { id: id(50), name: 'Huge', vcpus: 1, ramMiB: 8192, osDiskGiB: 5, dataDiskGiB: 0 });
    const outcome = world.do('vm.create', start(world, { sizeId: id(50) }), as(STUDENT));
    expect(outcome).toMatchObject({
      ok: false,
      code: 'capacity.never',
      data: { resource: 'ramMiB', asked: 8192, largest: 4096, node: 'pc-1' },
    });
  });

  test('P5 GF33 what finds a full PC waits; a freed one takes it', () => {
    const world = lab();
    const vms = [1, 2, 3, 4].map(() => running(world, as(ADMIN)));
    const waits = start(world);
    world.ok('vm.create', waits, as(STUDENT));
    const asked = { id: waits.id, nodeId: NODE, epoch: 1 };
    expect(world.do('vm.place', asked, scheduler)).toMatchObject({
      code: 'capacity.ram',
      data: { asked: 1024, free: 0, largest: 4096 },
    });
    world.ok('vm.stop', { id: vms[0], force: true }, as(ADMIN));
    observe(world, vms[0] ?? '', 'stopped');
    place(world, waits.id);
  });

  test('S10 a plan made on older facts cannot over-commit', () => {
    const world = lab();
    const waiting = [1, 2, 3, 4, 5].map(() => start(world));
    for (const one of waiting) world.ok('vm.create', one, as(ADMIN));
    for (const one of waiting.slice(0, 4)) place(world, one.id);
    world.refused('capacity.ram', 'vm.place', { id: waiting[4]?.id, nodeId: NODE, epoch: 1 }, scheduler);
  });

  test('GF20 unknown images, sizes and courses are refused', () => {
    const world = lab();
    for (const change of [{ imageId: id(99) }, { sizeId: id(99) }, { courseId: id(99) }]) {
      world.refused('not_found', 'vm.create', start(world, change), as(STUDENT));
    }
    world.refused('not_found', 'image.remove', { id: id(99) });
  });

  test('GF27 a VM that does not exist, or is another student’s, is not found', () => {
    const world = lab();
    const vm = running(world);
    for (const [type, payload] of [
      ['vm.stop', { force: true }],
      ['vm.reboot', { force: true }],
      ['vm.suspend', {}],
      ['vm.remove', {}],
      ['vm.start', {}],
    ] as const) {
      world.refused('not_found', type, { id: id(99), ...payload }, as(STUDENT));
      world.refused('not_found', type, { id: vm, ...payload }, as(OTHER));
    }
  });

  test('GF32 a start beyond its time fails, is told, and is not wanted any more; its time begins with its place', () => {
    const world = lab();
    const payload = start(world);
    const { operationId } = world.ok('vm.create', payload, as(STUDENT));
    world.now += 3_600_000;
    world.refused('operation.not_running', 'operation.expire', { id: operationId }, scheduler);
    place(world, payload.id);
    world.now += 179_000;
    world.refused('operation.not_running', 'operation.expire', { id: operationId }, scheduler);
    world.now += 2_000;
    world.ok('operation.expire', { id: operationId }, scheduler);
    const operation = world.state.tables.operation.get(operationId ?? '');
    expect(operation).toMatchObject({
      state: 'failed',
      error: { code: 'operation.timed_out', data: { seconds: 180 } },
    });
    expect(world.state.tables.vm.get(payload.id)?.desired).toBe('stopped');
    expect(world.state.tables.notification.countBy('unread', STUDENT)).toBe(1);
  });

  test('GF32 the time of a start begins when its image is there, and ends when its PC falls silent over the transfer', () => {
    const world = lab();
    const payload = start(world);
    const { operationId } = world.ok('vm.create', payload, as(STUDENT));
    place(world, payload.id);
    const expire = ['operation.expire', { id: operationId }, scheduler] as const;
    for (let n = 0; n < 10; n++) {
      observe(world, payload.id, 'fetching');
      world.now += 100_000;
      world.refused('operation.not_running', ...expire);
    }
    observe(world, payload.id, 'starting');
    world.now += 179_000;
    world.refused('operation.not_running', ...expire);
    observe(world, payload.id, 'starting');
    world.now += 2_000;
    world.ok(...expire);

    const silent = lab();
    const other = start(silent);
    const begun = silent.ok('vm.create', other, as(STUDENT));
    place(silent, other.id);
    observe(silent, other.id, 'fetching');
    silent.now += 181_000;
    silent.ok('operation.expire', { id: begun.operationId }, scheduler);
  });

  test('R2 an older epoch is not believed', () => {
    const world = lab();
    const vm = running(world);
    world.ok('vm.stop', { id: vm, force: true }, as(STUDENT));
    observe(world, vm, 'stopped');
    world.ok('vm.start', { id: vm }, as(STUDENT));
    place(world, vm);
    expect(observe(world, vm, 'failed', { epoch: 1 })).toMatchObject({ ok: false, code: 'vm.stale_epoch' });
    expect(vmState(world.state.tables.vm.get(vm) ?? fail())).toBe('placing');
  });

  test('the end of a lease suspends and tells; nothing is lost', () => {
    const world = lab();
    const vm = running(world);
    world.refused('vm.no_lease', 'vm.expire_lease', { id: vm }, scheduler);
    world.now += 2 * 3_600_000 + 1;
    world.ok('vm.expire_lease', { id: vm }, scheduler);
    expect(world.state.tables.vm.get(vm)?.desired).toBe('suspended');
    expect(world.state.tables.notification.by('unread', STUDENT)[0]?.code).toBe('vm.lease_ended');
  });

  test('a clock set back an hour ends no lease and shortens none', () => {
    const world = lab();
    const vm = running(world);
    const ends = world.state.tables.vm.get(vm)?.leaseEndsAt;
    world.now -= 3_600_000;
    world.refused('vm.no_lease', 'vm.expire_lease', { id: vm }, scheduler);
    expect(world.state.tables.vm.get(vm)?.leaseEndsAt).toBe(ends ?? -1);
  });

  test('a name is one owner’s once, in whatever case', () => {
    const world = lab();
    world.ok('vm.create', start(world, { name: 'web' }), as(STUDENT));
    world.refused('name.taken', 'vm.create', start(world, { name: 'WEB' }), as(STUDENT));
    world.ok('vm.create', start(world, { name: 'other' }), as(STUDENT));
    const other = world.state.tables.vm.all().find((vm) => vm.name === 'other');
    world.refused('name.taken', 'vm.rename', { id: other?.id, name: 'Web' }, as(STUDENT));
  });

  test('a node that hosts nothing gets nothing', () => {
    const world = lab();
    registerNode(world, { hostProblem: { code: 'x', data: {} } });
    world.refused('capacity.no_host', 'vm.create', start(world), as(STUDENT));
  });

  test('G1 a student starts what a course of theirs links, nothing else', () => {
    const world = lab();
    world.refused('not_found', 'vm.create', start(world), as(OTHER));
    world.ok('course.enrol', { id: COURSE, userIds: [OTHER] }, as(TEACHER));
    world.ok('vm.create', start(world), as(OTHER));
  });
});

describe('people and courses', () => {
  test('G12 a PC keeps its place in the cloud when it registers again', () => {
    const world = lab();
    const before = world.state.tables.node.get(NODE);
    registerNode(world, { version: '0.2.0' });
    expect(world.state.tables.node.get(NODE)).toMatchObject({
      subnet: before?.subnet,
      registeredAt: before?.registeredAt,
      version: '0.2.0',
    });
  });

  test('G14 accounts come and go; one with VMs stays; the last admin stays', () => {
    const world = lab();
    running(world);
    world.refused('user.has_vms', 'user.remove', { id: STUDENT });
    world.refused('user.last_admin', 'user.remove', { id: ADMIN });
    world.refused('user.last_admin', 'user.update', { id: ADMIN, role: 'student' });
    world.ok('user.remove', { id: OTHER });
    expect(world.state.tables.enrolment.countBy('user', OTHER)).toBe(0);
  });

  test('G15 students and teachers do no admin’s work', () => {
    const world = lab();
    const account = {
      id: id(60),
      name: 'eve',
      fullName: '',
      role: 'admin',
      passwordHash: HASH,
      mustChangePassword: false,
    };
    for (const who of [as(STUDENT), as(TEACHER)]) {
      world.refused('access.denied', 'user.add', account, who);
      world.refused('access.denied', 'setting.set', { key: 'lease.max_hours', value: 9 }, who);
      world.refused('access.denied', 'user.update', { id: STUDENT, role: 'admin' }, who);
      world.refused('access.denied', 'size.remove', { id: SIZE }, who);
      world.refused('access.denied', 'vm.place', { id: id(99), nodeId: NODE, epoch: 1 }, who);
    }
    world.refused(
      'access.denied',
      'image.begin_import',
      { id: id(61), name: 'x', os: 'linux', shared: false, nodeId: NODE },
      as(STUDENT),
    );
  });

  test('places are never exceeded: all are enrolled or none', () => {
    const world = lab();
    world.ok('user.add', {
      id: id(70),
      name: 'kim',
      fullName: '',
      role: 'student',
      passwordHash: HASH,
      mustChangePassword: false,
    });
    world.refused('course.full', 'course.enrol', { id: COURSE, userIds: [OTHER, id(70)] }, as(TEACHER));
    world.refused('course.not_student', 'course.enrol', { id: COURSE, userIds: [TEACHER] });
    world.ok('course.enrol', { id: COURSE, userIds: [OTHER, STUDENT] }, as(TEACHER));
    world.refused('course.full', 'course.update', { id: COURSE, places: 1 });
  });

  test('an image in use or linked stays', () => {
    const world = lab();
    world.refused('image.linked', 'image.remove', { id: IMAGE }, as(TEACHER));
    running(world);
    world.refused('image.in_use', 'image.remove', { id: IMAGE }, as(TEACHER));
    world.refused(
      'name.taken',
      'image.begin_import',
      { id: id(61), name: 'DEMO', os: 'linux', shared: false, nodeId: NODE },
      as(TEACHER),
    );
  });
});

function fail(): never {
  throw new Error('the VM is gone');
}
