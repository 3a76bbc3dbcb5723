import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Author, type CommandType, LabmeshError } from '../../../src/state/index.ts';
import {
  ADMIN,
  agent,
  as,
  COURSE,
  checkInvariants,
  checkRoom,
  checkSnapshot,
  HASH,
  IMAGE,
  lab,
  local,
  OTHER,
  SIZE,
  STUDENT,
  scheduler,
  start,
  TEACHER,
  type World,
} from './world.ts';

/** One step: which command, who gives it, and two small numbers that choose among what exists. */
const stepArb = fc.record({
  what: fc.constantFrom(
    'create',
    'create',
    'create',
    'place',
    'place',
    'observe',
    'observe',
    'place',
    'observe',
    'start',
    'stop',
    'suspend',
    'reboot',
    'remove',
    'rename',
    'renew',
    'expire',
    'lease',
    'enrol',
    'unenrol',
    'places',
    'add',
    'drop',
    'demote',
    'setting',
    'image',
    'later',
  ),
  who: fc.constantFrom(local, as(ADMIN), as(TEACHER), as(STUDENT), as(OTHER)),
  n: fc.nat(7),
  m: fc.nat(10),
});
type Step = typeof stepArb extends fc.Arbitrary<infer T> ? T : never;

const SEEN = [
  'absent',
  'fetching',
  'starting',
  'running',
  'suspending',
  'suspended',
  'resuming',
  'stopping',
  'stopped',
  'failed',
  'deleted',
];
const PEOPLE = [STUDENT, OTHER, TEACHER, ADMIN];

function commandOf(world: World, { what, who, n, m }: Step): [CommandType, object, Author] | null {
  const { tables } = world.state;
  const vms = tables.vm.all();
  const vm = vms[n % Math.max(1, vms.length)];
  const operation = tables.operation.by('state', 'running')[0];
  const user = PEOPLE[n % PEOPLE.length] ?? STUDENT;
  switch (what) {
    case 'create':
      return [
        'vm.create',
        start(world, {
          name: m < 3 ? `web ${m}` : undefined,
          hours: (m % 7) + 1 - 1,
          persistent: n % 2 === 0,
        }),
        who,
      ];
    case 'enrol':
      return ['course.enrol', { id: COURSE, userIds: [user, OTHER] }, who];
    case 'unenrol':
      return ['course.unenrol', { id: COURSE, userIds: [user] }, who];
    case 'places':
      return ['course.update', { id: COURSE, places: n + 1 }, who];
    case 'add':
      return [
        'user.add',
        {
          id: world.newId(),
          name: `u${n}`,
          fullName: '',
          role: 'student',
          passwordHash: HASH,
          mustChangePassword: true,
        },
        who,
      ];
    case 'drop':
      return ['user.remove', { id: user }, who];
    case 'demote':
      return ['user.update', { id: ADMIN, role: 'teacher' }, who];
    case 'setting':
      return ['setting.set', { key: 'scheduler.cpu_excess', value: 0.2 + n / 10 }, who];
    case 'image':
      return ['image.remove', { id: IMAGE }, who];
    case 'expire':
      return operation ? ['operation.expire', { id: operation.id }, scheduler] : null;
    case 'later':
      world.now += m * 600_000 - 60_000; // at times a clock is set back
      return null;
  }
  if (!vm) return null;
  const { id } = vm;
  switch (what) {
    case 'place':
      return [
        'vm.place',
        { id, nodeId: tables.node.all()[0]?.id ?? '', epoch: vm.epoch + 1 - (m === 9 ? 1 : 0) || 1 },
        scheduler,
      ];
    case 'observe':
      return [
        'vm.observe',
        {
          id,
          epoch: Math.max(1, vm.epoch - (m === 9 ? 1 : 0)),
          state: n > 4 ? 'running' : (SEEN[m] ?? 'running'),
          cause: null,
          ip: null,
          restartSeq: vm.restart.seq,
        },
        agent,
      ];
    case 'lease':
      return ['vm.expire_lease', { id }, scheduler];
    case 'rename':
      return ['vm.rename', { id, name: `Web ${m % 3}` }, who];
    case 'renew':
      return ['vm.renew', { id, hours: (m % 5) + 1 }, who];
    case 'start':
      return ['vm.start', { id }, who];
    case 'stop':
      return ['vm.stop', { id, force: m % 2 === 0 }, who];
    case 'reboot':
      return ['vm.reboot', { id, force: m % 2 === 0 }, who];
    case 'suspend':
      return ['vm.suspend', { id }, who];
    default:
      return ['vm.remove', { id }, who];
  }
}

describe('any sequence of commands', () => {
  test('keeps the invariants; a refusal changes nothing; never a fault; the snapshot is the state', () => {
    const covered = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(stepArb, { minLength: 60, maxLength: 160 }), (steps) => {
        const world = lab();
        world.ok('course.enrol', { id: COURSE, userIds: [OTHER] });
        for (const step of steps) {
          const command = commandOf(world, step);
          if (!command) continue;
          const before = world.facts();
          try {
            const outcome = world.do(...command);
            const code = outcome.ok ? 'ok' : outcome.code;
            covered.set(`${command[0]} ${code}`, (covered.get(`${command[0]} ${code}`) ?? 0) + 1);
            expect(code).not.toBe('command.fault');
            if (outcome.ok && command[0] === 'vm.place') checkRoom(world);
            if (!outcome.ok) expect(world.facts()).toBe(before);
          } catch (error) {
            if (!(error instanceof LabmeshError)) throw error; // the door's own refusal
          }
          checkInvariants(world);
        }
        checkSnapshot(world);
      }),
      { numRuns: 120, includeErrorInReport: true },
    );
    // The generator must reach what it is for.
    for (const reached of [
      'vm.create ok',
      'vm.place ok',
      'vm.observe ok',
      'vm.stop ok',
      'vm.remove ok',
      'course.enrol course.full',
      'vm.create quota.vms',
      'vm.create capacity.ram',
      'vm.place capacity.ram',
    ]) {
      expect([...covered.keys()]).toContain(reached);
    }
  });

  test('the same key is carried out once', () => {
    const world = lab();
    const payload = start(world);
    const first = world.do('vm.create', payload, as(STUDENT), 'once');
    const again = world.do('vm.create', { ...start(world) }, as(STUDENT), 'once');
    expect(again).toEqual(first);
    expect(world.state.tables.vm.size).toBe(1);
    expect(world.do('vm.create', start(world), as(TEACHER), 'once')).not.toEqual(first); // another author's key is another key
  });

  test('a size goes while VMs of it stay', () => {
    const world = lab();
    world.ok('vm.create', start(world), as(STUDENT));
    world.ok('size.remove', { id: SIZE });
    checkSnapshot(world);
  });
});
