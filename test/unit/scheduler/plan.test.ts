/** The scheduler's plan on real state: who is placed, where, and what is over. */
import { beforeEach, describe, expect, test } from 'bun:test';
import { plan, queueOf, type Step } from '../../../src/scheduler/index.ts';
import type { Author } from '../../../src/state/index.ts';
import {
  CloudMachine,
  type CommandType,
  type Outcome,
  type Payload,
  vmState,
} from '../../../src/state/index.ts';

let machine: CloudMachine;
let index: number;
let now: number;

/** A ULID for tests: 26 characters that sort by number. */
const id = (n: number) => n.toString().padStart(26, '0');

function submit<T extends CommandType>(type: T, payload: Payload<T>, author: Author): Outcome {
  index += 1;
  const command = { id: id(1_000_000 + index), type, author, key: String(index), at: now, payload };
  return machine.apply({ index, term: 1, command });
}

const root = { kind: 'local', nodeId: id(1) } as const;
const master = { kind: 'scheduler', nodeId: id(1) } as const;

function carryOut(steps: Step[]): Outcome[] {
  return steps.map((step) => submit(step.type, step.payload, master));
}

function addNode(n: number, cores: number, ramMiB: number): void {
  const capacity = { cores, ramMiB, storageGiB: 1000, tempGiB: 1000 };
  const facts = {
    name: `pc-${n}`,
    address: '127.0.0.1',
    version: '1',
    capacity,
    accel: 'tcg',
    hostProblem: null,
  } as const;
  expect(submit('node.register', facts, { kind: 'node', nodeId: id(n) })).toMatchObject({ ok: true });
}

function createVm(n: number, hours = 1): Outcome {
  return submit(
    'vm.create',
    {
      id: id(n),
      imageId: id(50),
      sizeId: id(60),
      hours,
      courseId: null,
      persistent: true,
      sshKeys: [],
      pinnedNodeId: null,
    },
    root,
  );
}

function nodesOf(...vms: number[]): (string | undefined)[] {
  return vms.map((n) => machine.state.tables.vm.get(id(n))?.placement?.nodeId);
}

beforeEach(() => {
  machine = new CloudMachine();
  index = 0;
  now = 1_000_000;
  const admin = { id: id(40), name: 'admin', passwordHash: '$argon2id$x' };
  const sizes = [{ id: id(60), name: 'small', vcpus: 1, ramMiB: 1024, osDiskGiB: 5, dataDiskGiB: 3 }];
  submit('cloud.create', { id: id(30), name: 'lab', admin, sizes }, root);
  addNode(1, 4, 4096);
  submit('image.begin_import', { id: id(50), name: 'demo', os: 'linux', shared: true, nodeId: id(1) }, root);
  const facts = {
    manifestHash: 'a'.repeat(64),
    kind: 'disk',
    virtualBytes: 2 ** 27,
    storedBytes: 1,
    chunks: 1,
  } as const;
  submit('image.finish_import', { id: id(50), versionId: id(51), ...facts }, { kind: 'node', nodeId: id(1) });
});

