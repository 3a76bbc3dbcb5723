/** Requests that wait, give way, go on, and what each person may have of it. */
import { describe, expect, test } from 'bun:test';
import { CloudMachine, decayed, usedOn, vmState } from '../../../src/state/index.ts';
import { facts, SECOND, secondPc, vmOf } from './mesh.ts';
import {
  ADMIN,
  agent,
  as,
  COURSE,
  checkSnapshot,
  id,
  lab,
  NODE,
  OTHER,
  observe,
  place,
  running,
  STUDENT,
  scheduler,
  start,
  TEACHER,
  type World,
} from './world.ts';

const HOUR = 3_600_000;

function set(world: World, key: string, value: unknown): void {
  world.ok('setting.set', { key, value });
}

function codes(world: World, userId: string): string[] {
  return world.state.tables.notification.by('unread', userId).map(({ code }) => code);
}

/** A VM of the admin that runs, and a student's that waits for it. */
function rivals(): { world: World; victim: string; winner: string } {
  const world = lab();
  const victim = running(world, as(ADMIN));
  const { id: winner } = start(world);
  world.ok('vm.create', { ...start(world), id: winner }, as(STUDENT));
  return { world, victim, winner };
}

describe('the queue', () => {
  test('GF38 a request that waits longer than the setting is given up, told, and leaves nothing behind', () => {
    const world = lab();
    const payload = start(world);
    const { operationId } = world.ok('vm.create', payload, as(STUDENT));
    world.now += 24 * HOUR - 1;
    world.refused('operation.not_running', 'operation.expire', { id: operationId }, scheduler);
    world.now += 1;
    world.ok('operation.expire', { id: operationId }, scheduler);
    expect(world.state.tables.vm.get(payload.id)).toBeUndefined();
    expect(world.state.tables.operation.get(operationId ?? '')).toMatchObject({
      state: 'cancelled',
      error: { code: 'queue.too_long', data: { hours: 24 } },
    });
    expect(codes(world, STUDENT)).toEqual(['queue.too_long']);
  });

  test('S3 a request is cancelled by its owner or a teacher, and by nobody else; one that runs is none', () => {
    const world = lab();
    const first = start(world, { courseId: COURSE });
    world.ok('vm.create', first, as(STUDENT));
    world.refused('not_found', 'request.cancel', { id: first.id }, as(OTHER));
    world.ok('request.cancel', { id: first.id }, as(TEACHER));
    expect(codes(world, STUDENT)).toEqual(['request.cancelled']);
    world.refused('not_found', 'request.cancel', { id: first.id }, as(STUDENT));
    world.refused('vm.not_waiting', 'request.cancel', { id: running(world) }, as(STUDENT));
  });

  test('S3 a suspended lab whose request is cancelled stays suspended, with its memory', () => {
    const world = lab();
    const vm = running(world);
    world.ok('vm.suspend', { id: vm }, as(STUDENT));
    observe(world, vm, 'suspended');
    world.ok('vm.start', { id: vm }, as(STUDENT));
    expect(vmState(vmOf(world, vm))).toBe('waiting');
    world.ok('request.cancel', { id: vm }, as(STUDENT));
    expect(vmState(vmOf(world, vm))).toBe('suspended');
    expect(world.state.tables.operation.by('state', 'running')).toEqual([]);
  });

  test('S3 the queue is bounded', () => {
    const world = lab();
    set(world, 'queue.max_length', 1);
    world.ok('vm.create', start(world), as(STUDENT));
    world.refused('queue.full', 'vm.create', start(world), as(TEACHER));
  });

  test('GF33 without a PC that hosts nothing waits; what was lent to nobody is refused with the PC that comes closest', () => {
    const world = lab();
    world.ok('node.configure', { id: NODE, share: 10 });
    world.refused('capacity.never', 'vm.create', start(world), as(STUDENT));
    world.ok('node.reach', { id: NODE, state: 'unreachable' }, scheduler);
    world.refused('capacity.no_host', 'vm.create', start(world), as(STUDENT));
  });

  test('S10 of many places each is checked on its own; those of an older plan are left out', () => {
    const world = lab();
    const waiting = Array.from({ length: 6 }, () => start(world));
    for (const one of waiting) world.ok('vm.create', one, as(ADMIN));
    const places = waiting.map((one) => ({ id: one.id, nodeId: NODE, epoch: 1 }));
    world.ok('vm.place_many', { places }, scheduler);
    expect(usedOn(world.state, NODE)).toMatchObject({ vcpus: 4, ramMiB: 4096 });
    expect(world.state.tables.vm.countBy('waiting', 'yes')).toBe(2);
    // Another master's plan, made before: nothing of it stands.
    world.refused('vm.stale_epoch', 'vm.place_many', { places }, { kind: 'scheduler', nodeId: SECOND });
    world.refused('access.denied', 'vm.place_many', { places }, agent);
  });

  test('S10 a VM with disks is placed where they lie and nowhere else', () => {
    const world = lab();
    secondPc(world);
    const vm = running(world);
    world.ok('vm.stop', { id: vm, force: true }, as(STUDENT));
    observe(world, vm, 'stopped');
    world.ok('vm.start', { id: vm }, as(STUDENT));
    world.refused('vm.lies_elsewhere', 'vm.place', { id: vm, nodeId: SECOND, epoch: 2 }, scheduler);
    place(world, vm);
  });
});

