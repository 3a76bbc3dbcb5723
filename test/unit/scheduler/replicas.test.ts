/** Where the plan puts copies of images (I6, I10), on a cloud in memory whose PCs fetch what they are told to. */
import { describe, expect, test } from 'bun:test';
import { type Loads, plan } from '../../../src/scheduler/index.ts';
import { as, IMAGE, id, scheduler, TEACHER, VERSION } from '../state/world.ts';
import { HOUR, MINUTE, nodeAt, TestCloud } from './cloud.ts';

const GIB = 2 ** 30;

class Copies {
  readonly cloud: TestCloud;
  loads: Loads = new Map();

  /** @param pcs PCs beside the one that imported the image, which is drained */
  constructor(pcs: number, settings = {}) {
    this.cloud = new TestCloud(pcs, settings);
  }

  get version() {
    const version = this.cloud.state.tables.version.get(VERSION);
    if (!version) throw new Error('the version is gone');
    return version;
  }

  get holders(): string[] {
    return this.version.nodeIds.filter((nodeId) => nodeId !== id(1)).sort();
  }

  /** Plans and carries out, without a PC doing anything. */
  settle(): string[] {
    const done: string[] = [];
    for (let round = 0; round < 5; round++) {
      const steps = plan(this.cloud.state, this.loads, this.cloud.now);
      if (steps.length === 0) return done;
      this.cloud.carryOut(steps);
      done.push(...steps.map(({ type }) => type));
    }
    throw new Error(`the plan does not come to rest: ${done.join(' ')}`);
  }

  /** The PCs do what is wanted of them, and the plan goes on, until nothing happens. */
  run(): void {
    for (let round = 0; round < 10; round++) {
      const planned = this.settle();
      const { wantedOn, nodeIds, leavingOn } = this.version;
      const coming = wantedOn.filter((nodeId) => !nodeIds.includes(nodeId) && this.isUp(nodeId));
      for (const nodeId of coming) this.do(nodeId, 'image.version_held', { versionId: VERSION, held: true });
      for (const nodeId of leavingOn.filter((one) => this.isUp(one))) {
        this.do(nodeId, 'image.release', { versionId: VERSION });
        if (!this.version.nodeIds.includes(nodeId))
          this.do(nodeId, 'image.dropped', { id: IMAGE, versionId: VERSION });
      }
      if (planned.length + coming.length === 0) return;
    }
    throw new Error('the PCs do not come to rest');
  }

  do(
    nodeId: string,
    type: 'image.version_held' | 'image.release' | 'image.dropped' | 'image.fetch_failed',
    payload: object,
  ): void {
    this.cloud.world.do(type, payload, { kind: 'node', nodeId });
  }

  isUp(nodeId: string): boolean {
    return this.cloud.state.tables.node.get(nodeId)?.reach.state === 'up';
  }

  reach(n: number, state: string): void {
    this.cloud.world.ok('node.reach', { id: nodeAt(n), state }, scheduler);
  }

  deploy(wish: object): string {
    return this.cloud.world.ok('image.deploy', { id: IMAGE, ...wish }, as(TEACHER)).operationId ?? '';
  }

  outcome(operationId: string) {
    return this.cloud.state.tables.operation.get(operationId);
  }
}

const at = (...numbers: number[]) => numbers.map(nodeAt);