describe('placing', () => {
  test('P3 a request goes to a node with enough resources, at once', () => {
    expect(createVm(100)).toMatchObject({ ok: true });
    expect(carryOut(plan(machine.state, new Map(), now))).toMatchObject([{ ok: true }]);
    expect(nodesOf(100)).toEqual([id(1)]);
    expect(plan(machine.state, new Map(), now)).toEqual([]);
  });

  test('P5 S12 a request that fits nowhere now waits, and is told what is short', () => {
    for (let n = 100; n < 105; n++) expect(createVm(n)).toMatchObject({ ok: true });
    carryOut(plan(machine.state, new Map(), now));
    expect(nodesOf(103, 104)).toEqual([id(1), undefined]);
    expect(queueOf(machine.state, new Map(), now).entries).toMatchObject([
      {
        vmId: id(104),
        position: 1,
        expectedStart: now + 3_600_000,
        short: { code: 'capacity.ram', data: { asked: 1024, free: 0, largest: 4096 } },
        blockedBy: null,
      },
    ]);
  });

  test('GF33 no PC that hosts: said so with the reason', () => {
    const facts = machine.state.tables.node.get(id(1));
    if (!facts) throw new Error('no node');
    const { name, address, version, capacity } = facts;
    const hostProblem = { code: 'hypervisor.libvirt_missing', data: {} };
    submit(
      'node.register',
      { name, address, version, capacity, accel: 'none', hostProblem },
      { kind: 'node', nodeId: id(1) },
    );
    expect(createVm(100)).toMatchObject({
      ok: false,
      code: 'capacity.no_host',
      data: { nodes: 1, reasons: ['hypervisor.libvirt_missing'] },
    });
  });

  test('a request in the first seconds of a PC waits until it knows how it hosts', () => {
    const facts = machine.state.tables.node.get(id(1));
    if (!facts) throw new Error('no node');
    const { name, address, version, capacity } = facts;
    const known = { name, address, version, capacity, accel: 'tcg' } as const;
    const node = { kind: 'node', nodeId: id(1) } as const;
    submit('node.register', { ...known, hostProblem: { code: 'node.host_starting', data: {} } }, node);
    expect(createVm(100)).toMatchObject({ ok: true });
    expect(plan(machine.state, new Map(), now)).toEqual([]);
    submit('node.register', { ...known, hostProblem: null }, node);
    expect(plan(machine.state, new Map(), now)).toMatchObject([{ type: 'vm.place' }]);
  });

  test('S10 a burst of 20 over 5 equal nodes lands 4 each, the 21st waits', () => {
    for (let n = 2; n <= 5; n++) addNode(n, 4, 4096);
    for (let n = 100; n < 120; n++) expect(createVm(n)).toMatchObject({ ok: true });
    carryOut(plan(machine.state, new Map(), now));
    const counts = [1, 2, 3, 4, 5].map((n) => machine.state.tables.vm.countBy('compute', id(n)));
    expect(counts).toEqual([4, 4, 4, 4, 4]);
    createVm(120);
    expect(plan(machine.state, new Map(), now)).toEqual([]);
    expect(nodesOf(120)).toEqual([undefined]);
  });

  test('requests that were all taken before any was placed do not over-commit: the rest waits', () => {
    for (let n = 100; n < 106; n++) expect(createVm(n)).toMatchObject({ ok: true });
    carryOut(plan(machine.state, new Map(), now));
    expect(nodesOf(100, 103, 104, 105)).toEqual([id(1), id(1), undefined, undefined]);
  });

  test('a stale plan cannot over-commit: the log checks again', () => {
    for (let n = 100; n < 105; n++) createVm(n);
    const stale = Array.from({ length: 5 }, (_, n): Step => {
      return { type: 'vm.place', payload: { id: id(100 + n), nodeId: id(1), epoch: 1 } };
    });
    expect(carryOut(stale).map((outcome) => outcome.ok)).toEqual([true, true, true, true, false]);
  });

  test('S10 a start that is stopped before its node has spoken keeps its place until the node has', () => {
    for (let n = 100; n < 104; n++) createVm(n);
    carryOut(plan(machine.state, new Map(), now));
    submit('vm.stop', { id: id(100), force: true }, root);
    createVm(104);
    expect(plan(machine.state, new Map(), now)).toEqual([]);
    const seen = { id: id(100), epoch: 1, state: 'stopped', cause: null, ip: null, restartSeq: 0 } as const;
    submit('vm.observe', seen, { kind: 'node', nodeId: id(1) });
    expect(plan(machine.state, new Map(), now)).toMatchObject([{ type: 'vm.place' }]);
  });

  test('equal penalties go to the lower node id', () => {
    addNode(2, 4, 4096);
    createVm(100);
    createVm(101);
    carryOut(plan(machine.state, new Map(), now));
    expect(nodesOf(100, 101)).toEqual([id(1), id(2)]);
  });
});

describe('what is over', () => {
  test('a lease that ended suspends its VM and tells its owner', () => {
    createVm(100, 2);
    carryOut(plan(machine.state, new Map(), now));
    const seen = { id: id(100), epoch: 1, state: 'running', cause: null, ip: null, restartSeq: 0 } as const;
    submit('vm.observe', seen, { kind: 'node', nodeId: id(1) });
    const ends = () => plan(machine.state, new Map(), now).filter(({ type }) => type === 'vm.expire_lease');
    now += 2 * 3_600_000 - 1;
    expect(ends()).toEqual([]);
    now += 1;
    expect(carryOut(ends())).toMatchObject([{ ok: true }]);
    expect(machine.state.tables.vm.get(id(100))?.desired).toBe('suspended');
    expect(machine.state.tables.notification.by('user', id(40)).map((one) => one.code)).toContain(
      'vm.lease_ended',
    );
  });

  test('GF32 a start that takes too long ends as failed, and is not wanted any more', () => {
    createVm(100);
    carryOut(plan(machine.state, new Map(), now));
    now += 180_000;
    carryOut(plan(machine.state, new Map(), now));
    const operation = machine.state.tables.operation.by('target', id(100))[0];
    expect(operation).toMatchObject({
      state: 'failed',
      error: { code: 'operation.timed_out', data: { seconds: 180 } },
    });
    expect(machine.state.tables.vm.get(id(100))?.desired).toBe('stopped');
  });
});

function see(n: number, state: 'running' | 'suspended' | 'stopped'): void {
  const vm = machine.state.tables.vm.get(id(n));
  const placement = vm?.placement;
  if (!placement) throw new Error('no place');
  const seen = { id: id(n), epoch: placement.epoch, state, cause: null, ip: null, restartSeq: 0 } as const;
  expect(submit('vm.observe', seen, { kind: 'node', nodeId: placement.nodeId })).toMatchObject({ ok: true });
}

function runVm(n: number): void {
  createVm(n, 5);
  carryOut(plan(machine.state, new Map(), now));
  see(n, 'running');
}

