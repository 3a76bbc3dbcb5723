/** Reservations: what bad input gets, what the calendar admits, what happens at the hour (S6). */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  admits,
  decayed,
  honours,
  LabmeshError,
  localOf,
  localTimes,
  peopleOf,
  type Reservation,
} from '../../../src/state/index.ts';
import { SECOND, secondPc, vmOf } from './mesh.ts';
import {
  ADMIN,
  agent,
  as,
  COURSE,
  IMAGE,
  id,
  lab,
  NODE,
  OTHER,
  observe,
  place,
  registerNode,
  reservation,
  running,
  STUDENT,
  scheduler,
  start,
  TEACHER,
  VERSION,
  type World,
} from './world.ts';

const HOUR = 3_600_000;

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof LabmeshError) return `${error.code} ${JSON.stringify(error.data)}`;
    throw error;
  }
  return 'ok';
}

function reserved(
  world: World,
  change: Parameters<typeof reservation>[1] = {},
  author = as(STUDENT),
): string {
  const payload = reservation(world, change);
  world.ok('reservation.add', payload, author);
  return payload.id;
}

function reservationOf(world: World, reservationId: string): Reservation {
  const found = world.state.tables.reservation.get(reservationId);
  if (!found) throw new Error('no such reservation');
  return found;
}

function begin(world: World, reservationId: string, nth = 0): string[] {
  const vmIds = [world.newId(), world.newId(), world.newId(), world.newId()];
  world.ok('reservation.begin', { id: reservationId, nth, vmIds }, scheduler);
  return [...reservationOf(world, reservationId).vmIds];
}

/** Three of the PC's four places are to be had: the last is for walk-ins. The course gets places for more. */
function roomy(): World {
  const world = lab();
  world.ok('course.update', { id: COURSE, places: 30 });
  return world;
}

