/** One PC while a plan is made: what it may promise, what it has promised, and what is set aside on it. */
import { type CloudState, limitsOf, type Node, offered, type Resources } from '../state/index.ts';
import type { Leaf } from './node-tree.ts';
import { type Policy, type Rates, RESOURCES, standingOf } from './policies.ts';
import type { Promised } from './promised.ts';

/** What a VM would take of a PC, in the order of `RESOURCES`. */
export type Amounts = number[];

export function amounts(need: Resources): Amounts {
  return [need.vcpus, need.ramMiB, need.storageGiB, need.tempGiB];
}

/** A VM that fits exactly must not be refused for 1e-16 (as in the log's own check). */
export const EPSILON = 1e-9;

/** True when there is as much as is asked. What is not asked for is not short, as in the log's own check. */
export function fits(asked: ArrayLike<number>, free: (one: number) => number): boolean {
  for (let one = 0; one < 4; one++) {
    const amount = asked[one] ?? 0;
    if (amount > 0 && amount > free(one) + EPSILON) return false;
  }
  return true;
}

export class Spot implements Leaf {
  readonly id: string;
  readonly rank: number;
  readonly node: Node;
  readonly rates: Rates;
  readonly limits: Amounts;
  readonly used: Amounts;
  /** What is set aside; null where nothing ever was, as on nearly all of thousands of PCs. */
  #aside: { readonly leaving: Amounts; readonly claimed: Amounts } | null = null;
  /** What those who may not delay the first waiting request find here; null where it has no shadow. */
  shadow: Amounts | null = null;
  vms: number;
  /** How often it was changed: what was worked out for it before is out of date. */
  changes = 0;
  standing = 0;
  /** VMs of the largest size that would fit, as the index knows it. */
  largePlaces = 0;
  readonly free: Amounts = [0, 0, 0, 0];
  /** Points that are the same for every VM (`additions.ts`). */
  readonly #fixed: number;

  constructor(state: CloudState, node: Node, rank: number, policy: Policy, fixed: number, held: Promised) {
    this.id = node.id;
    this.rank = rank;
    this.node = node;
    this.#fixed = fixed;
    this.rates = policy.rates(offered(node));
    this.limits = amounts(limitsOf(state, node));
    const at = 4 * rank;
    this.used = [held.used[at] ?? 0, held.used[at + 1] ?? 0, held.used[at + 2] ?? 0, held.used[at + 3] ?? 0];
    this.vms = held.vms[rank] ?? 0;
  }

  /** Resources that VMs give back which are being suspended for a request that waits, and what those requests will take. */
  get aside(): { readonly leaving: Amounts; readonly claimed: Amounts } {
    this.#aside ??= { leaving: [0, 0, 0, 0], claimed: [0, 0, 0, 0] };
    return this.#aside;
  }

  /** They have left, and come. */
  carryOut(): void {
    const aside = this.#aside;
    if (aside === null) return;
    for (let one = 0; one < 4; one++)
      this.used[one] = (this.used[one] ?? 0) - (aside.leaving[one] ?? 0) + (aside.claimed[one] ?? 0);
    this.#aside = null;
  }

  /** Free now, whoever asks: set aside what is claimed, but do not count a VM twice that leaves for a claim. */
  freeNow(one: number): number {
    return Math.min((this.limits[one] ?? 0) - (this.used[one] ?? 0), this.freeLater(one));
  }

  /** Free once those have left and come for whom it is set aside. */
  freeLater(one: number): number {
    const aside = this.#aside;
    const used = this.used[one] ?? 0;
    const later = aside === null ? used : used - (aside.leaving[one] ?? 0) + (aside.claimed[one] ?? 0);
    return (this.limits[one] ?? 0) - later;
  }

  /** True when a VM fits now, apart from the shadow. */
  fits(need: Amounts): boolean {
    return fits(need, (one) => this.freeNow(one));
  }

  /** True when a VM fits beside what casts the shadow. */
  fitsShadow(need: Amounts): boolean {
    const { shadow } = this;
    return shadow === null || fits(need, (one) => shadow[one] ?? 0);
  }

  score(need: Amounts): number {
    let sum = this.#fixed + standingOf(this.rates, this.used, this.vms) + this.rates.vm;
    for (let one = 0; one < 4; one++) sum += (need[one] ?? 0) * this.#rate(one);
    return sum;
  }

  /** Works out anew what the index keeps. @param least what the smallest request asks of each resource */
  refresh(least: Amounts): void {
    this.changes += 1;
    for (let one = 0; one < 4; one++) {
      const now = this.freeNow(one);
      const free = this.shadow === null ? now : Math.min(now, this.shadow[one] ?? 0);
      this.free[one] = free;
    }
    // One that can take nobody must not draw the search to itself, as a full one would under `binpack`.
    const dead = !fits(least, (one) => this.free[one] ?? 0);
    this.standing = dead
      ? Number.POSITIVE_INFINITY
      : this.#fixed + standingOf(this.rates, this.used, this.vms);
  }

  #rate(one: number): number {
    const key = RESOURCES[one];
    return key === undefined ? 0 : this.rates[key];
  }
}