/** Plans and carries out until nothing is left; every step must be taken. */
function settle(): string[] {
  const done: string[] = [];
  for (let round = 0; round < 10; round++) {
    const steps = plan(machine.state, new Map(), now);
    if (steps.length === 0) return done;
    for (const outcome of carryOut(steps)) expect(outcome).toMatchObject({ ok: true });
    done.push(...steps.map((step) => step.type));
  }
  throw new Error(`the plan does not come to rest: ${done.join(' ')}`);
}

const nodeState = (n: number) => machine.state.tables.node.get(id(n))?.state;
const stateOf = (n: number) => {
  const vm = machine.state.tables.vm.get(id(n));
  return vm && vmState(vm);
};

describe('emptying', () => {
  test('N8 a drain suspends at once, is done when nothing computes there, and its VMs resume after it', () => {
    runVm(100);
    submit('node.drain', { id: id(1), how: 'move', deadlineMs: 60_000 }, root);
    expect(settle()).toEqual(['vm.hold']);
    expect([stateOf(100), nodeState(1)]).toEqual(['suspending', 'draining']);
    see(100, 'suspended');
    expect(settle()).toEqual(['node.drained']);
    submit('node.undrain', { id: id(1) }, root);
    expect(settle()).toEqual(['vm.release', 'vm.place']);
    expect([stateOf(100), nodesOf(100)]).toEqual(['resuming', [id(1)]]);
  });

  test('N8 a drain that waits suspends at its deadline, not before', () => {
    runVm(100);
    submit('node.drain', { id: id(1), how: 'wait', deadlineMs: 60_000 }, root);
    now += 59_999;
    expect(settle()).toEqual([]);
    now += 1;
    expect(settle()).toEqual(['vm.hold']);
  });

  test('N8 at the moment at which a lease ends too, only one of the two is asked of the VM', () => {
    runVm(100);
    const endsAt = machine.state.tables.vm.get(id(100))?.leaseEndsAt ?? 0;
    submit('node.drain', { id: id(1), how: 'wait', deadlineMs: endsAt - now }, root);
    now = endsAt;
    expect(settle().filter((type) => type === 'vm.expire_lease' || type === 'vm.hold')).toEqual([
      'vm.expire_lease',
    ]);
  });

  test('N8 a drain that waits is done as soon as the last VM has stopped', () => {
    runVm(100);
    submit('node.drain', { id: id(1), how: 'wait', deadlineMs: 60_000 }, root);
    submit('vm.stop', { id: id(100), force: true }, root);
    see(100, 'stopped');
    expect(settle()).toEqual(['node.drained']);
  });

  test('N8 an undrain before the VM was suspended lets it run on in its place', () => {
    runVm(100);
    submit('node.drain', { id: id(1), how: 'suspend', deadlineMs: 0 }, root);
    settle();
    submit('node.undrain', { id: id(1) }, root);
    expect(settle()).toEqual(['vm.release']);
    expect([stateOf(100), machine.state.tables.vm.get(id(100))?.epoch]).toEqual(['running', 1]);
  });

  test('N8 nothing is placed on a PC that is emptied or out of reach', () => {
    addNode(2, 4, 4096);
    submit('node.drain', { id: id(1), how: 'suspend', deadlineMs: 0 }, root);
    createVm(100);
    settle();
    expect(nodesOf(100)).toEqual([id(2)]);
    createVm(101);
    submit('node.reach', { id: id(2), state: 'unreachable' }, master);
    expect(settle()).toEqual([]);
    expect(stateOf(101)).toBe('waiting');
  });

  test('N5 a PC out of reach for longer than the setting is lost', () => {
    submit('node.reach', { id: id(1), state: 'unreachable' }, master);
    now += 119_999;
    expect(settle()).toEqual([]);
    now += 1;
    expect(settle()).toEqual(['node.reach']);
    expect(machine.state.tables.node.get(id(1))?.reach.state).toBe('lost');
  });

  test('G13 N15 a cloud stopped now suspends all, is off when nothing runs, and resumes at its start', () => {
    addNode(2, 4, 4096);
    runVm(100);
    runVm(101);
    submit('cloud.shutdown', { waitMs: 0 }, root);
    expect(settle()).toEqual(['vm.hold', 'vm.hold']);
    see(100, 'suspended');
    expect(settle()).toEqual([]);
    see(101, 'suspended');
    expect(settle()).toEqual(['cloud.powered_off']);
    submit('cloud.startup', {}, root);
    expect(settle()).toEqual(['vm.release', 'vm.release', 'vm.place', 'vm.place']);
    expect([stateOf(100), stateOf(101)]).toEqual(['resuming', 'resuming']);
  });

  test('N15 a cloud that waits suspends at its deadline; a stop can be taken back', () => {
    runVm(100);
    submit('cloud.shutdown', { waitMs: 60_000 }, root);
    expect(settle()).toEqual([]);
    now += 60_000;
    expect(settle()).toEqual(['vm.hold']);
    submit('cloud.startup', {}, root);
    expect(settle()).toEqual(['vm.release']);
    expect(stateOf(100)).toBe('running');
  });
});
