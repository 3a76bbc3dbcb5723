/** A cloud in memory for tests of the reducers: commands with made-up ids and times, and the invariants that must always hold. */
import { expect } from 'bun:test';
import {
  type Author,
  CloudMachine,
  type CommandType,
  checkPayload,
  enrolmentId,
  holdsCompute,
  isReserved,
  keepsMemory,
  limitsOf,
  nameKey,
  type Outcome,
  savedGiB,
  usedOn,
} from '../../../src/state/index.ts';

export const HASH = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA';
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The n-th id: sorts by n. */
export function id(n: number): string {
  let tail = '';
  for (let rest = n; tail.length < 10; rest = Math.floor(rest / 32))
    tail = (ALPHABET[rest % 32] ?? '0') + tail;
  return `01${'0'.repeat(14)}${tail}`;
}

export const NODE = id(1);
export const ADMIN = id(2);
export const TEACHER = id(3);
export const STUDENT = id(4);
export const OTHER = id(5);
export const IMAGE = id(6);
export const VERSION = id(7);
export const SIZE = id(8);
export const COURSE = id(9);

export const local: Author = { kind: 'local', nodeId: NODE };
export const agent: Author = { kind: 'node', nodeId: NODE };
export const scheduler: Author = { kind: 'scheduler', nodeId: NODE };
export const as = (userId: string): Author => ({ kind: 'user', id: userId, from: '10.0.0.9' });

export class World {
  readonly machine = new CloudMachine();
  #next = 1000;
  now = 1_000_000;

  get state() {
    return this.machine.state;
  }