describe('giving way', () => {
  test('P7 S2 a VM is suspended for one that waits, keeps its lease, is told, and goes on in the order in which it left', () => {
    const { world, victim, winner } = rivals();
    const end = vmOf(world, victim).leaseEndsAt ?? 0;
    world.now += 1000;
    world.ok('vm.hold', { id: victim, by: 'preempted', for: winner }, scheduler);
    expect(vmOf(world, victim)).toMatchObject({
      held: { by: 'preempted', for: winner },
      preempted: { count: 1, at: world.now },
      queuedAt: world.now,
    });
    expect(codes(world, ADMIN)).toContain('vm.held');
    observe(world, victim, 'suspended');
    world.now += HOUR;
    world.refused('vm.no_lease', 'vm.expire_lease', { id: victim }, scheduler);
    world.ok('vm.release', { id: victim }, scheduler);
    world.now += 10 * HOUR;
    world.refused('vm.no_lease', 'vm.expire_lease', { id: victim }, scheduler);
    place(world, victim);
    expect(vmOf(world, victim).leaseEndsAt).toBe(end + 11 * HOUR);
    expect(vmOf(world, victim).preempted).toEqual({ count: 1, at: world.now });
  });

  test('S2 only preemptible ones, only for one that waits, and not again within the pause', () => {
    const { world, victim, winner } = rivals();
    const hold = { id: victim, by: 'preempted', for: winner };
    world.refused('not_found', 'vm.hold', { ...hold, for: id(99) }, scheduler);
    world.refused('vm.not_waiting', 'vm.hold', { ...hold, for: victim }, scheduler);
    world.ok('vm.hold', hold, scheduler);
    observe(world, victim, 'suspended');
    world.refused('vm.wrong_state', 'vm.hold', hold, scheduler); // a second master's older plan
    world.ok('vm.release', { id: victim }, scheduler);
    place(world, victim);
    observe(world, victim, 'running');
    world.now += 30 * 60_000 - 1;
    world.refused('vm.preempted_lately', 'vm.hold', hold, scheduler);
    world.now += 1;
    world.ok('vm.hold', hold, scheduler);
    const firm = running(world, as(ADMIN), { preemptible: false });
    world.refused('vm.not_preemptible', 'vm.hold', { ...hold, id: firm }, scheduler);
    world.refused('access.denied', 'vm.create', start(world, { preemptible: false }), as(STUDENT));
  });

  test('S2 the disk for saved memory is part of the check, and counts until the VM runs again', () => {
    const { world, victim, winner } = rivals();
    expect(usedOn(world.state, NODE).tempGiB).toBe(3);
    // The share cut to 6 % leaves 3 GiB of 50: its data disk, and no room beside.
    const capacity = { cores: 4, ramMiB: 4096, storageGiB: 100, tempGiB: 3 };
    world.ok('node.register', { ...facts('pc-1'), capacity }, agent);
    world.refused('capacity.temp', 'vm.hold', { id: victim, by: 'preempted', for: winner }, scheduler);
    world.refused('capacity.temp', 'vm.suspend', { id: victim }, as(ADMIN));
    world.ok('node.register', { ...facts('pc-1'), capacity: { ...capacity, tempGiB: 4 } }, agent);
    world.ok('vm.hold', { id: victim, by: 'preempted', for: winner }, scheduler);
    expect(usedOn(world.state, NODE)).toMatchObject({ ramMiB: 1024, tempGiB: 4 });
    observe(world, victim, 'suspended');
    expect(usedOn(world.state, NODE)).toMatchObject({ ramMiB: 0, tempGiB: 4 });
    world.refused('capacity.temp', 'vm.place', { id: winner, nodeId: NODE, epoch: 1 }, scheduler);
    world.ok('vm.release', { id: victim }, scheduler);
    place(world, victim);
    observe(world, victim, 'running');
    expect(usedOn(world.state, NODE)).toMatchObject({ ramMiB: 1024, tempGiB: 3 });
  });

  test('S2 owners are told beforehand, once', () => {
    const { world, victim } = rivals();
    world.ok('vm.warn_preempt', { id: victim, at: world.now + 30_000 }, scheduler);
    expect(codes(world, ADMIN)).toContain('vm.preempt_soon');
    world.refused('vm.not_due', 'vm.warn_preempt', { id: victim, at: world.now + 30_000 }, scheduler);
  });
});

