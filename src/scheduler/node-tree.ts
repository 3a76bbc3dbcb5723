/**
 * An index over the PCs: the best one for a need without looking at all of them. A binary tree over the PCs, alike ones side by side;
 * each inner knot keeps the most that one PC below it has free of each resource, and the least that any below it could score. A
 * search leaves out what is too full or cannot win, and looks first where the bound is least. Equal scores go to the lower id.
 */
import type { Resources } from '../state/index.ts';
import { type Rates, RESOURCES } from './policies.ts';

/** A PC as the index sees it. `free` and `standing` change while a plan is made; call `update` then. */
export interface Leaf {
  readonly id: string;
  /** Its place in the order of ids. */
  readonly rank: number;
  readonly rates: Rates;
  standing: number;
  /** Limits less what is promised, in the order of `RESOURCES`. */
  readonly free: number[];
}

/** More that a score may hold for one request, beyond the policy: never negative, else the bounds would not hold. */
export type Extra = (leaf: Leaf) => number;

/** Sums of shares are not exact in binary: what fits exactly must fit (as in the log's own check). */
const EPSILON = 1e-9;
/** One knot: standing, free x 4, rates x 5, and the rank of the lowest id among those of least standing. */
const STRIDE = 11;
const FREE = 1;
const RATES = 5;
const RANK = 10;

export class NodeTree {
  readonly #leaves: readonly Leaf[];
  /** By rank: where a leaf stands; -1 for those that are not in it. */
  readonly #positions: Int32Array;
  readonly #first: number;
  readonly #knots: Float64Array;
  readonly #need = new Float64Array(4);
  #extra: Extra | null = null;
  #best = Number.POSITIVE_INFINITY;
  #bestAt = -1;
  #bestRank = Number.POSITIVE_INFINITY;

  /** @param leaves in order of rank */
  constructor(leaves: readonly Leaf[]) {
    // Alike PCs side by side make the bounds of the lower knots exact.
    this.#leaves = sideBySide(leaves);
    this.#positions = new Int32Array(leaves.reduce((most, { rank }) => Math.max(most, rank), -1) + 1).fill(
      -1,
    );
    this.#first = powerOfTwo(leaves.length);
    this.#knots = new Float64Array(2 * this.#first * STRIDE);
    for (let at = 0; at < this.#first; at++) this.#setLeaf(at);
    for (let knot = this.#first - 1; knot >= 1; knot--) {
      this.#joinRates(knot);
      this.#join(knot);
    }
  }

