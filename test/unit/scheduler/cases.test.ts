/** Cases by name: preemption, backfill, reservations, deploy count, reasons (CASES.md; S2, S3, S5-S7, S10, S11, S16). */
import { describe, expect, test } from 'bun:test';
import {
  batched,
  deployCount,
  dryRun,
  explain,
  forecast,
  priorityOf,
  queueOf,
  type Step,
} from '../../../src/scheduler/index.ts';
import { IMAGE, id, TEACHER, VERSION } from '../state/world.ts';
import { BIG, HOUR, MINUTE, nodeAt, STUDENTS, TestCloud } from './cloud.ts';

const none = new Map();
const GB = 1024;

/** A cloud of one PC with four small VMs running, asked for one after another. */
function fullPc(change: object = {}, settings = {}): { cloud: TestCloud; ids: string[] } {
  const cloud = new TestCloud(1, settings);
  const ids = [0, 1, 2, 3].map((n) => {
    cloud.world.now += MINUTE;
    const vmId = cloud.ask({ ownerId: STUDENTS[n], ...change });
    cloud.settle();
    cloud.agents();
    return vmId;
  });
  cloud.world.now += MINUTE;
  return { cloud, ids };
}

describe('S10 S11 the balancer', () => {
  function nodesAB(): TestCloud {
    const cloud = new TestCloud(0);
    cloud.addPc(0, { cores: 4, ramMiB: 4 * GB, storageGiB: 1000, tempGiB: 100 });
    cloud.addPc(1, { cores: 8, ramMiB: 16 * GB, storageGiB: 500, tempGiB: 50 });
    // What is in use of the disks: 100 of 1000 and 0 of 100 on A, 250 of 500 and 12 of 50 on B.
    for (const [n, size] of [
      [0, { vcpus: 1, ramMiB: GB, osDiskGiB: 100, dataDiskGiB: 0 }],
      [1, { vcpus: 4, ramMiB: 4 * GB, osDiskGiB: 250, dataDiskGiB: 12 }],
    ] as const) {
      cloud.world.ok('size.set', { id: id(95 + n), name: `use ${n}`, ...size });
      cloud.ask({ sizeId: id(95 + n), pinnedNodeId: nodeAt(n) });
    }
    cloud.settle();
    return cloud;
  }
  const small = { vcpus: 1, ramMiB: GB, osDiskGiB: 5, dataDiskGiB: 3 };
  const big = { vcpus: 4, ramMiB: 3 * GB, osDiskGiB: 40, dataDiskGiB: 16 };
  const deployed = (target: number, size = small) => {
    const found = deployCount(nodesAB().state, size, target);
    return 'code' in found ? found : found.map(({ nodeId, copies }) => [nodeId, copies]);
  };

  test('GF17 deploy: target 3 on A, 5 on A and B, 13 refused with what there is', () => {
    expect(deployed(3)).toEqual([[nodeAt(0), 3]]);
    expect(deployed(5)).toEqual([
      [nodeAt(0), 4],
      [nodeAt(1), 1],
    ]);
    expect(deployed(13)).toEqual({ code: 'deploy.too_few', data: { target: 13, copies: 12 } });
  });

  test('deploy of a big one: target 3 on B first, then A', () => {
    expect(deployed(3, big)).toEqual([
      [nodeAt(1), 2],
      [nodeAt(0), 1],
    ]);
  });

  test.each([
    [2, 2],
    [4, 4],
    [5, 6],
    [6, 7],
    [8, 9],
    [10, 12],
  ])('admission by CPU alone at an excess of 0.2: %d cores take %d', (cores, most) => {
    const cloud = new TestCloud(0);
    cloud.addPc(0, { cores, ramMiB: 64 * GB, storageGiB: 1000, tempGiB: 1000 });
    for (let n = 0; n < 14; n++) cloud.ask();
    cloud.settle();
    expect(cloud.state.tables.vm.countBy('compute', nodeAt(0))).toBe(most);
  });

  test.each([
    [0.5, 'starts at once'],
    [0, 'waits'],
  ])(
    'S9 small ones leave the last places for the largest size: with a weight of %p a large one %s',
    (weight, what) => {
      const cloud = new TestCloud(10, { 'scheduler.large_room': weight });
      const whole = { vcpus: 4, ramMiB: 4 * GB, osDiskGiB: 5, dataDiskGiB: 3 };
      cloud.world.ok('size.set', { id: BIG, name: 'A whole PC', ...whole });
      for (let n = 0; n < 12; n++) cloud.ask({ ownerId: STUDENTS[n % STUDENTS.length] });
      cloud.settle();
      cloud.agents();
      const large = cloud.ask({ sizeId: BIG });
      cloud.settle();
      expect(cloud.nodeOf(large) === null ? 'waits' : 'starts at once').toBe(what);
      // Of twelve on ten PCs: eight alone, as there is room, and then beside others.
      const beside = cloud.state.tables.node
        .all()
        .map(({ id }) => cloud.state.tables.vm.countBy('compute', id));
      expect(Math.max(...beside)).toBeLessThan(4);
    },
  );

  test('places in a row become entries of at most 256', () => {
    const places = Array.from({ length: 300 }, (_, n): Step => {
      return { type: 'vm.place', payload: { id: id(n), nodeId: nodeAt(0), epoch: 1 } };
    });
    const put = batched([...places, { type: 'vm.release', payload: { id: id(1) } }, ...places.slice(0, 1)]);
    expect(put.map(({ type }) => type)).toEqual(['vm.place_many', 'vm.place_many', 'vm.release', 'vm.place']);
  });
});

