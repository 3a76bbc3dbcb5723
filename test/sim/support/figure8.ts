import { Core } from '../../../src/election/core.ts';
import type { Entry } from '../../../src/election/entry.ts';
import type { CoreStart } from '../../../src/election/steps.ts';
import { defaultTiming, type Timing } from '../../../src/election/timing.ts';
import { Checks } from './checks.ts';
import type { Faults } from './cluster.ts';
import { type Parcel, SimNode, type World } from './node.ts';
import { Random } from './random.ts';
import { Timeline } from './timeline.ts';

/**
 * Figure 8 of the Raft paper, played with whole nodes: an entry of a former term comes to lie on a majority while
 * another node holds a newer term. Chance alone hardly ever gets there.
 */
export class Figure8 implements World {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly checks = new Checks();
  readonly timing: Timing = { ...defaultTiming, maxAppendEntries: 1, maxInFlight: 1 };
  readonly #faults: Faults;
  readonly #nodes = new Map<string, SimNode>();
  /** Entries of later terms do not come through. */
  #newest = Number.POSITIVE_INFINITY;
  #passes: (from: string, to: string, parcel: Parcel) => boolean = () => true;

  constructor(seed: number, faults: Faults = {}) {
    this.random = new Random(seed);
    this.#faults = faults;
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const founders = { voters: ids, learners: [], standbys: [] };
    for (const id of ids) this.#nodes.set(id, new SimNode(id, this, founders));
  }

  /** @returns whether the play came to its end; throws `Broken` when a rule was. */
  run(): boolean {
    for (const node of this.#nodes.values()) node.start();
    const first = this.#untilLeader(() => true);
    if (first === null) return false;
    const others = this.#all().filter((node) => node !== first);
    const [friend, ...rest] = others;
    if (friend === undefined) return false;

    // (a) The first leader's entry reaches one friend only.
    const pair = [first.id, friend.id];
    this.#passes = (from, to) => pair.includes(from) === pair.includes(to);
    first.swap('x', 1, () => {});
    this.#wait(20);
    const old = first.core?.term ?? 0;

    // (b) The others elect one that writes its first entry and tells nobody.
    this.#passes = (from, to, parcel) =>
      pair.includes(from) === pair.includes(to) && (pair.includes(from) || parcel.type !== 'append');
    const second = this.#untilLeader((node) => rest.includes(node));
    if (second === null) return false;
    this.#wait(20);
    const between = second.core?.term ?? 0;
    second.crash();

    // (c) One of the pair leads again and spreads the old entry, but none of its own term.
    this.#passes = () => true;
    this.#newest = old;
    const third = this.#untilLeader((node) => pair.includes(node.id) && (node.core?.term ?? 0) > between);
    if (third === null) return false;
    this.#wait(100);
    third.crash();

    this.#newest = Number.POSITIVE_INFINITY;
    // (d) The one with the newer term returns and may win: nothing that was committed may be missing there.
    this.#passes = () => true;
    second.start();
    return this.#untilLeader((node) => (node.core?.term ?? 0) > between) !== null;
  }

  makeCore(start: CoreStart, timing: Timing): Core {
    return this.#faults.makeCore?.(start, timing) ?? new Core(start, timing);
  }

  feed(entries: readonly Entry[]): readonly Entry[] {
    return entries;
  }

  send(from: string, to: string, parcel: Parcel): void {
    if (!this.#passes(from, to, parcel)) return;
    if (parcel.type === 'append' && parcel.entries.some((entry) => entry.term > this.#newest)) {
      // A heartbeat sent just before that entry was there would look like this.
      this.send(from, to, { ...parcel, entries: [] });
      return;
    }
    this.timeline.after(this.random.between(0.2, 2), () => this.#nodes.get(to)?.receive(from, parcel));
  }

  #all(): SimNode[] {
    return [...this.#nodes.values()];
  }

  #wait(ms: number): void {
    this.timeline.run(this.timeline.now + ms);
  }

  #untilLeader(which: (node: SimNode) => boolean): SimNode | null {
    const leader = () => this.#all().find((node) => node.core?.role === 'leader' && which(node));
    this.timeline.run(this.timeline.now + 5_000, () => leader() !== undefined);
    return leader() ?? null;
  }
}