  /** Takes over a leaf's free and standing. */
  update(leaf: Leaf): void {
    const at = this.#positions[leaf.rank] ?? -1;
    if (at < 0) return;
    this.#copy(at, leaf);
    for (let knot = (this.#first + at) >> 1; knot >= 1 && this.#join(knot); knot >>= 1);
  }

  /** The PC of least score that has the need free, or null. @param below only scores less than this count */
  best(
    need: Resources,
    extra: Extra | null = null,
    below = Number.POSITIVE_INFINITY,
  ): { leaf: Leaf; score: number } | null {
    for (let one = 0; one < 4; one++) this.#need[one] = need[RESOURCES[one] ?? 'vcpus'];
    this.#extra = extra;
    this.#best = below;
    this.#bestRank = -1; // no equal of the bound is good enough
    this.#bestAt = -1;
    this.#visit(1, this.#bound(1));
    const leaf = this.#leaves[this.#bestAt];
    return leaf ? { leaf, score: this.#best } : null;
  }

  #visit(knot: number, bound: number): void {
    if (!this.#mayWin(knot, bound)) return;
    if (knot >= this.#first) {
      this.#take(knot, bound);
      return;
    }
    const left = 2 * knot;
    const right = left + 1;
    const ofLeft = this.#bound(left);
    const ofRight = this.#bound(right);
    const rightFirst = ofRight < ofLeft || (ofRight === ofLeft && this.#rank(right) < this.#rank(left));
    this.#visit(rightFirst ? right : left, rightFirst ? ofRight : ofLeft);
    this.#visit(rightFirst ? left : right, rightFirst ? ofLeft : ofRight);
  }

  #mayWin(knot: number, bound: number): boolean {
    if (bound === Number.POSITIVE_INFINITY) return false;
    return bound < this.#best || (bound === this.#best && this.#rank(knot) < this.#bestRank);
  }

  #take(knot: number, bound: number): void {
    const at = knot - this.#first;
    const leaf = this.#leaves[at];
    if (!leaf) return;
    const score = this.#extra ? bound + this.#extra(leaf) : bound;
    const rank = this.#rank(knot);
    if (score > this.#best || (score === this.#best && rank >= this.#bestRank)) return;
    this.#best = score;
    this.#bestAt = at;
    this.#bestRank = rank;
  }

  /** The least score that a PC below could have; infinite when none below has the need free. */
  #bound(knot: number): number {
    const at = knot * STRIDE;
    const knots = this.#knots;
    const need = this.#need;
    let sum = knots[at] ?? 0;
    if (sum === Number.POSITIVE_INFINITY) return sum;
    for (let one = 0; one < 4; one++) {
      const asked = need[one] ?? 0;
      if (asked > 0 && asked > (knots[at + FREE + one] ?? 0) + EPSILON) return Number.POSITIVE_INFINITY;
      sum += asked * (knots[at + RATES + one] ?? 0);
    }
    return sum + (knots[at + RATES + 4] ?? 0);
  }

  #rank(knot: number): number {
    return this.#knots[knot * STRIDE + RANK] ?? 0;
  }

  #setLeaf(at: number): void {
    const leaf = this.#leaves[at];
    const base = (this.#first + at) * STRIDE;
    if (!leaf) {
      // Nothing is there: an endless standing keeps every search away, free and rates must not spoil the bounds.
      this.#knots[base] = Number.POSITIVE_INFINITY;
      this.#knots.fill(Number.NEGATIVE_INFINITY, base + FREE, base + RATES);
      this.#knots.fill(Number.POSITIVE_INFINITY, base + RATES, base + STRIDE);
      return;
    }
    const { rates } = leaf;
    this.#knots[base + RATES] = rates.vcpus;
    this.#knots[base + RATES + 1] = rates.ramMiB;
    this.#knots[base + RATES + 2] = rates.storageGiB;
    this.#knots[base + RATES + 3] = rates.tempGiB;
    this.#knots[base + RATES + 4] = rates.vm;
    this.#knots[base + RANK] = leaf.rank;
    this.#positions[leaf.rank] = at;
    this.#copy(at, leaf);
  }

  #copy(at: number, leaf: Leaf): void {
    const base = (this.#first + at) * STRIDE;
    this.#knots[base] = leaf.standing;
    for (let one = 0; one < 4; one++) this.#knots[base + FREE + one] = leaf.free[one] ?? 0;
  }

  /** Rates never change: they are joined once. */
  #joinRates(knot: number): void {
    const knots = this.#knots;
    const left = 2 * knot * STRIDE;
    for (let one = RATES; one < RANK; one++)
      knots[knot * STRIDE + one] = Math.min(knots[left + one] ?? 0, knots[left + STRIDE + one] ?? 0);
  }

  /** False when that changed nothing, and so nothing above either. */
  #join(knot: number): boolean {
    const knots = this.#knots;
    const left = 2 * knot * STRIDE;
    const right = left + STRIDE;
    const ofLeft = knots[left] ?? 0;
    const ofRight = knots[right] ?? 0;
    const rankLeft = knots[left + RANK] ?? 0;
    const rankRight = knots[right + RANK] ?? 0;
    const rank = ofLeft === ofRight ? Math.min(rankLeft, rankRight) : ofLeft < ofRight ? rankLeft : rankRight;
    const at = knot * STRIDE;
    let changed = this.#write(at, Math.min(ofLeft, ofRight));
    changed = this.#write(at + RANK, rank) || changed;
    for (let one = FREE; one < RATES; one++)
      changed = this.#write(at + one, Math.max(knots[left + one] ?? 0, knots[right + one] ?? 0)) || changed;
    return changed;
  }

  #write(at: number, value: number): boolean {
    if (this.#knots[at] === value) return false;
    this.#knots[at] = value;
    return true;
  }
}

/** Alike ones in a row, in order of rank. Few kinds of PC make a cloud: they are sorted, not the PCs. */
function sideBySide(leaves: readonly Leaf[]): Leaf[] {
  const kinds: { readonly rates: Rates; readonly leaves: Leaf[] }[] = [];
  let kind = kinds[0];
  for (const leaf of leaves) {
    const { rates } = leaf;
    if (kind === undefined || compareRates(kind.rates, rates) !== 0) {
      kind = { rates, leaves: [] };
      kinds.push(kind);
    }
    kind.leaves.push(leaf);
  }
  return kinds.sort((a, b) => compareRates(a.rates, b.rates)).flatMap((one) => one.leaves);
}

function compareRates(a: Rates, b: Rates): number {
  return (
    a.vcpus - b.vcpus ||
    a.ramMiB - b.ramMiB ||
    a.storageGiB - b.storageGiB ||
    a.tempGiB - b.tempGiB ||
    a.vm - b.vm
  );
}

function powerOfTwo(least: number): number {
  let size = 1;
  while (size < least) size *= 2;
  return size;
}