describe('the floor', () => {
  test('I6 a new image gets as many copies as keep it safe, and no more', () => {
    const copies = new Copies(4);
    expect(copies.version.wantedOn).toEqual(at(0, 1));
    copies.run();
    expect(copies.holders).toEqual(at(0, 1));
    expect(copies.version.wantedOn).toEqual([]);
    expect(copies.settle()).toEqual([]);
  });

  test('the best PCs: up, with room, nobody at the keyboard, holding least; then by id', () => {
    const copies = new Copies(0);
    copies.loads = new Map([
      [nodeAt(0), { cpu: 0, userPresent: true, versionIds: [] }],
      [nodeAt(1), { cpu: 0, userPresent: false, versionIds: ['a', 'b'] }],
      [nodeAt(2), { cpu: 0, userPresent: false, versionIds: [], diskFreeGiB: 0.5 }],
      [nodeAt(3), { cpu: 0, userPresent: false, versionIds: ['a'], diskFreeGiB: 100 }],
    ]);
    for (let n = 0; n < 5; n++) copies.cloud.addPc(n);
    copies.reach(4, 'unreachable');
    copies.settle();
    expect(copies.version.wantedOn).toEqual(at(1, 3));
  });

  test('many at once are spread over the PCs, by what these have and are to have', () => {
    const copies = new Copies(4, { 'image.copies': 1 });
    copies.run();
    const records = [...copies.cloud.world.machine.snapshot()];
    const last = records.findLastIndex(({ kind }) => kind === 'version');
    const more = Array.from({ length: 11 }, (_, n) => {
      const entity = {
        ...copies.version,
        id: id(4000 + n),
        number: n + 2,
        nodeIds: [id(1)],
        storedBytes: GIB,
      };
      return { kind: 'version', entity };
    });
    copies.cloud.world.machine.restore([...records.slice(0, last + 1), ...more, ...records.slice(last + 1)]);
    for (const [n, { entity }] of more.entries()) {
      const image = copies.cloud.state.tables.image.get(IMAGE);
      if (image)
        copies.cloud.state.tables.image.put({
          ...image,
          id: id(4100 + n),
          name: `i${n}`,
          currentVersionId: entity.id,
        });
      copies.cloud.state.tables.version.put({ ...entity, imageId: id(4100 + n) });
    }
    copies.settle();
    const wanted = copies.cloud.state.tables.version.all().flatMap(({ wantedOn }) => wantedOn);
    const counts = at(0, 1, 2, 3).map((nodeId) => wanted.filter((one) => one === nodeId).length);
    expect(counts.toSorted()).toEqual([2, 3, 3, 3]);
  });

  test('a PC that is off for a moment stays chosen and counts; for long, another takes its place', () => {
    const copies = new Copies(3);
    copies.run();
    copies.reach(0, 'unreachable');
    expect(copies.settle()).toEqual([]);
    copies.cloud.world.now += 2 * MINUTE;
    expect(copies.settle()).toEqual(['node.reach']);
    copies.cloud.world.now += 7 * MINUTE;
    copies.settle();
    expect(copies.version.wantedOn).toEqual([]);
    copies.cloud.world.now += MINUTE;
    copies.settle();
    expect(copies.version.wantedOn).toEqual(at(2));
    copies.run();
    copies.reach(0, 'up');
    expect(copies.settle()).toEqual([]); // three now: what is there is not taken away
    expect(copies.holders).toEqual(at(0, 1, 2));
  });

  test('who was chosen and has not got it yet is not replaced while it restarts, only when it is lost', () => {
    const copies = new Copies(3);
    expect(copies.version.wantedOn).toEqual(at(0, 1));
    copies.reach(0, 'unreachable');
    expect(copies.settle()).toEqual([]);
    copies.reach(0, 'lost');
    copies.settle();
    expect(copies.version.wantedOn).toEqual(at(1, 2));
  });

  test('copies on a PC that is emptied do not count, and none are put there', () => {
    const copies = new Copies(3);
    copies.run();
    copies.cloud.world.ok('node.drain', { id: nodeAt(1), how: 'suspend' });
    copies.run();
    expect(copies.holders).toEqual(at(0, 1, 2));
    copies.cloud.world.ok('node.retire', { id: nodeAt(1), force: false });
    expect(copies.holders).toEqual(at(0, 2));
    expect(copies.settle()).toEqual([]);
  });

  test('GF24 a PC whose disk is full is passed over, for a while', () => {
    const copies = new Copies(3);
    const cause = { code: 'images.no_space', data: { needBytes: GIB, freeBytes: 1, reserveBytes: 1 } };
    copies.do(nodeAt(0), 'image.fetch_failed', { versionId: VERSION, cause });
    copies.settle();
    expect(copies.version.wantedOn).toEqual(at(1, 2));
    copies.cloud.world.now += HOUR;
    expect(copies.settle()).toEqual([]); // who was chosen stays
    copies.run();
    copies.deploy({ copies: 3 });
    copies.do(nodeAt(0), 'image.fetch_failed', { versionId: VERSION, cause });
    copies.settle();
    expect(copies.version.wantedOn).toEqual([]);
    copies.cloud.world.now += 16 * MINUTE;
    copies.settle();
    expect(copies.version.wantedOn).toEqual(at(0)); // room may have been made
  });

  test('a PC that is giving its copy up is not asked for it again meanwhile, however much it is missed', () => {
    const copies = new Copies(3);
    copies.deploy({ copies: 3 });
    copies.run();
    copies.deploy({ copies: null });
    copies.deploy({ drop: [nodeAt(0)] });
    copies.settle();
    copies.do(nodeAt(0), 'image.release', { versionId: VERSION });
    expect(copies.version).toMatchObject({ leavingOn: at(0) });
    copies.cloud.world.ok('node.drain', { id: nodeAt(1), how: 'suspend' });
    copies.settle();
    expect(copies.version.wantedOn).toEqual([]);
    copies.do(nodeAt(0), 'image.dropped', { id: IMAGE, versionId: VERSION });
    copies.settle();
    expect(copies.version.wantedOn).toEqual(at(0));
  });
});

