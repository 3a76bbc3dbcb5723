/** The detector's core in a simulated network: virtual time, so minutes pass in milliseconds. */
import { expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { DetectorCore } from '../../../src/gossip/detector/core.ts';
import type { Probe, Update } from '../../../src/gossip/detector/messages.ts';
import { DETECTOR_DEFAULTS } from '../../../src/gossip/detector/settings.ts';

const LATENCY = 5; // ms, each way

interface Node {
  id: string;
  core: DetectorCore;
  /** Neither ticks nor reads until then; what arrives waits. */
  stoppedUntil: number;
  deaths: { of: string; at: number }[];
}

class World {
  now = 1_000_000;
  readonly nodes: Node[];
  #queue: { at: number; to: Node; run: () => void }[] = [];
  isCut = (_from: string, _to: string): boolean => false;

  constructor(count: number, seed: number) {
    let state = seed;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff; // a linear congruential generator: replays by seed
      return state / 0x80000000;
    };
    const ids = Array.from({ length: count }, (_, n) => `n${String(n).padStart(3, '0')}`);
    this.nodes = ids.map((id) => this.#make(id, random));
    for (const { id, core } of this.nodes) {
      core.setMembers(ids);
      core.setWatched(ids.filter((one) => one !== id));
    }
  }

  #make(id: string, random: () => number): Node {
    const deaths: Node['deaths'] = [];
    const effects = {
      send: (to: string, message: Probe) =>
        this.#post(id, to, (node) => node.core.receive(id, message, this.now)),
      say: (update: Update) => this.#tell(id, update),
      changed: ({ nodeId, health }: { nodeId: string; health: string }) => {
        if (health === 'dead') deaths.push({ of: nodeId, at: this.now });
      },
    };
    const core = new DetectorCore(id, DETECTOR_DEFAULTS, effects, random, this.now);
    return { id, core, stoppedUntil: 0, deaths };
  }

  node(n: number): Node {
    const node = this.nodes[n];
    if (node === undefined) throw new Error(`no node ${n}`);
    return node;
  }

  #tell(from: string, update: Update): void {
    for (const { id } of this.nodes) {
      if (id === from) continue;
      this.#post(from, id, (node) => {
        if (node.core.heard(update, this.now)) this.#tell(id, update);
      });
    }
  }

  #post(from: string, to: string, run: (node: Node) => void): void {
    const node = this.nodes.find((one) => one.id === to);
    if (node === undefined || this.isCut(from, to)) return;
    this.#queue.push({ at: this.now + LATENCY, to: node, run: () => run(node) });
  }

  run(ms: number): void {
    const end = this.now + ms;
    while (this.now < end) {
      this.now += LATENCY;
      for (const node of this.nodes) {
        if (node.stoppedUntil <= this.now && this.now % DETECTOR_DEFAULTS.tickMs === 0)
          node.core.tick(this.now);
      }
      const due = this.#queue.filter(({ at, to }) => at <= this.now && to.stoppedUntil <= this.now);
      this.#queue = this.#queue.filter((one) => !due.includes(one));
      for (const { run } of due) run();
    }
  }

  deathsOf(n: number): number[] {
    return this.nodes.flatMap(({ deaths }) =>
      deaths.filter(({ of }) => of === this.node(n).id).map(({ at }) => at),
    );
  }

  allDeaths(): unknown[] {
    return this.nodes.flatMap(({ deaths }) => deaths);
  }
}

const counts = fc.integer({ min: 2, max: 9 });
const seeds = fc.integer({ min: 1, max: 1_000_000 });

test('in peace nobody is suspected, and nobody doubts itself', () => {
  const world = new World(5, 7);
  world.run(60_000);
  for (const { core } of world.nodes) {
    expect(core.doubt).toBe(0);
    for (const other of world.nodes) if (other.core !== core) expect(core.health(other.id)).toBe('alive');
  }
});

test('a silent node is dead for all the others within 5 s, but for one case in thousands', () => {
  const worlds = fc.sample(fc.tuple(counts, seeds), 60);
  const late = worlds.filter(([count, seed]) => {
    const world = new World(count, seed);
    world.run(3_000);
    world.node(0).stoppedUntil = Number.POSITIVE_INFINITY;
    const at = world.now;
    world.run(6_000);
    expect([count, seed, world.deathsOf(0).length]).toEqual([count, seed, count - 1]);
    expect(Math.min(...world.deathsOf(0)) - at).toBeGreaterThan(2_000);
    expect(world.allDeaths().length).toBe(count - 1); // and nobody else is
    return Math.max(...world.deathsOf(0)) - at > 5_000;
  });
  // Who is asked next is chance: of 5,600 worlds one took 5.2 s.
  expect(late.length).toBeLessThan(2);
});

