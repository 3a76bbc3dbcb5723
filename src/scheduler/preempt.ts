/**
 * Whom to suspend for a request that fits nowhere (S2): only preemptible VMs of strictly lower base that were there before it asked,
 * the cheapest set on one PC. Waiting never preempts, and who gave a place away itself waits for room instead of taking another's.
 */
import { type CloudState, savedGiB, setting, type Vm } from '../state/index.ts';
import { cheapestSet, type Victim } from './cheapest-set.ts';
import type { Claims } from './priority.ts';
import type { Request } from './request.ts';
import type { Room } from './room.ts';
import { fits, type Spot } from './spot.ts';

export interface Victims {
  readonly spot: Spot;
  readonly vms: readonly Vm[];
}

interface Option {
  readonly spot: Spot;
  readonly victims: readonly Victim[];
  /** How often the spot had changed when this was worked out. */
  readonly changes: number;
}

const MINUTE_MS = 60_000;

export class Preemption {
  readonly #state: CloudState;
  readonly #room: Room;
  readonly #claims: Claims;
  readonly #now: number;
  readonly #pauseMs: number;
  readonly #on: boolean;
  /** VMs that are as good as gone: chosen already, or ended by another pass of this plan. */
  readonly #gone: Set<string>;
  readonly #weak = new Map<Spot, { readonly victims: readonly Victim[]; readonly changes: number }>();
  /** Cheapest first, for requests alike in what they ask and whom they may displace. */
  readonly #options = new Map<string, Option[]>();
  /** Different bases, and different times of getting a place, of the VMs that may give way: sorted. */
  #ranks: { bases: readonly number[]; times: readonly number[] } | null = null;

  constructor(state: CloudState, room: Room, claims: Claims, now: number, gone: Iterable<string>) {
    this.#state = state;
    this.#room = room;
    this.#claims = claims;
    this.#now = now;
    this.#pauseMs = setting(state, 'scheduler.preempt_pause') * MINUTE_MS;
    this.#on = setting(state, 'scheduler.preemption');
    this.#gone = new Set(gone);
  }

  /** @param mayUse leaves out PCs on which the request must not delay another */
  find(request: Request, mayUse: (spot: Spot) => boolean): Victims | null {
    if (!this.#on || request.vm.held !== null) return null;
    const rank = this.#rank(request);
    if (rank === null) return null;
    if (request.only !== null) {
      const spot = this.#room.spot(request.only);
      return spot && mayUse(spot) ? victimsOf(this.#optionOn(spot, request)) : null;
    }
    return victimsOf(this.#cheapest(request, rank, mayUse));
  }

  /** Notes that VMs were chosen. */
  take(vms: readonly Vm[]): void {
    for (const vm of vms) this.#gone.add(vm.id);
  }

  /** They need not go after all. */
  giveBack(vms: readonly Vm[]): void {
    for (const vm of vms) this.#gone.delete(vm.id);
  }

  /** Forgets what was worked out, as more has become free. */
  reset(): void {
    this.#options.clear();
  }

  #cheapest(request: Request, rank: string, mayUse: (spot: Spot) => boolean): Option | null {
    const key = `${request.shape} ${rank}`;
    const options = this.#options.get(key) ?? this.#allOptions(request);
    this.#options.set(key, options);
    for (let at = 0; at < options.length; ) {
      const option = options[at];
      if (!option) break;
      if (option.changes !== option.spot.changes) {
        // What is free only shrinks while a plan is made: worked out anew it can but fall back in the order.
        options.splice(at, 1);
        const anew = this.#optionOn(option.spot, request);
        if (anew) insert(options, anew);
      } else if (mayUse(option.spot)) return option;
      else at += 1;
    }
    return null;
  }

  #allOptions(request: Request): Option[] {
    return this.#room.spots
      .flatMap((spot) => this.#optionOn(spot, request) ?? [])
      .sort((a, b) => compareOptions(a, b));
  }

  #optionOn(spot: Spot, { asked, base, since, vm }: Request): Option | null {
    const [vcpus = 0, ramMiB = 0, storageGiB = 0, tempGiB = 0] = asked;
    if (vm.pinnedNodeId !== null && vm.pinnedNodeId !== spot.id) return null;
    if (!fits([0, 0, storageGiB, tempGiB], (one) => spot.freeNow(one))) return null;
    if (!fits([vcpus, ramMiB], (one) => spot.limits[one] ?? 0)) return null;
    const victims = cheapestSet(
      this.#victimsOn(spot, base, since),
      { vcpus: vcpus - spot.freeLater(0), ramMiB: ramMiB - spot.freeLater(1) },
      spot.freeNow(3) - tempGiB,
    );
    return victims === null ? null : { spot, victims, changes: spot.changes };
  }

  #victimsOn(spot: Spot, base: number, since: number): Victim[] {
    return this.#weakOn(spot).filter((victim) => victim.base < base && placedAt(victim.vm) < since);
  }

