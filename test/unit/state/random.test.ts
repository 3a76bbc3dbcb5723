import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Author, type CommandType, LabmeshError, type Vm } from '../../../src/state/index.ts';
import { facts, newcomer, nodeAgent, token } from './mesh.ts';
import {
  ADMIN,
  as,
  COURSE,
  checkInvariants,
  checkRoom,
  checkSaved,
  checkSnapshot,
  HASH,
  IMAGE,
  id,
  lab,
  local,
  NODE,
  OTHER,
  reservation,
  SIZE,
  STUDENT,
  scheduler,
  start,
  TEACHER,
  type World,
} from './world.ts';

/** What happens in a cloud of one PC, and what happens besides in one of several. */
const LABS = [
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
  'create',
  'place',
  'observe',
  'create',
  'place',
  'observe',
  'image',
  'later',
  'cancel',
  'preempt',
  'release',
  'many',
  'touch',
  'warn',
  'reclaim',
  'book',
  'reserve',
  'reserve',
  'begin',
  'end',
  'begin',
  'end',
  'begin',
  'end',
  'end',
  'unreserve',
] as const;
const MESH = [
  ...LABS,
  'token',
  'admit',
  'admit',
  'register',
  'reach',
  'reach',
  'vote',
  'share',
  'drain',
  'drain',
  'drain',
  'drained',
  'drained',
  'undrain',
  'drained',
  'retire',
  'hold',
  'shutdown',
  'startup',
  'startup',
  'off',
  'recovered',
] as const;

/** One step: which command, who gives it, and two small numbers that choose among what exists. */
const stepArb = (kinds: readonly (typeof MESH)[number][]) =>
  fc.record({
    what: fc.constantFrom(...kinds),
    who: fc.constantFrom(local, as(ADMIN), as(TEACHER), as(STUDENT), as(OTHER)),
    n: fc.nat(7),
    m: fc.nat(10),
  });