describe('local times', () => {
  test('S6 a clock that is put forward skips times: refused with the next one; weekly ones, too', () => {
    expect(codeOf(() => localTimes('2027-03-28T02:30', 'Europe/Madrid'))).toBe(
      'reservation.dst_gap {"local":"2027-03-28T02:30","zone":"Europe/Madrid","next":"2027-03-28T03:00"}',
    );
    expect(codeOf(() => localTimes('2027-03-14T02:30', 'Europe/Madrid', 4))).toContain('"2027-03-28T02:30"');
    expect(codeOf(() => localTimes('2027-03-28T03:00', 'Europe/Madrid'))).toBe('ok');
    expect(codeOf(() => localTimes('2027-10-03T02:15', 'Australia/Lord_Howe'))).toContain(
      '"2027-10-03T02:30"',
    );
  });

  test('S6 of a time that comes twice the first is meant', () => {
    expect(localTimes('2027-10-31T02:30', 'Europe/Madrid')).toEqual([Date.UTC(2027, 9, 31, 0, 30)]);
  });

  test('S6 weekly ones keep the time on the clock when clocks are changed', () => {
    const starts = localTimes('2027-03-22T09:00', 'Europe/Madrid', 2);
    expect(starts).toEqual([Date.UTC(2027, 2, 22, 8), Date.UTC(2027, 2, 29, 7)]);
    expect(starts.map((at) => localOf(at, 'Europe/Madrid'))).toEqual([
      '2027-03-22T09:00',
      '2027-03-29T09:00',
    ]);
  });

  test('S6 leap days exist when they do', () => {
    expect(localTimes('2028-02-29T09:00', 'UTC')).toEqual([Date.UTC(2028, 1, 29, 9)]);
    expect(codeOf(() => localTimes('2027-02-29T09:00', 'UTC'))).toStartWith('reservation.malformed');
  });

  test.each([
    ['2027-02-30T09:00', 'UTC', 1, 'local'],
    ['2027-13-01T09:00', 'UTC', 1, 'local'],
    ['2027-03-01T25:00', 'UTC', 1, 'local'],
    ['2027-03-01 09:00', 'UTC', 1, 'local'],
    ['tomorrow', 'UTC', 1, 'local'],
    ['2027-03-01T09:00', 'Mars/Base', 1, 'zone'],
    ['2027-03-01T09:00', '', 1, 'zone'],
    ['2027-03-01T09:00', 'UTC', 0, 'weekly'],
    ['2027-03-01T09:00', 'UTC', 1.5, 'weekly'],
    ['2027-03-01T09:00', 'UTC', 61, 'weekly'],
    ['2027-03-01T09:00', 'UTC', Number.NaN, 'weekly'],
  ])('%s %s %d: malformed %s', (local, zone, weekly, field) => {
    expect(codeOf(() => localTimes(local, zone, weekly))).toContain(
      `reservation.malformed {"field":"${field}"`,
    );
  });

  test('S6 any time on any clock is read back as it was said, or is in a gap', () => {
    const zones = [
      'Europe/Madrid',
      'America/New_York',
      'Asia/Kathmandu',
      'Pacific/Apia',
      'America/St_Johns',
      'UTC',
    ];
    const minutes = fc.integer({ min: 0, max: 4 * 366 * 24 * 60 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), minutes, (zone, minute) => {
        const local = new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString().slice(0, 16);
        const said = codeOf(() => localTimes(local, zone));
        if (said !== 'ok') expect(said).toStartWith('reservation.dst_gap');
        else expect(localTimes(local, zone).map((at) => localOf(at, zone))).toEqual([local]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what bad input gets', () => {
  test.each([
    ['past', (w: World) => reservation(w, { inMs: -60_000 }), 'reservation.past'],
    ['no date', (w: World) => reservation(w, { local: '2027-02-30T09:00' }), 'reservation.malformed'],
    ['no zone', (w: World) => reservation(w, { zone: '; rm' }), 'reservation.malformed'],
    ['no times', (w: World) => reservation(w, { starts: [] }), 'reservation.malformed'],
    [
      'times in disorder',
      (w: World) => reservation(w, { starts: [w.now + HOUR, w.now] }),
      'reservation.malformed',
    ],
    [
      'times that overlap',
      (w: World) => reservation(w, { starts: [w.now + HOUR, w.now + 2 * HOUR] }),
      'reservation.malformed',
    ],
    [
      'times of another day',
      (w: World) => reservation(w, { starts: [w.now + 30 * HOUR] }),
      'reservation.malformed',
    ],
    [
      'half a millisecond',
      (w: World) => reservation(w, { starts: [w.now + HOUR + 0.5] }),
      'reservation.malformed',
    ],
    ['too far', (w: World) => reservation(w, { inMs: 366 * 24 * HOUR }), 'reservation.too_far'],
    ['no hours', (w: World) => reservation(w, { hours: 0 }), 'reservation.hours'],
    ['too many hours', (w: World) => reservation(w, { hours: 6 }), 'reservation.hours'],
    ['half hours', (w: World) => reservation(w, { hours: 1.5 }), 'reservation.hours'],
    ['none', (w: World) => reservation(w, { count: 0 }), 'reservation.count'],
    ['a million', (w: World) => reservation(w, { count: 1_000_000 }), 'reservation.count'],
    ['one and a half', (w: World) => reservation(w, { count: 1.5 }), 'reservation.count'],
    ['unknown image', (w: World) => reservation(w, { imageId: id(99) }), 'not_found'],
    ['unknown size', (w: World) => reservation(w, { sizeId: id(99) }), 'not_found'],
    ['unknown VM', (w: World) => reservation(w, { vmId: id(99) }), 'not_found'],
    ['a class for oneself', (w: World) => reservation(w, { kind: 'class' }), 'payload.invalid'],
    ['an exam by a student', (w: World) => reservation(w, { kind: 'exam' }), 'access.denied'],
    ['for another', (w: World) => reservation(w, { userId: OTHER }), 'access.denied'],
    ['a course by a student', (w: World) => reservation(w, { forCourse: true }), 'access.denied'],
  ] as const)('S6 %s', (_name, payload, code) => {
    const world = lab();
    world.refused(code, 'reservation.add', payload(world), as(STUDENT));
  });

  test('S6 letters for numbers are refused at the door, naming the field', () => {
    const world = lab();
    for (const field of ['count', 'hours']) {
      const said = codeOf(() =>
        world.do('reservation.add', reservation(world, { [field]: 'two' }), as(STUDENT)),
      );
      expect(said).toContain(`payload.invalid {"field":"${field}"`);
    }
  });

  test('S6 an image that one may not see, one that the course does not link, one that is not ready', () => {
    const world = lab();
    world.refused('not_found', 'reservation.add', reservation(world), as(OTHER));
    world.ok('course.unlink', { id: COURSE, imageId: IMAGE }, as(TEACHER));
    world.refused(
      'course.not_linked',
      'reservation.add',
      reservation(world, { forCourse: true }),
      as(TEACHER),
    );
    const fresh = { id: id(70), name: 'fresh', os: 'linux', shared: true, nodeId: NODE };
    world.ok('image.begin_import', fresh, as(TEACHER));
    world.refused('image.not_ready', 'reservation.add', reservation(world, { imageId: id(70) }), as(TEACHER));
  });

  test('S6 a course has as many as it has places; one without places has none; another’s course is not there', () => {
    const world = lab();
    world.refused(
      'reservation.count',
      'reservation.add',
      reservation(world, { forCourse: true, count: 3 }),
      as(TEACHER),
    );
    world.ok('course.unenrol', { id: COURSE, userIds: [STUDENT] });
    world.ok('course.update', { id: COURSE, places: 0 });
    world.refused(
      'reservation.no_places',
      'reservation.add',
      reservation(world, { forCourse: true }),
      as(TEACHER),
    );
    world.ok('course.update', { id: COURSE, teacherIds: [] });
    world.refused('not_found', 'reservation.add', reservation(world, { forCourse: true }), as(TEACHER));
  });

  test('S6 another’s reservation is not there; a student of the course sees it and may not remove it', () => {
    const world = roomy();
    const mine = reserved(world);
    world.refused('not_found', 'reservation.remove', { id: mine }, as(OTHER));
    world.refused('not_found', 'reservation.remove', { id: id(99) }, as(ADMIN));
    const ours = reserved(world, { forCourse: true }, as(TEACHER));
    world.refused('access.denied', 'reservation.remove', { id: ours }, as(STUDENT));
    world.refused('not_found', 'reservation.remove', { id: ours }, as(OTHER));
    world.ok('reservation.remove', { id: mine }, as(ADMIN));
    expect(world.state.tables.notification.by('unread', STUDENT).map(({ code }) => code)).toEqual([
      'reservation.cancelled',
    ]);
    world.refused('reservation.wrong_state', 'reservation.remove', { id: mine }, as(STUDENT));
  });

  test('S14 limits per person hold for what they reserve', () => {
    const world = lab();
    set(world, 'quota.student_running', 1);
    reserved(world);
    world.refused('quota.running', 'reservation.add', reservation(world, { inMs: 2 * HOUR }), as(STUDENT));
    reserved(world, { inMs: 4 * HOUR });
    set(world, 'quota.student_vms', 2);
    world.refused('quota.vms', 'reservation.add', reservation(world, { inMs: 8 * HOUR }), as(STUDENT));
  });
});

function set(world: World, key: string, value: unknown): void {
  world.ok('setting.set', { key, value });
}

describe('the calendar', () => {
  test('S6 what would not fit beside what is reserved is refused, with how many would and when all would', () => {
    const world = roomy();
    reserved(world, { forCourse: true, count: 2 }, as(TEACHER));
    const payload = reservation(world, { inMs: 2 * HOUR, forCourse: true, count: 2 });
    const outcome = world.do('reservation.add', payload, as(TEACHER));
    const end = world.now + 3 * HOUR;
    expect(outcome).toMatchObject({
      code: 'reservation.no_room',
      data: { resource: 'ramMiB', free: 1, nextStart: end },
    });
    reserved(world, { inMs: 3 * HOUR, forCourse: true, count: 3 }, as(TEACHER));
  });

  test('S6 in a cloud in which no PC runs labs it is that which is said, not that others took the room', () => {
    const world = lab();
    registerNode(world, { hostProblem: { code: 'x', data: {} } });
    world.refused('capacity.no_host', 'reservation.add', reservation(world, { inMs: 2 * HOUR }), as(STUDENT));
  });

  test('S6 a part is left to walk-ins, and the loss of the largest PCs is borne', () => {
    const world = roomy();
    const ask = (count: number) => {
      const { starts } = reservation(world);
      const shape = { vcpus: 1, ramMiB: 1024, osDiskGiB: 5, dataDiskGiB: 3, vmId: null };
      return admits(world.state, { id: id(90), starts, hours: 2, count, ...shape }, world.now);
    };
    expect(ask(3)).toEqual({ ok: true });
    expect(ask(4)).toMatchObject({ ok: false, resource: 'ramMiB', free: 3, nextStart: null });
    set(world, 'reservation.walkin_percent', 0);
    expect(ask(4)).toEqual({ ok: true });
    secondPc(world);
    expect(ask(8)).toEqual({ ok: true });
    set(world, 'reservation.node_reserve', 1);
    expect(ask(8)).toMatchObject({ ok: false, free: 4 });
    set(world, 'reservation.node_reserve', 2);
    expect(ask(1)).toMatchObject({ ok: false, free: 0, nextStart: null });
  });

  test('S6 a VM that nobody may suspend is held against it, and is refused where reservations need its place', () => {
    const world = roomy();
    set(world, 'reservation.walkin_percent', 0);
    reserved(world, { forCourse: true, count: 3, inMs: 3 * HOUR }, as(TEACHER));
    world.ok('vm.create', start(world, { preemptible: false, hours: 5 }), as(TEACHER));
    world.refused(
      'capacity.reserved',
      'vm.create',
      start(world, { preemptible: false, hours: 5 }),
      as(TEACHER),
    );
    const brief = start(world, { preemptible: false, hours: 2 });
    world.ok('vm.create', brief, as(TEACHER));
    world.refused(
      'reservation.no_room',
      'reservation.add',
      reservation(world, { forCourse: true, count: 1, inMs: 4 * HOUR }),
      as(TEACHER),
    );
    // It waited: by now its lease would reach into what is reserved.
    world.now += 2 * HOUR;
    world.refused('capacity.reserved', 'vm.place', { id: brief.id, nodeId: NODE, epoch: 1 }, scheduler);
  });

  test('S6 when PCs are lost, what was reserved last is no longer honoured, and who made it is told once', () => {
    const world = roomy();
    secondPc(world);
    const first = reserved(world, { forCourse: true, count: 3 }, as(TEACHER));
    const second = reserved(world, { forCourse: true, count: 3 }, as(TEACHER));
    world.ok('node.reach', { id: SECOND, state: 'lost' }, scheduler);
    expect(honours(world.state, reservationOf(world, first), world.now)).toEqual({ ok: true });
    expect(honours(world.state, reservationOf(world, second), world.now)).toMatchObject({
      ok: false,
      free: 0,
    });
    const warning = { code: 'reservation.no_room', data: { resource: 'ramMiB', free: 0, nextStart: null } };
    for (const one of [warning, warning, null])
      world.ok('reservation.warn', { id: second, warning: one }, scheduler);
    const told = world.state.tables.notification.by('unread', TEACHER).map(({ code }) => code);
    expect(told.filter((code) => code.startsWith('reservation.'))).toEqual([
      'reservation.at_risk',
      'reservation.safe',
    ]);
  });

  test('S6 what the calendar admits fits: at every hour all that is reserved can be placed one by one', () => {
    const hours = fc.integer({ min: 1, max: 5 });
    const wish = fc.record({
      at: fc.nat(20),
      hours,
      count: fc.integer({ min: 1, max: 6 }),
      big: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 25 }), (wishes) => {
        const world = roomy();
        world.ok('size.set', {
          id: id(51),
          name: 'Big',
          vcpus: 2,
          ramMiB: 2048,
          osDiskGiB: 5,
          dataDiskGiB: 3,
        });
        registerNode(world, { capacity: { cores: 8, ramMiB: 8192, storageGiB: 100, tempGiB: 50 } });
        for (const { at, big, ...rest } of wishes) {
          const payload = reservation(world, {
            ...rest,
            inMs: (at + 1) * HOUR,
            forCourse: true,
            ...(big ? { sizeId: id(51) } : {}),
          });
          world.do('reservation.add', payload, as(TEACHER));
        }
        for (let hour = 0; hour < 30; hour++) {
          const at = world.now + hour * HOUR + 1;
          const on = world.state.tables.reservation
            .all()
            .filter((r) => r.starts.some((s) => s <= at && s + r.hours * HOUR > at));
          const sum = (of: (one: Reservation) => number) =>
            on.reduce((total, one) => total + of(one) * one.count, 0);
          expect(sum((one) => one.ramMiB)).toBeLessThanOrEqual(8192 * 0.9);
          expect(sum((one) => one.vcpus)).toBeLessThanOrEqual(8 * 1.2 * 0.9);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('at the hour', () => {
  test('P6 P7 a reserved lab is started at its time with the claim of its kind, until its end; then it is suspended', () => {
    const world = roomy();
    const personal = reserved(world, { label: 'Practice' });
    const [nth, vmIds] = [0, [world.newId()]];
    world.refused('reservation.not_due', 'reservation.begin', { id: personal, nth, vmIds }, scheduler);
    world.now += HOUR;
    world.refused('payload.invalid', 'reservation.begin', { id: personal, nth, vmIds: [] }, scheduler);
    world.refused('reservation.wrong_state', 'reservation.begin', { id: personal, nth: 1, vmIds }, scheduler);
    const [vm = ''] = begin(world, personal);
    const end = world.now + 2 * HOUR;
    expect(vmOf(world, vm)).toMatchObject({
      kind: 'personal',
      preemptible: false,
      reservationId: personal,
      leaseEndsAt: end,
      ownerId: STUDENT,
    });
    world.refused('reservation.wrong_state', 'reservation.begin', { id: personal, nth, vmIds }, scheduler);
    world.now += HOUR;
    place(world, vm);
    observe(world, vm, 'running');
    expect(vmOf(world, vm).leaseEndsAt).toBe(end);
    world.refused('lease.reserved', 'vm.renew', { id: vm, hours: 1 }, as(STUDENT));
    world.refused('reservation.not_due', 'reservation.end', { id: personal }, scheduler);
    world.now = end;
    world.ok('reservation.end', { id: personal }, scheduler);
    expect(vmOf(world, vm)).toMatchObject({
      desired: 'suspended',
      kind: 'interactive',
      preemptible: true,
      reservationId: null,
    });
    expect(reservationOf(world, personal)).toMatchObject({ state: 'over', vmIds: [] });
  });

  test('P6 what is started without a reservation is a normal request', () => {
    const world = lab();
    expect(vmOf(world, running(world))).toMatchObject({
      kind: 'interactive',
      reservationId: null,
      preemptible: true,
    });
    expect(vmOf(world, running(world, as(STUDENT), { batch: true })).kind).toBe('batch');
  });

  test('S6 a class: each student has one; the rest is taken by who comes; next week they go on with the same', () => {
    const world = roomy();
    const at = world.now + HOUR;
    const weeks = { forCourse: true, count: 3, starts: [at, at + 168 * HOUR], kind: 'exam' };
    const exam = reserved(world, weeks, as(TEACHER));
    expect(peopleOf(world.state, reservationOf(world, exam))).toEqual([STUDENT]);
    world.now = at;
    const [first = ''] = begin(world, exam);
    expect(vmOf(world, first)).toMatchObject({ kind: 'exam', courseId: COURSE, ownerId: STUDENT });
    world.ok('course.enrol', { id: COURSE, userIds: [OTHER] }, as(TEACHER));
    const late = start(world, { courseId: COURSE });
    world.ok('vm.create', late, as(OTHER));
    expect(vmOf(world, late.id)).toMatchObject({
      kind: 'exam',
      preemptible: false,
      leaseEndsAt: at + 2 * HOUR,
    });
    expect(reservationOf(world, exam).vmIds).toEqual([first, late.id]);
    const second = start(world, { courseId: COURSE });
    world.ok('vm.create', second, as(OTHER)); // has a seat already: a lab as any other
    expect(vmOf(world, second.id).kind).toBe('interactive');
    for (const vm of [first, late.id]) {
      place(world, vm);
      observe(world, vm, 'running');
    }
    world.now = at + 2 * HOUR;
    world.ok('reservation.end', { id: exam }, scheduler);
    for (const vm of [first, late.id]) observe(world, vm, 'suspended');
    expect(vmOf(world, first)).toMatchObject({ kind: 'interactive', reservationId: exam });
    world.now = at + 168 * HOUR;
    expect(begin(world, exam, 1).sort()).toEqual([first, late.id].sort());
    expect(world.state.tables.operation.by('target', first).at(-1)).toMatchObject({
      kind: 'vm.resume',
      state: 'running',
    });
  });

  test('S6 one that waits when its time is over is gone; one whose hour passed while the cloud was off is told', () => {
    const world = roomy();
    const waits = reserved(world);
    const missed = reserved(world, { inMs: 4 * HOUR });
    world.now += HOUR;
    const [vm = ''] = begin(world, waits);
    world.now += 2 * HOUR;
    world.ok('reservation.end', { id: waits }, scheduler);
    expect(world.state.tables.vm.get(vm)).toBeUndefined();
    world.now += 10 * HOUR;
    world.ok('reservation.begin', { id: missed, nth: 0, vmIds: [] }, scheduler);
    expect(reservationOf(world, missed)).toMatchObject({ state: 'over' });
    expect(world.state.tables.notification.by('unread', STUDENT).map(({ code }) => code)).toContain(
      'reservation.failed',
    );
  });

  test('S6 a lab of one’s own is started where it lies; what runs already runs on until the end', () => {
    const world = roomy();
    const vm = running(world, as(STUDENT), { hours: 1 });
    const mine = reserved(world, { vmId: vm, inMs: 30 * 60_000 });
    world.now += 30 * 60_000;
    expect(begin(world, mine)).toEqual([vm]);
    expect(vmOf(world, vm)).toMatchObject({
      kind: 'personal',
      leaseEndsAt: world.now + 2 * HOUR,
      placement: { nodeId: NODE },
    });
    world.ok('reservation.remove', { id: mine }, as(STUDENT));
    expect(vmOf(world, vm)).toMatchObject({ kind: 'interactive', reservationId: null, desired: 'running' });
  });

  test('S6 what is needed stays: the image; what goes takes its reservations along: courses and people', () => {
    const world = roomy();
    const mine = reserved(world);
    const ours = reserved(world, { forCourse: true }, as(TEACHER));
    world.ok('course.unlink', { id: COURSE, imageId: IMAGE }, as(TEACHER));
    world.refused('image.reserved', 'image.remove', { id: IMAGE }, as(TEACHER));
    world.ok('course.remove', { id: COURSE });
    world.ok('user.remove', { id: STUDENT });
    for (const one of [mine, ours]) expect(reservationOf(world, one).state).toBe('cancelled');
    world.ok('image.remove', { id: IMAGE }, as(TEACHER));
  });

  test('S7 a version is wanted where the scheduler says', () => {
    const world = lab();
    world.ok('image.want', { versionId: VERSION, nodeIds: [NODE, NODE] }, scheduler);
    expect(world.state.tables.version.get(VERSION)?.wantedOn).toEqual([NODE]);
    world.refused('not_found', 'image.want', { versionId: VERSION, nodeIds: [id(99)] }, scheduler);
    world.refused('access.denied', 'image.want', { versionId: VERSION, nodeIds: [] }, agent);
  });
});

describe('decay', () => {
  test('S4 it never grows, halves with each half-life, and is the same however often it is asked', () => {
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
    const ms = fc.integer({ min: 0, max: 400 * 24 * HOUR });
    fc.assert(
      fc.property(amount, ms, ms, fc.integer({ min: 1, max: 8760 }), (left, a, b, halfLife) => {
        const [sooner, later] = [Math.min(a, b), Math.max(a, b)];
        const at = (time: number) => decayed(left, time, halfLife * HOUR);
        expect(at(later)).toBeLessThanOrEqual(at(sooner));
        expect(at(0)).toBe(left);
        expect(at(sooner)).toBe(at(sooner));
        expect(at(halfLife * HOUR)).toBe(left / 2);
        expect(at(sooner)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
