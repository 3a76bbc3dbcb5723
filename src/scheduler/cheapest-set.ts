/** The cheapest set of VMs on one PC that frees enough: fewest, then lowest priority, then least recently used. */
import type { Vm } from '../state/index.ts';

export interface Victim {
  readonly vm: Vm;
  readonly base: number;
  /** Disk that its saved memory will take. */
  readonly savedGiB: number;
}

export interface Deficit {
  readonly vcpus: number;
  readonly ramMiB: number;
}

/** Sets looked at on one PC before the first that was found is taken: enough for every set of 3 out of 40. */
const MAX_TRIES = 10_000;
const EPSILON = 1e-9;

/** @param roomGiB disk for saved memory. Null when no set does; an empty one when nothing is short. */
export function cheapestSet(all: readonly Victim[], deficit: Deficit, roomGiB: number): Victim[] | null {
  if (covered(deficit)) return [];
  const victims = [...all].sort(
    (a, b) => a.base - b.base || (a.vm.usedAt ?? 0) - (b.vm.usedAt ?? 0) || (a.vm.id < b.vm.id ? -1 : 1),
  );
  const search = new Search(victims, roomGiB);
  for (let size = search.fewest(deficit); size <= victims.length; size++) {
    const found = search.ofSize(size, deficit);
    if (found) return found;
    if (search.exhausted) return largestFirst(victims, deficit, roomGiB);
  }
  return null;
}

/** Not the cheapest, but one that does, where there are too many sets to look at. */
function largestFirst(victims: readonly Victim[], deficit: Deficit, roomGiB: number): Victim[] | null {
  const chosen: Victim[] = [];
  let left = deficit;
  let room = roomGiB;
  const bySize = [...victims].sort((a, b) => b.vm.ramMiB - a.vm.ramMiB || b.vm.vcpus - a.vm.vcpus);
  for (const victim of bySize) {
    if (covered(left)) break;
    if (victim.savedGiB > room + EPSILON) continue;
    chosen.push(victim);
    left = { vcpus: left.vcpus - victim.vm.vcpus, ramMiB: left.ramMiB - victim.vm.ramMiB };
    room -= victim.savedGiB;
  }
  return covered(left) ? chosen : null;
}

class Search {
  readonly #victims: readonly Victim[];
  readonly #roomGiB: number;
  /** From each position on: the largest that one VM frees. */
  readonly #most: Deficit[];
  #tries = 0;
  #best: { chosen: Victim[]; base: number } | null = null;

  constructor(victims: readonly Victim[], roomGiB: number) {
    this.#victims = victims;
    this.#roomGiB = roomGiB;
    this.#most = [];
    let most = { vcpus: 0, ramMiB: 0 };
    for (let at = victims.length - 1; at >= 0; at--) {
      const vm = victims[at]?.vm;
      most = {
        vcpus: Math.max(most.vcpus, vm?.vcpus ?? 0),
        ramMiB: Math.max(most.ramMiB, vm?.ramMiB ?? 0),
      };
      this.#most[at] = most;
    }
  }

  get exhausted(): boolean {
    return this.#tries > MAX_TRIES;
  }

  /** No smaller set can do. */
  fewest({ vcpus, ramMiB }: Deficit): number {
    const most = this.#most[0];
    if (!most) return 1;
    const of = (amount: number, each: number) =>
      amount <= EPSILON ? 0 : each > 0 ? Math.ceil(amount / each - EPSILON) : Number.POSITIVE_INFINITY;
    return Math.max(1, of(vcpus, most.vcpus), of(ramMiB, most.ramMiB));
  }

  /** The set of this size with the lowest sum of priorities; of equals the one used least recently, as the VMs are in that order. */
  ofSize(size: number, deficit: Deficit): Victim[] | null {
    this.#best = null;
    this.#add([], 0, 0, size, deficit, this.#roomGiB);
    return this.#found();
  }

  #found(): Victim[] | null {
    return this.#best?.chosen ?? null;
  }

  #add(chosen: Victim[], base: number, from: number, more: number, deficit: Deficit, roomGiB: number): void {
    if (more === 0) {
      if (covered(deficit) && (this.#best === null || base < this.#best.base)) {
        this.#best = { chosen: [...chosen], base };
      }
      return;
    }
    for (let at = from; at + more <= this.#victims.length; at++) {
      const victim = this.#victims[at];
      const most = this.#most[at];
      if (!victim || !most || this.exhausted) return;
      // Even the largest of those that are left would not do.
      if (!covered({ vcpus: deficit.vcpus - more * most.vcpus, ramMiB: deficit.ramMiB - more * most.ramMiB }))
        return;
      // They come in order of priority: no later one makes the sum smaller.
      if (this.#best !== null && base + more * victim.base >= this.#best.base) return;
      this.#tries += 1;
      if (victim.savedGiB > roomGiB + EPSILON) continue;
      const { vcpus, ramMiB } = victim.vm;
      const left = { vcpus: deficit.vcpus - vcpus, ramMiB: deficit.ramMiB - ramMiB };
      this.#add([...chosen, victim], base + victim.base, at + 1, more - 1, left, roomGiB - victim.savedGiB);
    }
  }
}

function covered({ vcpus, ramMiB }: Deficit): boolean {
  return vcpus <= EPSILON && ramMiB <= EPSILON;
}