describe('leases', () => {
  test('S5 each warning is given once and at its time; a new lease has its own', () => {
    const world = lab();
    const vm = running(world, as(STUDENT), { hours: 1 });
    world.refused('vm.not_due', 'vm.warn_lease', { id: vm, minutes: 15 }, scheduler);
    world.now += 45 * 60_000;
    world.ok('vm.warn_lease', { id: vm, minutes: 15 }, scheduler);
    world.refused('vm.not_due', 'vm.warn_lease', { id: vm, minutes: 15 }, scheduler);
    world.refused('vm.not_due', 'vm.warn_lease', { id: vm, minutes: 5 }, scheduler);
    world.now += 10 * 60_000;
    world.ok('vm.warn_lease', { id: vm, minutes: 5 }, scheduler);
    world.refused('vm.not_due', 'vm.warn_lease', { id: vm, minutes: 15 }, scheduler);
    world.ok('vm.renew', { id: vm, hours: 1 }, as(STUDENT));
    expect(vmOf(world, vm).leaseWarned).toBe(0);
    expect(codes(world, STUDENT)).toEqual(['vm.lease_warning', 'vm.lease_warning']);
  });

  test('S5 no renewal while another waits, unless the setting or an admin says so', () => {
    const { world, victim, winner } = rivals();
    const mine = running(world, as(TEACHER));
    world.refused('lease.others_wait', 'vm.renew', { id: mine, hours: 1 }, as(TEACHER));
    world.ok('vm.renew', { id: victim, hours: 1 }, as(ADMIN));
    set(world, 'lease.renew_if_waiting', true);
    world.ok('vm.renew', { id: mine, hours: 1 }, as(TEACHER));
    set(world, 'lease.renew_if_waiting', null);
    world.ok('request.cancel', { id: winner }, as(STUDENT));
    world.ok('vm.renew', { id: mine, hours: 1 }, as(TEACHER));
  });

  test('S5 what nobody opens is taken back after the time for it, what is opened is not; idle ones when that is on', () => {
    const world = lab();
    const [unopened, opened] = [running(world), running(world)];
    world.ok('vm.touch', { id: opened, connected: true }, agent);
    const never = (vm: string) => ({ id: vm, why: 'never_opened' });
    world.refused('vm.not_due', 'vm.reclaim', never(unopened), scheduler);
    world.now += 15 * 60_000;
    world.refused('vm.not_due', 'vm.reclaim', never(opened), scheduler);
    world.refused('vm.not_due', 'vm.reclaim', { id: opened, why: 'idle' }, scheduler);
    world.ok('vm.reclaim', never(unopened), scheduler);
    expect(vmOf(world, unopened)).toMatchObject({ desired: 'suspended', leaseEndsAt: null });
    expect(codes(world, STUDENT)).toEqual(['vm.reclaimed']);
    set(world, 'lease.idle_minutes', 20);
    world.ok('vm.touch', { id: opened, connected: false }, agent);
    world.now += 20 * 60_000 - 1;
    world.refused('vm.not_due', 'vm.reclaim', { id: opened, why: 'idle' }, scheduler);
    world.now += 1;
    world.ok('vm.reclaim', { id: opened, why: 'idle' }, scheduler);
  });

  test('S5 what nobody opens but its guest works is left alone until the time has passed since', () => {
    const world = lab();
    const overSsh = running(world);
    world.now += 10 * 60_000;
    world.ok('vm.touch', { id: overSsh, connected: false }, agent);
    const reclaim = { id: overSsh, why: 'never_opened' };
    world.now += 15 * 60_000 - 1;
    world.refused('vm.not_due', 'vm.reclaim', reclaim, scheduler);
    world.now += 1;
    world.ok('vm.reclaim', reclaim, scheduler);
    expect(vmOf(world, overSsh).connectedAt).toBeNull();
  });
});