test('a node stopped for 2 s is not declared dead, and blames nobody afterwards', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 9 }), seeds, (count, seed) => {
      const world = new World(count, seed);
      world.run(2_000);
      world.node(0).stoppedUntil = world.now + 2_000;
      world.run(20_000);
      expect(world.allDeaths()).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('one whose ticks come late doubts itself, waits longer, and recovers', () => {
  const world = new World(4, 3);
  world.run(2_000);
  for (let n = 0; n < 10; n++) {
    world.node(0).stoppedUntil = world.now + 900; // gets a tenth of the processor
    world.run(1_000);
  }
  expect(world.node(0).core.doubt).toBeGreaterThan(0);
  expect(world.allDeaths()).toEqual([]);
  world.run(60_000);
  expect(world.node(0).core.doubt).toBe(0);
});

test('a broken line between two is no death: the others ask for them', () => {
  const world = new World(5, 11);
  const [a, b] = [world.node(0).id, world.node(1).id];
  world.isCut = (from, to) => (from === a && to === b) || (from === b && to === a);
  world.run(30_000);
  expect(world.allDeaths()).toEqual([]);
});

test('a network cut two against three is seen on both sides, and healing makes all alive again', () => {
  const world = new World(5, 5);
  const minority = new Set([world.node(0).id, world.node(1).id]);
  world.run(2_000);
  world.isCut = (from, to) => minority.has(from) !== minority.has(to);
  world.run(8_000);
  for (const { id, core } of world.nodes)
    for (const other of world.nodes)
      if (minority.has(id) !== minority.has(other.id)) expect(core.health(other.id)).toBe('dead');
  world.isCut = () => false;
  for (const { core } of world.nodes) for (const other of world.nodes) core.met(other.id, world.now);
  world.run(5_000);
  for (const { core } of world.nodes)
    for (const other of world.nodes) if (other.core !== core) expect(core.health(other.id)).toBe('alive');
});

test('one that cannot hear anybody takes its time to believe that all others are dead', () => {
  const world = new World(5, 9);
  world.run(2_000);
  const deaf = world.node(0).id;
  world.isCut = (from, to) => from === deaf || to === deaf;
  world.run(4_000);
  expect(world.node(0).deaths).toEqual([]);
  expect(world.node(0).core.doubt).toBeGreaterThan(0);
  world.run(60_000);
  expect(world.node(0).deaths.length).toBe(4); // it says so in the end: its page must not claim a whole cloud
});

test("a lie about another's death is refuted by the one it concerns", () => {
  const world = new World(4, 2);
  world.run(1_000);
  const liar = world.node(3);
  const victim = world.node(0);
  for (let n = 0; n < 20; n++) {
    const inc =
      world.nodes.map(({ core }) => core.health(victim.id) && core.incarnation).length +
      victim.core.incarnation;
    for (const { core } of world.nodes)
      if (core !== victim.core)
        core.heard({ kind: 'suspect', target: victim.id, inc, from: liar.id }, world.now);
    world.run(1_000);
  }
  expect(world.allDeaths()).toEqual([]);
});

test('only the node itself can say that it lives, and old words change nothing', () => {
  const world = new World(3, 4);
  const { core } = world.node(0);
  const [target, from] = [world.node(1).id, world.node(2).id];
  expect(core.heard({ kind: 'suspect', target, inc: 5, from }, world.now)).toBe(true);
  expect(core.heard({ kind: 'alive', target, inc: 9, from }, world.now)).toBe(false);
  expect(core.heard({ kind: 'alive', target, inc: 5, from: target }, world.now)).toBe(false);
  expect(core.health(target)).toBe('suspect');
  expect(core.heard({ kind: 'alive', target, inc: 6, from: target }, world.now)).toBe(true);
  expect(core.heard({ kind: 'suspect', target, inc: 5, from }, world.now)).toBe(false);
  expect(core.health(target)).toBe('alive');
  expect(core.heard({ kind: 'suspect', target: 'nobody', inc: 5, from }, world.now)).toBe(false);
});