  newId(): string {
    this.#next += 1;
    return id(this.#next);
  }

  /** Through the door and into the log. @throws LabmeshError `payload.invalid` */
  do(type: CommandType, payload: unknown, author: Author = local, key?: string): Outcome {
    const command = { id: this.newId(), type, author, at: this.now, payload: checkPayload(type, payload) };
    return this.machine.apply({
      index: this.#next,
      term: 1,
      command: { ...command, key: key ?? command.id },
    });
  }

  /** As `do`; the command must be carried out. */
  ok(type: CommandType, payload: unknown, author: Author = local): Extract<Outcome, { ok: true }> {
    const outcome = this.do(type, payload, author);
    if (!outcome.ok) throw new Error(`${type}: ${outcome.code} ${JSON.stringify(outcome.data)}`);
    return outcome;
  }

  /** The command must be refused with this code and change nothing but the audit log. */
  refused(code: string, type: CommandType, payload: unknown, author: Author = local): void {
    const before = this.facts();
    const outcome = this.do(type, payload, author);
    expect(outcome).toMatchObject({ ok: false, code });
    expect(this.facts()).toBe(before);
  }

  /** Everything agreed on, as text, without the audit log and the list of recent outcomes. */
  facts(): string {
    const records = [...this.machine.snapshot()];
    return JSON.stringify(
      records.filter(({ kind }) => kind !== 'audit' && kind !== 'recent' && kind !== 'meta'),
    );
  }
}

/** One PC of 4 cores and 4 GB, a teacher with a course of two places, two students, an image of 2 GB. */
export function lab(): World {
  const world = new World();
  const size = { id: SIZE, name: 'Small', vcpus: 1, ramMiB: 1024, osDiskGiB: 5, dataDiskGiB: 3 };
  world.ok('cloud.create', {
    id: id(10),
    name: 'Lab',
    admin: { id: ADMIN, name: 'admin', passwordHash: HASH },
    sizes: [size],
  });
  registerNode(world, {});
  for (const [userId, name, role] of [
    [TEACHER, 'teresa', 'teacher'],
    [STUDENT, 'ana', 'student'],
    [OTHER, 'luis', 'student'],
  ]) {
    world.ok('user.add', {
      id: userId,
      name,
      fullName: '',
      role,
      passwordHash: HASH,
      mustChangePassword: false,
    });
  }
  world.ok(
    'image.begin_import',
    { id: IMAGE, name: 'demo', os: 'linux', shared: true, nodeId: NODE },
    as(TEACHER),
  );
  const facts = {
    manifestHash: 'a'.repeat(64),
    kind: 'disk',
    virtualBytes: 2 * 2 ** 30,
    storedBytes: 5,
    chunks: 1,
  };
  world.ok('image.finish_import', { id: IMAGE, versionId: VERSION, ...facts }, agent);
  world.ok('course.add', { id: COURSE, name: 'Networks', places: 2, teacherIds: [TEACHER] });
  world.ok('course.link', { id: COURSE, imageId: IMAGE }, as(TEACHER));
  world.ok('course.enrol', { id: COURSE, userIds: [STUDENT] }, as(TEACHER));
  return world;
}

export function registerNode(world: World, change: object): void {
  const capacity = { cores: 4, ramMiB: 4096, storageGiB: 100, tempGiB: 50 };
  const facts = {
    name: 'pc-1',
    address: 'pc-1',
    version: '0.1.0',
    capacity,
    accel: 'tcg',
    hostProblem: null,
  };
  world.ok('node.register', { ...facts, ...change }, agent);
}

/** The payload of a start by this person. */
export function start(world: World, change: object = {}) {
  const base = {
    id: world.newId(),
    imageId: IMAGE,
    sizeId: SIZE,
    hours: 2,
    courseId: null,
    persistent: true,
    sshKeys: [],
  };
  return { ...base, pinnedNodeId: null, ...change };
}

/** The payload of a reservation; by default one for the author, an hour from now, for two hours. */
export function reservation(
  world: World,
  {
    inMs = 3_600_000,
    forCourse = false,
    ...change
  }: { inMs?: number; forCourse?: boolean; [key: string]: unknown } = {},
) {
  const at = world.now + inMs;
  const base = {
    id: world.newId(),
    courseId: forCourse ? COURSE : null,
    imageId: IMAGE,
    sizeId: SIZE,
    hours: 2,
  };
  const local = new Date(at).toISOString().slice(0, 16);
  return { ...base, count: 1, local, zone: 'UTC', starts: [at], ...change };
}

/** A VM that runs. */
export function running(world: World, author: Author = as(STUDENT), change: object = {}): string {
  const payload = start(world, change);
  world.ok('vm.create', payload, author);
  place(world, payload.id);
  observe(world, payload.id, 'running');
  return payload.id;
}

export function place(world: World, vmId: string): void {
  const vm = world.state.tables.vm.get(vmId);
  world.ok('vm.place', { id: vmId, nodeId: NODE, epoch: (vm?.epoch ?? 0) + 1 }, scheduler);
}

export function observe(world: World, vmId: string, state: string, change: object = {}): Outcome {
  const vm = world.state.tables.vm.get(vmId);
  const seen = {
    id: vmId,
    epoch: vm?.epoch ?? 1,
    state,
    cause: null,
    ip: null,
    restartSeq: vm?.restart.seq ?? 0,
  };
  return world.do('vm.observe', { ...seen, ...change }, agent);
}

/** What must hold after a place was granted: a node's own word may later show more, a grant never does (S10). */
export function checkRoom(world: World): void {
  const { tables } = world.state;
  for (const node of tables.node.all()) {
    const used = usedOn(world.state, node.id);
    const limits = limitsOf(world.state, node);
    const saved = tables.vm.by('disk', node.id).filter(keepsMemory);
    // The end of a lease does not wait for disk: what was saved for it may exceed what the PC gives.
    const forced = {
      vcpus: 0,
      ramMiB: 0,
      storageGiB: 0,
      tempGiB: saved.reduce((sum, vm) => sum + savedGiB(vm), 0),
    };
    for (const key of ['vcpus', 'ramMiB', 'storageGiB', 'tempGiB'] as const) {
      expect(used[key]).toBeGreaterThanOrEqual(0);
      expect(used[key] - forced[key]).toBeLessThanOrEqual(limits[key] + 1e-9);
    }
  }
}

/** What must hold after a suspension that could have been refused: with all that is saved, nothing is beyond what a PC gives. */
export function checkSaved(world: World): void {
  const over = world.state.tables.node.all().filter((node) => {
    return usedOn(world.state, node.id).tempGiB > limitsOf(world.state, node).tempGiB;
  });
  // A PC that is over by what it was forced to save takes no more of it: whoever was just suspended is not on it.
  for (const node of over) {
    const last = world.state.tables.vm
      .by('disk', node.id)
      .filter((vm) => vm.held?.by === 'preempted' && vm.held.since === world.state.now);
    expect(last).toEqual([]);
  }
}

/** What must hold after any command whatever. */
export function checkInvariants(world: World): void {
  const { tables } = world.state;
  for (const kind of ['user', 'course', 'image', 'size'] as const) {
    const names = tables[kind].all().map((one) => nameKey(one.name));
    expect(new Set(names).size).toBe(names.length);
  }
  const owned = tables.vm.all().map((vm) => `${vm.ownerId} ${nameKey(vm.name)}`);
  expect(new Set(owned).size).toBe(owned.length);
  const busy = tables.operation.by('state', 'running').map((one) => one.target.id);
  expect(new Set(busy).size).toBe(busy.length);
  for (const course of tables.course.all()) {
    expect(tables.enrolment.countBy('course', course.id)).toBeLessThanOrEqual(course.places);
  }
  for (const one of tables.enrolment.all()) {
    expect(one.id).toBe(enrolmentId(one.courseId, one.userId));
    expect(tables.user.get(one.userId)?.role).toBeDefined();
    expect(tables.course.get(one.courseId)).toBeDefined();
  }
  const nodes = tables.node.all();
  const inUse = nodes.filter((node) => node.state !== 'retired');
  expect(inUse.length).toBeGreaterThan(0);
  expect(new Set(inUse.map((node) => nameKey(node.name))).size).toBe(inUse.length);
  expect(new Set(nodes.map((node) => node.subnet)).size).toBe(nodes.length);
  for (const node of inUse) {
    expect(node.drain !== null).toBe(node.state === 'draining' || node.state === 'drained');
    expect(node.protocol).toBeGreaterThanOrEqual(world.state.cloud?.level ?? 1);
  }
  for (const vm of tables.vm.all()) {
    if (vm.held) expect(vm.desired).toBe('running');
    expect(vm.runningSince !== null).toBe(holdsCompute(vm));
    if (isReserved(vm)) expect(tables.reservation.get(vm.reservationId ?? '')?.vmIds).toContain(vm.id);
    if (!vm.placement) continue;
    expect(vm.outOfReach).toBe(tables.node.get(vm.placement.nodeId)?.reach.state !== 'up');
  }
  for (const one of tables.token.all()) expect(one.usedBy.length).toBeLessThanOrEqual(one.maxUses);
  expect(tables.user.countBy('role', 'admin')).toBeGreaterThan(0);
}

/** A restored snapshot is the same state, with the same indexes. */
export function checkSnapshot(world: World): void {
  const records = JSON.parse(JSON.stringify([...world.machine.snapshot()]));
  const copy = new CloudMachine();
  copy.restore(records);
  expect([...copy.snapshot()]).toEqual([...world.machine.snapshot()]);
  for (const vm of world.state.tables.vm.all()) {
    for (const [index, key] of [
      ['owner', vm.ownerId],
      ['disk', vm.homeNodeId],
      ['compute', vm.placement?.nodeId],
    ] as const) {
      if (key)
        expect(copy.state.tables.vm.idsBy(index, key)).toEqual(world.state.tables.vm.idsBy(index, key));
    }
  }
}