type Step = ReturnType<typeof stepArb> extends fc.Arbitrary<infer T> ? T : never;

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
  // What is on, or the oldest: few are begun and ended otherwise.
  const active = tables.reservation.by('state', 'active');
  const booked = active.find((one) => one.begun > one.ended) ?? active[0];
  const nodes = tables.node.all();
  const node = nodes[m % nodes.length];
  switch (what) {
    case 'token':
      return [
        'token.create',
        { id: id(3000 + n), verifier: 'v', label: '', ttlMs: 3_600_000, uses: m + 1, share: m === 3 },
        who,
      ];
    case 'admit':
      return [
        'node.admit',
        newcomer({
          tokenId: id(3000 + (n % 3)),
          nodeId: id(4000 + m),
          name: `pc-${m + 1}`,
          peerId: `Q${m}`,
          protocol: n,
        }),
        scheduler,
      ];
    case 'register':
      return ['node.register', facts(`pc-${n}`, { protocol: n + 1 }), nodeAgent(node?.id ?? '')];
    case 'reach':
      return [
        'node.reach',
        { id: node?.id, state: n < 4 ? 'up' : n < 6 ? 'unreachable' : 'lost' },
        scheduler,
      ];
    case 'vote':
      return ['node.vote', { id: node?.id, vote: n % 2 ? 'never' : 'always' }, who];
    case 'share':
      return ['node.configure', { id: node?.id, share: 100 - n * 5 }, who];
    case 'drain':
      return ['node.drain', { id: node?.id, how: n % 2 ? 'wait' : 'suspend', deadlineMs: n * 60_000 }, who];
    case 'undrain':
      return ['node.undrain', { id: node?.id }, who];
    case 'drained':
      return ['node.drained', { id: node?.id }, scheduler];
    case 'retire':
      return ['node.retire', { id: node?.id, force: n > 3 }, who];
    case 'shutdown':
      return ['cloud.shutdown', { waitMs: n * 60_000 }, who];
    case 'startup':
      return ['cloud.startup', {}, who];
    case 'off':
      return ['cloud.powered_off', {}, scheduler];
    case 'recovered':
      return n > 5 && m > 7 ? ['cloud.recovered', { missing: [node?.id] }, who] : null;
    case 'create':
      return [
        'vm.create',
        start(world, {
          name: m < 3 ? `web ${m}` : undefined,
          hours: (m % 7) + 1 - 1,
          persistent: n % 2 === 0,
          ...(n === 7 ? { preemptible: false } : {}),
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
    case 'reserve':
      return [
        'reservation.add',
        reservation(world, { inMs: n * 600_000, forCourse: m % 2 === 0, count: (m % 3) + 1 }),
        who,
      ];
    case 'begin':
      return booked
        ? [
            'reservation.begin',
            { id: booked.id, nth: booked.begun, vmIds: [world.newId(), world.newId(), world.newId()] },
            scheduler,
          ]
        : null;
    case 'end':
      if (booked && booked.begun > booked.ended && n % 2) world.now += booked.hours * 3_600_000;
      return booked ? ['reservation.end', { id: booked.id }, scheduler] : null;
    case 'unreserve':
      return booked && n > 5 ? ['reservation.remove', { id: booked.id }, who] : null;
    case 'many':
      return [
        'vm.place_many',
        {
          places: vms
            .slice(0, 4)
            .map((one) => ({ id: one.id, nodeId: one.homeNodeId ?? node?.id ?? '', epoch: one.epoch + 1 })),
        },
        scheduler,
      ];
    case 'later':
      world.now += m * 600_000 - 60_000; // at times a clock is set back
      return null;
  }
  if (!vm) return null;
  return vmCommandOf(world, vm, { what, who, n, m });
}

function vmCommandOf(world: World, vm: Vm, { what, who, n, m }: Step): [CommandType, object, Author] | null {
  const { id } = vm;
  const { tables } = world.state;
  const hosts = tables.node.all().filter((one) => one.state === 'ready');
  switch (what) {
    case 'hold':
      return ['vm.hold', { id, by: n % 2 ? 'drain' : 'shutdown' }, scheduler];
    case 'cancel':
      return ['request.cancel', { id }, who];
    case 'preempt':
      return ['vm.hold', { id, by: 'preempted', for: tables.vm.by('waiting', 'yes')[0]?.id }, scheduler];
    case 'touch':
      return ['vm.touch', { id, connected: m % 2 === 0 }, nodeAgent(vm.placement?.nodeId ?? NODE)];
    case 'warn':
      return ['vm.warn_lease', { id, minutes: m % 2 ? 5 : 15 }, scheduler];
    case 'reclaim':
      return ['vm.reclaim', { id, why: 'never_opened' }, scheduler];
    case 'book':
      return ['usage.book', { vmIds: [id] }, scheduler];
    case 'release':
      return ['vm.release', { id }, scheduler];
    case 'place':
      return [
        'vm.place',
        {
          id,
          nodeId: vm.homeNodeId ?? hosts[n % Math.max(1, hosts.length)]?.id ?? '',
          epoch: vm.epoch + 1 - (m === 9 ? 1 : 0) || 1,
        },
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
        nodeAgent(vm.placement?.nodeId ?? NODE),
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

/** Two more PCs, with a token that stays good for more. */
function addPcs(world: World): void {
  token(world, { id: id(3000), uses: 50, ttlMs: 30 * 24 * 3_600_000 });
  for (const n of [1, 2]) {
    const pc = { tokenId: id(3000), nodeId: id(4000 + n), name: `pc-${n + 1}`, peerId: `Q${n}` };
    world.ok('node.admit', newcomer(pc), scheduler);
    world.ok('node.register', facts(pc.name), nodeAgent(pc.nodeId));
  }
}

const GRANTS: ReadonlySet<string> = new Set(['vm.place', 'vm.place_many']);

/** Suspensions that are refused when the guest's memory does not fit; leases and drains must not wait for room. */
function isSaving([type, payload]: [CommandType, object, Author]): boolean {
  return type === 'vm.suspend' || (type === 'vm.hold' && 'by' in payload && payload.by === 'preempted');
}

describe('any sequence of commands', () => {
  test.each([
    [
      'labs',
      LABS,
      [
        'vm.create ok',
        'vm.place ok',
        'vm.observe ok',
        'vm.stop ok',
        'vm.remove ok',
        'course.enrol course.full',
        'vm.create quota.running',
        'vm.place capacity.ram',
        'request.cancel ok',
        'vm.hold ok',
        'vm.release ok',
        'vm.place_many ok',
        'vm.touch ok',
        'usage.book ok',
        'reservation.add ok',
        'reservation.add reservation.no_room',
        'reservation.begin ok',
        'reservation.end ok',
      ],
    ],
    [
      'several PCs',
      MESH,
      [
        'node.admit ok',
        'node.drain ok',
        'node.drained ok',
        'node.drained node.busy',
        'node.undrain ok',
        'node.retire ok',
        'node.reach ok',
        'vm.hold ok',
        'vm.release ok',
        'cloud.shutdown ok',
        'cloud.powered_off ok',
        'cloud.startup ok',
      ],
    ],
  ] as const)(
    '%s: keeps the invariants; a refusal changes nothing; never a fault; the snapshot is the state',
    (_name, kinds, reached) => {
      const covered = new Map<string, number>();
      fc.assert(
        fc.property(fc.array(stepArb(kinds), { minLength: 60, maxLength: 160 }), (steps) => {
          const world = lab();
          world.ok('course.enrol', { id: COURSE, userIds: [OTHER] });
          if (kinds === MESH) addPcs(world);
          let before = world.facts();
          for (const step of steps) {
            const command = commandOf(world, step);
            if (!command) continue;
            try {
              const outcome = world.do(...command);
              const code = outcome.ok ? 'ok' : outcome.code;
              covered.set(`${command[0]} ${code}`, (covered.get(`${command[0]} ${code}`) ?? 0) + 1);
              expect(code).not.toBe('command.fault');
              if (outcome.ok && GRANTS.has(command[0])) checkRoom(world);
              if (outcome.ok && isSaving(command)) checkSaved(world);
              const after = world.facts();
              if (!outcome.ok) expect(after).toBe(before);
              before = after;
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
      for (const one of reached) expect([...covered.keys()]).toContain(one);
    },
  );

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