  /** All on a PC that may give way to anybody; kept until something changes there. */
  #weakOn(spot: Spot): readonly Victim[] {
    const known = this.#weak.get(spot);
    if (known?.changes === spot.changes) return known.victims;
    const victims = this.#state.tables.vm
      .by('compute', spot.id)
      .filter((vm) => this.#mayGiveWay(vm))
      .map((vm) => ({ vm, base: this.#claims.base(vm), savedGiB: savedGiB(vm) }));
    this.#weak.set(spot, { victims, changes: spot.changes });
    return victims;
  }

  #mayGiveWay(vm: Vm): boolean {
    if (!vm.preemptible || vm.desired !== 'running' || vm.held !== null || this.#gone.has(vm.id))
      return false;
    return vm.preempted === null || vm.preempted.at + this.#pauseMs <= this.#now;
  }

  /** Requests of one rank may displace the same VMs; null: none at all. */
  #rank({ base, since }: Request): string | null {
    this.#ranks ??= this.#allRanks();
    const weaker = countBelow(this.#ranks.bases, base);
    const earlier = countBelow(this.#ranks.times, since);
    return weaker === 0 || earlier === 0 ? null : `${weaker} ${earlier}`;
  }

  #allRanks(): { bases: number[]; times: number[] } {
    const bases = new Set<number>();
    const times = new Set<number>();
    for (const spot of this.#room.spots) {
      for (const vm of this.#state.tables.vm.by('compute', spot.id)) {
        if (!this.#mayGiveWay(vm)) continue;
        bases.add(this.#claims.base(vm));
        times.add(placedAt(vm));
      }
    }
    return { bases: [...bases].sort((a, b) => a - b), times: [...times].sort((a, b) => a - b) };
  }
}

/** How many of the sorted are smaller. */
function countBelow(sorted: readonly number[], bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * When it got its place, as far as its lease tells. One that got it while the request waited already was given it by the order of the queue:
 * taking it away again would be a quarrel without end.
 */
function placedAt(vm: Vm): number {
  return Math.max((vm.leaseEndsAt ?? 0) - vm.leaseHours * 3_600_000, vm.preempted?.at ?? 0);
}

function victimsOf(option: Option | null): Victims | null {
  return option && { spot: option.spot, vms: option.victims.map(({ vm }) => vm) };
}

/** Fewest, then lowest priority, then least recently used, then the lower id. */
function compareOptions(a: Option, b: Option): number {
  return (
    a.victims.length - b.victims.length ||
    sum(a.victims) - sum(b.victims) ||
    lastUse(a.victims) - lastUse(b.victims) ||
    (a.spot.id < b.spot.id ? -1 : 1)
  );
}

function sum(victims: readonly Victim[]): number {
  return victims.reduce((total, { base }) => total + base, 0);
}

function lastUse(victims: readonly Victim[]): number {
  return Math.max(0, ...victims.map(({ vm }) => vm.usedAt ?? 0));
}

function insert(options: Option[], option: Option): void {
  let low = 0;
  let high = options.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = options[middle];
    if (other && compareOptions(other, option) < 0) low = middle + 1;
    else high = middle;
  }
  options.splice(low, 0, option);
}