describe('quotas', () => {
  test('S14 count, running, vCPUs, memory and disk each have a limit of the role, and of the person', () => {
    const world = lab();
    const quota = { vms: null, running: null, vcpus: null, ramMiB: null, diskGiB: null };
    world.ok('vm.create', start(world), as(STUDENT));
    for (const [change, code] of [
      [{ vms: 1 }, 'quota.vms'],
      [{ running: 1 }, 'quota.running'],
      [{ vcpus: 1 }, 'quota.vcpus'],
      [{ ramMiB: 2047 }, 'quota.ram'],
      [{ diskGiB: 15 }, 'quota.disk'],
    ] as const) {
      world.ok('user.update', { id: STUDENT, quota: { ...quota, ...change } });
      world.refused(code, 'vm.create', start(world), as(STUDENT));
    }
    world.refused('access.denied', 'user.update', { id: STUDENT, quota: null }, as(STUDENT));
    world.ok('user.update', { id: STUDENT, quota: null });
    world.ok('vm.create', start(world), as(STUDENT));
    world.refused('quota.running', 'vm.create', start(world), as(STUDENT));
    set(world, 'quota.student_running', 3);
    set(world, 'quota.student_disk', 23);
    world.refused('quota.disk', 'vm.create', start(world), as(STUDENT));
  });

  test('S14 a course has so many at once as it may', () => {
    const world = lab();
    world.ok('course.update', { id: COURSE, maxVms: 1 });
    world.ok('vm.create', start(world, { courseId: COURSE }), as(STUDENT));
    world.refused('quota.course', 'vm.create', start(world, { courseId: COURSE }), as(TEACHER));
    world.ok('vm.create', start(world), as(TEACHER));
  });
});

