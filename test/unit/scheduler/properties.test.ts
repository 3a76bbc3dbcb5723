/** What must hold of the plan whatever happens: checked on states that the real reducers made. */
import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { plan, queueOf } from '../../../src/scheduler/index.ts';
import { CloudMachine } from '../../../src/state/index.ts';
import { id, scheduler } from '../state/world.ts';
import { BIG, HOUR, MINUTE, nodeAt, STUDENTS, TestCloud } from './cloud.ts';

const PCS = 3;
const eventArb = fc.record({
  what: fc.constantFrom(
    'ask',
    'ask',
    'ask',
    'ask',
    'big',
    'batch',
    'firm',
    'stop',
    'agents',
    'agents',
    'some agents',
    'later',
    'later',
    'lost',
    'back',
    'drain',
    'undrain',
  ),
  n: fc.integer({ min: 0, max: 9 }),
  m: fc.integer({ min: 0, max: 9 }),
});
type Event = typeof eventArb extends fc.Arbitrary<infer T> ? T : never;

function happen(cloud: TestCloud, { what, n, m }: Event): void {
  const { world, state } = cloud;
  const owner = { ownerId: m === 9 ? id(2) : STUDENTS[n % STUDENTS.length], hours: (m % 5) + 1 };
  const pc = state.tables.node.get(nodeAt(n % PCS));
  const vm = state.tables.vm.all()[n];
  if (what === 'ask') cloud.tryAsk(owner);
  else if (what === 'big') cloud.tryAsk({ ...owner, sizeId: BIG });
  else if (what === 'batch') cloud.tryAsk({ ...owner, batch: true, sizeId: m > 5 ? BIG : id(8) });
  else if (what === 'firm') cloud.tryAsk({ ...owner, preemptible: false });
  else if (what === 'stop' && vm) world.do('vm.stop', { id: vm.id, force: true });
  else if (what === 'agents') cloud.agents();
  else if (what === 'some agents') cloud.agents((one) => one.id.charCodeAt(25) % 2 === n % 2);
  else if (what === 'later') world.now += (m + 1) * 7 * MINUTE;
  else if (what === 'lost' && pc) world.do('node.reach', { id: pc.id, state: 'unreachable' }, scheduler);
  else if (what === 'back' && pc) world.do('node.reach', { id: pc.id, state: 'up' }, scheduler);
  else if (what === 'drain' && pc) world.do('node.drain', { id: pc.id, how: 'suspend', deadlineMs: 0 });
  else if (what === 'undrain' && pc) world.do('node.undrain', { id: pc.id });
}

/** All PCs back in service. */
function mend(cloud: TestCloud): void {
  for (let n = 0; n < PCS; n++) {
    cloud.world.do('node.reach', { id: nodeAt(n), state: 'up' }, scheduler);
    cloud.world.do('node.undrain', { id: nodeAt(n) });
  }
}