describe('S2 making way', () => {
  test('a better claim takes the place of one, which resumes by itself on its PC when room returns', () => {
    const { cloud, ids } = fullPc({ batch: true });
    const better = cloud.ask({ ownerId: id(2), hours: 1 });
    expect(cloud.settle()).toEqual(['vm.hold']);
    const given = ids.filter((vmId) => cloud.vm(vmId).held?.for === better);
    expect(given).toHaveLength(1);
    expect(cloud.nodeOf(better)).toBeNull(); // not before the memory is saved
    cloud.agents();
    expect(cloud.settle()).toEqual(['vm.place']);
    expect(cloud.stateOf(given[0] ?? '')).toBe('suspended');
    cloud.agents();
    cloud.world.ok('vm.stop', { id: better, force: true });
    cloud.agents();
    expect(cloud.settle()).toEqual(['vm.release', 'vm.place']);
    expect(cloud.nodeOf(given[0] ?? '')).toBe(nodeAt(0));
  });

  test('when the PC on which way was made is lost, way is made on another, once', () => {
    const cloud = new TestCloud(2);
    for (let n = 0; n < 8; n++) {
      cloud.world.now += MINUTE;
      cloud.ask({ ownerId: STUDENTS[n % STUDENTS.length], batch: true });
      cloud.settle();
      cloud.agents();
    }
    cloud.world.now += MINUTE;
    const better = cloud.ask({ ownerId: id(2) });
    expect(cloud.settle()).toEqual(['vm.hold']);
    const made = () => cloud.state.tables.vm.by('held', 'yes').filter((vm) => vm.held?.for === better);
    const nodeId = made()[0]?.placement?.nodeId ?? '';
    cloud.world.ok('node.reach', { id: nodeId, state: 'unreachable' }, { kind: 'scheduler', nodeId });
    expect(cloud.settle()).toEqual(['vm.hold']);
    expect(new Set(made().map((vm) => vm.placement?.nodeId))).toEqual(new Set([nodeAt(0), nodeAt(1)]));
    cloud.agents();
    cloud.settle();
    expect(cloud.nodeOf(better)).toBe(nodeId === nodeAt(0) ? nodeAt(1) : nodeAt(0));
  });

  test('S4 past use orders those who wait, and suspends nobody', () => {
    const { cloud, ids } = fullPc();
    cloud.world.now += 5 * HOUR - 10 * MINUTE; // four people have used a processor for hours
    cloud.world.ok('usage.book', { vmIds: ids }, { kind: 'scheduler', nodeId: nodeAt(0) });
    const fresh = cloud.ask({ ownerId: STUDENTS[6] });
    expect(cloud.settle()).not.toContain('vm.hold');
    const worked = cloud.ask({ ownerId: STUDENTS[0] });
    const of = (vmId: string) => priorityOf(cloud.state, cloud.vm(vmId), cloud.now);
    expect(of(fresh).base).toBe(of(worked).base);
    expect(of(fresh).total).toBeGreaterThan(of(worked).total);
  });

  test('never an equal or better claim, nor one that nobody may suspend, nor when it is switched off', () => {
    for (const { cloud } of [
      fullPc(),
      fullPc({ batch: true, preemptible: false }),
      fullPc({ batch: true }, { 'scheduler.preemption': false }),
    ]) {
      const asked = cloud.ask({
        ownerId: STUDENTS[5],
        batch: cloud.vm(cloud.state.tables.vm.ids()[0] ?? '').kind !== 'batch',
      });
      expect(cloud.settle()).not.toContain('vm.hold');
      expect(explain(cloud.state, none, asked, cloud.now).notPreempting).not.toBeNull();
    }
  });

  test('as few as free enough, of the weakest claims, the one used least recently first', () => {
    const { cloud, ids } = fullPc({ batch: true });
    const [first = '', second = ''] = ids;
    cloud.world.ok('vm.touch', { id: first, connected: true }, { kind: 'node', nodeId: nodeAt(0) });
    const better = cloud.ask({ ownerId: id(2) });
    expect(forecast(cloud.state, none, draft(id(2)), cloud.now).when).toBe('now');
    cloud.settle();
    const held = ids.filter((vmId) => cloud.vm(vmId).held !== null);
    expect(held).toHaveLength(1);
    expect(held).not.toContain(first);
    expect(cloud.vm(second).held?.for ?? better).toBe(better);
  });

  test('one that is not needed any more before its memory is saved runs on', () => {
    const { cloud } = fullPc({ batch: true });
    const better = cloud.ask({ ownerId: id(2) });
    cloud.settle();
    cloud.world.ok('request.cancel', { id: better });
    expect(cloud.settle()).toEqual(['vm.release']);
    expect(cloud.state.tables.vm.countBy('state', 'running')).toBe(4);
  });
});