describe('deployments', () => {
  test('G9 to as many PCs as are asked for; those that have it count', () => {
    const copies = new Copies(5);
    copies.run();
    const operationId = copies.deploy({ copies: 4 });
    copies.settle();
    expect(copies.version.wantedOn).toEqual(at(2, 3));
    expect(copies.outcome(operationId)?.state).toBe('running');
    copies.run();
    expect(copies.holders).toEqual(at(0, 1, 2, 3));
    expect(copies.outcome(operationId)).toMatchObject({ state: 'done', error: null });
  });

  test('to all, also those that join later', () => {
    const copies = new Copies(3);
    const operationId = copies.deploy({ copies: 'all' });
    copies.run();
    expect(copies.holders).toEqual(at(0, 1, 2));
    expect(copies.outcome(operationId)?.state).toBe('done');
    copies.cloud.addPc(3);
    copies.run();
    expect(copies.holders).toEqual(at(0, 1, 2, 3));
  });

  test('GF30 GF25 some cannot: the others stand, and it comes when it can', () => {
    const copies = new Copies(3);
    copies.run();
    copies.reach(2, 'unreachable');
    copies.reach(2, 'lost');
    const operationId = copies.deploy({ add: at(2) });
    copies.run();
    expect(copies.outcome(operationId)).toMatchObject({
      state: 'failed',
      error: { code: 'image.deploy_partly', data: { done: 2, total: 3, nodes: [{ node: 'lab-2' }] } },
    });
    copies.reach(2, 'up');
    copies.run();
    expect(copies.holders).toEqual(at(0, 1, 2));
  });

  test('GF24 GF35 a count goes to another PC; when none is left it says so', () => {
    const copies = new Copies(4);
    copies.run();
    const operationId = copies.deploy({ copies: 4 });
    const cause = { code: 'images.disk_full', data: { freeBytes: 0 } };
    copies.settle();
    copies.do(nodeAt(3), 'image.fetch_failed', { versionId: VERSION, cause });
    copies.run();
    expect(copies.holders).toEqual(at(0, 1, 2));
    expect(copies.outcome(operationId)).toMatchObject({
      state: 'failed',
      error: {
        data: { done: 3, total: 4, nodes: [{ cause: { code: 'image.no_more_nodes', data: { copies: 1 } } }] },
      },
    });
    copies.cloud.addPc(4);
    copies.run();
    expect(copies.holders).toEqual(at(0, 1, 2, 4));
  });

  test('GF16 a second wish while the first runs: both are carried out', () => {
    const copies = new Copies(4);
    const first = copies.deploy({ add: at(2) });
    copies.settle();
    const second = copies.deploy({ add: at(3) });
    copies.run();
    expect(copies.outcome(first)?.state).toBe('cancelled');
    expect(copies.outcome(second)?.state).toBe('done');
    expect(copies.holders).toEqual(expect.arrayContaining(at(2, 3)));
  });

  test('G17 taken off a PC: another gets it first when that keeps it safe', () => {
    const copies = new Copies(3);
    copies.run();
    const operationId = copies.deploy({ drop: at(0) });
    expect(copies.holders).toEqual(at(0, 1));
    copies.run();
    expect(copies.holders).toEqual(at(1, 2));
    copies.run();
    expect(copies.outcome(operationId)?.state).toBe('done');
    expect(copies.settle()).toEqual([]);
  });

  test('GF24 a named PC that cannot have it is no copy: another keeps the image safe meanwhile', () => {
    const copies = new Copies(3, { 'image.copies': 1 });
    copies.run();
    expect(copies.holders).toEqual(at(0));
    copies.deploy({ add: at(1) });
    copies.settle();
    const cause = { code: 'images.no_space', data: { needBytes: GIB, freeBytes: 1, reserveBytes: 1 } };
    copies.do(nodeAt(1), 'image.fetch_failed', { versionId: VERSION, cause });
    copies.cloud.world.ok('setting.set', { key: 'image.copies', value: 2 });
    copies.settle();
    expect(copies.version.wantedOn).toEqual(at(1, 2));
  });

  test('an operation waits for its own PCs, not for those that an earlier wish could not reach', () => {
    const copies = new Copies(4);
    copies.run();
    for (const state of ['unreachable', 'lost']) copies.reach(3, state);
    const all = copies.deploy({ copies: 'all' });
    copies.run();
    expect(copies.outcome(all)?.state).toBe('failed');
    const off = copies.deploy({ drop: at(0) });
    copies.run();
    copies.run();
    expect(copies.outcome(off)).toMatchObject({ state: 'done', error: null });
    const more = copies.deploy({ add: at(3) });
    copies.run();
    expect(copies.outcome(more)?.state).toBe('failed');
  });

  test('I8 given up: nothing more is fetched', () => {
    const copies = new Copies(4);
    copies.run();
    copies.deploy({ copies: 'all' });
    copies.settle();
    expect(copies.version.wantedOn).toEqual(at(0, 1, 2, 3));
    copies.cloud.world.ok('image.cancel_deploy', { id: IMAGE }, as(TEACHER));
    copies.settle();
    expect(copies.version.wantedOn).toEqual([]);
  });
});

test('the same state and loads give the same plan', () => {
  const [one, two] = [new Copies(6), new Copies(6)];
  for (const copies of [one, two]) copies.deploy({ copies: 5 });
  const planOf = ({ cloud, loads }: Copies) => plan(cloud.state, loads, cloud.now);
  expect(planOf(one)).toEqual(planOf(two));
});