describe('any course of events', () => {
  test.each(['penalty', 'binpack', 'spread'])(
    '%s: never over-commits, is taken by the log step for step, is done at once, and is the same on any node',
    (policy) => {
      const seen = new Set<string>();
      fc.assert(
        fc.property(fc.array(eventArb, { minLength: 20, maxLength: 60 }), (events) => {
          const cloud = new TestCloud(PCS, { 'scheduler.policy': policy, 'scheduler.preempt_pause': 10 });
          for (const event of events) {
            happen(cloud, event);
            for (const type of cloud.settle()) seen.add(type);
            expect(cloud.refusals).toEqual([]);
          }
          happen(cloud, { what: 'ask', n: 1, m: 1 });
          const copy = new CloudMachine();
          copy.restore(
            [...cloud.world.machine.snapshot()].reverse().sort((a) => (a.kind === 'meta' ? -1 : 1)),
          );
          expect(plan(copy.state, new Map(), cloud.now)).toEqual(cloud.plan());
          expect(queueOf(copy.state, new Map(), cloud.now)).toEqual(
            queueOf(cloud.state, new Map(), cloud.now),
          );
        }),
        { numRuns: 25, includeErrorInReport: true, endOnFailure: true },
      );
      for (const type of ['vm.place', 'vm.release', 'vm.hold', 'vm.expire_lease'])
        expect([...seen]).toContain(type);
    },
    120_000,
  );

  test('S2 S3 whoever waits or gave way gets a place in the end', () => {
    let gaveWay = 0;
    fc.assert(
      fc.property(fc.array(eventArb, { minLength: 20, maxLength: 40 }), (events) => {
        const cloud = new TestCloud(PCS, { 'queue.max_wait': 720 });
        for (const event of events) {
          happen(cloud, event);
          cloud.settle();
        }
        mend(cloud);
        const waiting = cloud.state.tables.vm
          .all()
          .filter((vm) => vm.desired === 'running' && (vm.held || !vm.placement));
        gaveWay += waiting.filter((vm) => vm.held?.by === 'preempted').length;
        const served = new Set<string>();
        for (let step = 0; step < 400 && served.size < waiting.length; step++) {
          cloud.pass(15 * MINUTE, 15 * MINUTE);
          for (const { id: vmId } of waiting) {
            const vm = cloud.state.tables.vm.get(vmId);
            if (vm?.desired !== 'running' || (vm.placement && !vm.held)) served.add(vmId);
          }
        }
        expect(waiting.filter((vm) => !served.has(vm.id)).map((vm) => vm.id)).toEqual([]);
      }),
      { numRuns: 40, includeErrorInReport: true, endOnFailure: true },
    );
    expect(gaveWay).toBeGreaterThan(0);
  }, 120_000);
});

test('a place that a later round of the same plan finds is used without suspending anybody (found by seed)', () => {
  fc.assert(
    fc.property(fc.array(eventArb, { minLength: 20, maxLength: 40 }), (events) => {
      const cloud = new TestCloud(PCS, { 'queue.max_wait': 720 });
      for (const event of events) {
        happen(cloud, event);
        cloud.settle(); // looks that nothing is left to do after each plan
      }
    }),
    { seed: 2100123100, path: '23', endOnFailure: true, includeErrorInReport: true },
  );
});

describe('S3 no request starves, whoever else keeps coming', () => {
  test.each([
    ['small ones of a better claim', {}],
    ['large ones of a better claim', { sizeId: BIG }],
    ['ones that nobody may suspend', { preemptible: false }],
  ])(
    '%s',
    (_name, change) => {
      const cloud = new TestCloud(1, { 'queue.max_length': 100_000, 'queue.max_wait': 720 });
      // An admin's claim is better, and never fewer of them wait than the PC holds.
      const other = () => cloud.tryAsk({ ownerId: id(2), hours: 1, ...change });
      for (let n = 0; n < 6; n++) other();
      cloud.settle();
      cloud.agents();
      const poor = cloud.ask({ batch: true, sizeId: BIG, hours: 1 });
      const began = cloud.now;
      while (cloud.nodeOf(poor) === null && cloud.now - began < 48 * HOUR) {
        for (let n = 0; n < 2; n++) other();
        cloud.pass(20 * MINUTE, 20 * MINUTE);
      }
      expect((cloud.now - began) / HOUR).toBeLessThan(14); // ten hours until it goes first, then one lease
    },
    120_000,
  );
});

describe('S3 equal claims keep their order', () => {
  test('of requests alike in all but their time, none starts before an earlier one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 5, maxLength: 30 }), (pauses) => {
        const cloud = new TestCloud(1);
        const ids = pauses.map((minutes) => {
          cloud.world.now += minutes * MINUTE;
          const vmId = cloud.ask({ hours: 1 });
          cloud.settle();
          cloud.agents();
          return vmId;
        });
        const order: string[] = [];
        for (let step = 0; step < 200 && order.length < ids.length; step++) {
          for (const vmId of ids)
            if (cloud.state.tables.vm.get(vmId)?.placement && !order.includes(vmId)) order.push(vmId);
          cloud.pass(10 * MINUTE, 10 * MINUTE);
        }
        expect(order).toEqual(ids);
      }),
      { numRuns: 10 },
    );
  }, 120_000);
});