describe('S3 EASY backfill', () => {
  test('a short request passes a large one that it does not delay; a long one waits', () => {
    const cloud = new TestCloud(1);
    const two = [cloud.ask({ hours: 2 }), cloud.ask({ hours: 2 })];
    cloud.settle();
    cloud.agents();
    const large = cloud.ask({ sizeId: BIG, hours: 1 });
    const long = cloud.ask({ hours: 3 });
    const alsoLong = cloud.ask({ hours: 3 });
    const short = cloud.ask({ hours: 2 });
    cloud.settle();
    // Beside the large one of 3 there is room for one more of 1 at its time.
    expect([large, long, alsoLong, short].map((vmId) => cloud.nodeOf(vmId) !== null)).toEqual([
      false,
      true,
      false,
      true,
    ]);
    const { entries } = queueOf(cloud.state, none, cloud.now);
    expect(entries.map(({ vmId, expectedStart }) => [vmId, expectedStart])).toEqual([
      [large, cloud.now + 2 * HOUR],
      [alsoLong, cloud.now + 3 * HOUR],
    ]);
    cloud.pass(2 * HOUR);
    expect(two.map((vmId) => cloud.stateOf(vmId))).toEqual(['suspended', 'suspended']);
    expect(cloud.nodeOf(large)).toBe(nodeAt(0));
  });
});