describe('use and sharing', () => {
  test('S4 what was used is booked when compute is freed, and hourly; it halves with its half-life', () => {
    const world = lab();
    const vm = running(world);
    world.now += HOUR;
    world.ok('usage.book', { vmIds: [vm] }, scheduler);
    expect(world.state.tables.usage.get(STUDENT)).toEqual({ id: STUDENT, amount: 1, at: world.now });
    world.now += HOUR;
    world.ok('vm.suspend', { id: vm }, as(STUDENT));
    observe(world, vm, 'suspended');
    const { amount = 0 } = world.state.tables.usage.get(STUDENT) ?? {};
    expect(amount).toBe(decayed(1, HOUR, 24 * HOUR) + 1);
    world.now += 24 * HOUR;
    world.ok('vm.start', { id: vm }, as(STUDENT));
    place(world, vm);
    observe(world, vm, 'running');
    world.ok('usage.book', { vmIds: [vm] }, scheduler);
    expect(world.state.tables.usage.get(STUDENT)?.amount).toBe(amount);
    expect(decayed(amount, 24 * HOUR, 24 * HOUR)).toBe(amount / 2);
  });

  test('N11 sharing may be declined; once too often, and requests wait behind those of people who share', () => {
    const world = lab();
    for (const n of [1, 2, 3, 3]) {
      world.ok('user.decline_share', {}, as(STUDENT));
      expect(world.state.tables.user.get(STUDENT)?.declined).toBe(n);
    }
    world.ok('node.configure', { id: NODE, share: 100, ownerId: STUDENT });
    world.refused('sharing.shares', 'user.decline_share', {}, as(STUDENT));
    set(world, 'sharing.policy', false);
    world.refused('sharing.off', 'user.decline_share', {}, as(OTHER));
  });

  test('N11 whose PC it is sets its share and takes it out, within what others need; nobody else does', () => {
    const world = lab();
    world.ok('node.configure', { id: NODE, share: 100, ownerId: STUDENT });
    world.ok('node.configure', { id: NODE, share: 50 }, as(STUDENT));
    world.refused('access.denied', 'node.configure', { id: NODE, share: 50, ownerId: OTHER }, as(STUDENT));
    world.refused('access.denied', 'node.configure', { id: NODE, share: 50 }, as(OTHER));
    world.refused('access.denied', 'node.drain', { id: NODE, how: 'suspend' }, as(OTHER));
    world.ok('node.drain', { id: NODE, how: 'suspend' }, as(STUDENT));
    world.ok('node.undrain', { id: NODE }, as(STUDENT));
  });
});

describe('older copies', () => {
  test('a snapshot of before there was a queue loads, with what it had in effect', () => {
    const world = lab();
    const vm = running(world);
    world.ok('vm.hold', { id: vm, by: 'drain' }, scheduler);
    checkSnapshot(world);
    const records = JSON.parse(JSON.stringify([...world.machine.snapshot()]));
    const added = [
      'kind',
      'preemptible',
      'reservationId',
      'queuedAt',
      'connectedAt',
      'usedAt',
      'preempted',
      'preemptAt',
      'leaseWarned',
    ];
    for (const { entity, kind } of records) {
      if (kind === 'vm') {
        for (const key of [...added, 'runningSince']) delete entity[key];
        delete entity.held.for;
      }
      if (kind === 'user') for (const key of ['quota', 'declined']) delete entity[key];
      if (kind === 'course') delete entity.maxVms;
      if (kind === 'version') delete entity.wantedOn;
    }
    const copy = new CloudMachine();
    copy.restore(records);
    const { createdAt } = vmOf(world, vm);
    expect(copy.state.tables.vm.get(vm)).toMatchObject({
      ...{ kind: 'interactive', preemptible: true, queuedAt: createdAt, leaseWarned: 0 },
      held: { by: 'drain', for: null },
    });
    expect(copy.state.tables.user.get(STUDENT)).toMatchObject({ quota: null, declined: 0 });
    expect(copy.state.tables.course.get(COURSE)?.maxVms).toBeNull();
  });
});