describe('S6 S7 reservations', () => {
  function reserve(cloud: TestCloud, change: object = {}): string {
    const reservationId = cloud.world.newId();
    const base = {
      id: reservationId,
      courseId: null,
      userId: TEACHER,
      imageId: IMAGE,
      sizeId: id(8),
      count: 1,
      hours: 1,
    };
    const at = cloud.now + 10 * MINUTE;
    const when = { local: '1970-01-01T00:27', zone: 'UTC', starts: [at] };
    cloud.world.ok('reservation.add', { ...base, ...when, ...change });
    return reservationId;
  }

  test('P6 P7 at its hour a reserved VM takes the place of a running one, whose owner was told before', () => {
    const { cloud } = fullPc({}, { 'reservation.walkin_percent': 0 });
    reserve(cloud);
    cloud.settle();
    cloud.world.now += 10 * MINUTE - 20_000;
    expect(cloud.settle()).toContain('vm.warn_preempt');
    cloud.world.now += 20_000;
    expect(cloud.settle()).toEqual(['reservation.begin', 'vm.hold']);
    cloud.agents();
    expect(cloud.settle()).toEqual(['vm.place']);
    const reserved = cloud.state.tables.vm.all().find(({ kind }) => kind === 'personal');
    expect(reserved && cloud.nodeOf(reserved.id)).toBe(nodeAt(0));
    cloud.agents();
    cloud.pass(HOUR);
    expect(cloud.stateOf(reserved?.id ?? '')).toBe('suspended');
    expect(cloud.state.tables.vm.by('held', 'yes')).toEqual([]); // who gave way goes on
  });

  test('S7 its image is ordered to where it will be needed, half an hour before', () => {
    const cloud = new TestCloud(2, { 'reservation.walkin_percent': 0, 'image.copies': 1 });
    for (const nodeId of [nodeAt(0), nodeAt(1)])
      cloud.world.ok('image.version_held', { versionId: VERSION, held: true }, { kind: 'node', nodeId });
    reserve(cloud, { starts: [cloud.now + HOUR] });
    cloud.settle();
    expect(cloud.state.tables.version.all()[0]?.wantedOn).toEqual([]);
    cloud.world.now += 30 * MINUTE;
    expect(cloud.settle()).toContain('image.want');
    expect(cloud.state.tables.version.all()[0]?.wantedOn).toHaveLength(1);
  });
});

describe('S16 reasons', () => {
  const cloudWithOne = () => {
    const cloud = new TestCloud(2);
    const vmId = cloud.ask();
    cloud.settle();
    cloud.agents();
    return { cloud, vmId };
  };

  test('a placed VM: every PC with its verdict, and terms that make up the score', () => {
    const { cloud, vmId } = cloudWithOne();
    const { candidates, priority } = explain(cloud.state, none, vmId, cloud.now);
    const verdicts = new Map(candidates.map(({ nodeId, verdict }) => [nodeId, verdict]));
    expect(verdicts.get(cloud.nodeOf(vmId) ?? '')).toBe('chosen');
    expect(verdicts.get(id(1))).toBe('dropped'); // it is drained
    for (const { score, terms } of candidates) {
      if (score !== null) expect(terms.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(score, 10);
    }
    expect(priority.terms.reduce((sum, { points }) => sum + points, 0)).toBe(priority.total);
  });

  test('a dry run tells the queue under other settings and changes nothing', () => {
    const { cloud, ids } = fullPc({ batch: true }, { 'scheduler.preemption': false });
    const asked = cloud.ask({ ownerId: id(2) });
    const before = cloud.world.facts();
    const run = dryRun(cloud.state, { 'scheduler.preemption': true }, none, cloud.now);
    expect(run.before.map(({ vmId }) => vmId)).toEqual([asked]);
    expect(run.preempts).toHaveLength(1);
    expect(ids).toContain(run.preempts[0] ?? '');
    expect(cloud.world.facts()).toBe(before);
  });

  test('a forecast: now, later with its place and time, or never', () => {
    const { cloud } = fullPc({ hours: 1 });
    const later = forecast(cloud.state, none, draft(STUDENTS[6] ?? ''), cloud.now);
    expect(later).toMatchObject({ when: 'later', position: 1, reason: { code: 'capacity.ram' } });
    expect(later.expectedStart).toBeGreaterThan(cloud.now);
    cloud.world.ok('size.set', {
      id: id(91),
      name: 'Huge',
      vcpus: 64,
      ramMiB: GB,
      osDiskGiB: 5,
      dataDiskGiB: 3,
    });
    const huge = forecast(cloud.state, none, { ...draft(STUDENTS[6] ?? ''), sizeId: id(91) }, cloud.now);
    expect(huge).toMatchObject({ when: 'never', reason: { code: 'capacity.never' } });
  });
});

function draft(ownerId: string) {
  return {
    ownerId,
    imageId: IMAGE,
    sizeId: id(8),
    courseId: null,
    hours: 1,
    batch: false,
    preemptible: true,
  };
}
