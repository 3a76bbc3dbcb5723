/**
 * Who gets which place now: goes through the queue in order, places, makes way, and keeps the first who must wait from being delayed.
 * Rounds are repeated until one adds nothing: what a plan gives is what the next plan on its outcome would give, which is nothing more.
 */
import {
  admitsWalkIn,
  type CloudState,
  holdsCompute,
  isReserved,
  savedGiB,
  setting,
  type Vm,
} from '../state/index.ts';
import { foresee, type Shadow } from './backfill.ts';
import { type Claim, ClaimedPlaces } from './claimed-places.ts';
import { Ends } from './ends.ts';
import { Preemption } from './preempt.ts';
import type { Claims } from './priority.ts';
import { byClaim, type Request, requestOf } from './request.ts';
import { Room } from './room.ts';
import { type Amounts, fits, type Spot } from './spot.ts';
import { Starts } from './starts.ts';
import type { Loads } from './views.ts';

export type Decision =
  | { readonly what: 'place'; readonly request: Request; readonly spot: Spot; readonly delayed: boolean }
  /** It had not been suspended yet: it runs on where it is. */
  | { readonly what: 'run on'; readonly request: Request; readonly spot: Spot }
  | {
      readonly what: 'make way';
      readonly request: Request;
      readonly spot: Spot;
      readonly vms: readonly Vm[];
    };

export interface PlacingInput {
  readonly state: CloudState;
  readonly loads: Loads;
  readonly now: number;
  readonly claims: Claims;
  /** VMs that ask for a place, in any order. */
  readonly asking: readonly Vm[];
  /** VMs that other passes of the same plan end. */
  readonly gone: Iterable<string>;
}

export class Placing {
  /** In order. */
  readonly queue: readonly Request[];
  readonly room: Room;
  readonly ends: Ends;
  readonly decisions: Decision[] = [];
  /** The first who must wait, of the last round. */
  shadow: Shadow | null = null;
  readonly #input: PlacingInput;
  readonly #preemption: Preemption;
  readonly #starts: Starts;
  readonly #claimed: ClaimedPlaces;
  readonly #done = new Set<string>();
  readonly #backfill: boolean;
  /** Decisions of former rounds that a later one made unnecessary. */
  #takenBack = 0;
  /** The head of the queue could not be placed: others must not delay it. */
  #head: Request | null = null;
  /** Shapes that found no room in this round, with and without the right to the shadow's place. */
  readonly #full = new Set<string>();
  readonly #unforeseen = new Set<string>();

  constructor(input: PlacingInput) {
    const { state, loads, now, claims } = input;
    this.#input = input;
    this.queue = input.asking.map((vm) => requestOf(state, vm, claims.of(vm), now)).sort(byClaim);
    this.room = new Room(state, loads, now, leastOf(this.queue));
    this.ends = new Ends(state, now);
    this.#preemption = new Preemption(state, this.room, claims, now, input.gone);
    this.#claimed = new ClaimedPlaces(this.room);
    this.#starts = new Starts(state);
    this.#backfill = setting(state, 'scheduler.backfill');
    this.#claimed.takeOver(state, this.queue);
  }

  run(): this {
    while (this.#round());
    return this;
  }

  /** The place that is being made for a VM. */
  claimOf(vmId: string): Claim | undefined {
    return this.#claimed.of(vmId);
  }

  /** True for those who start now: at once, or as soon as others have been suspended for them. */
  hasPlace({ vm }: Request): boolean {
    return this.#done.has(vm.id) || this.#claimed.of(vm.id) !== undefined;
  }

  /** Whom a request must not delay, when it would fit now but for that. */
  blockedBy(request: Request): string | null {
    const { shadow } = this;
    if (shadow === null || this.hasPlace(request) || shadow.request === request) return null;
    if (byClaim(request, shadow.request) < 0) return null;
    if (request.only !== null && request.only !== shadow.spot.id) return null;
    return shadow.spot.fits(request.asked) ? shadow.request.vm.id : null;
  }

  /** For a look ahead: those who are being suspended are gone, those for whom that is done have their places. */
  carryOut(): void {
    for (const request of this.queue) {
      const claim = this.#claimed.of(request.vm.id);
      if (!claim) continue;
      const { spot, leaving } = claim;
      for (const vm of leaving) this.ends.drop(spot.id, vm.id);
      this.ends.add(spot.id, request.vm.id, this.#input.now + request.leaseMs, request.need);
    }
    for (const spot of this.room.spots) spot.carryOut();
  }

  /** One walk through the queue; true when it decided anything while somebody still waits. */
  #round(): boolean {
    this.#dropShadow();
    const before = this.decisions.length + this.#takenBack;
    for (const request of this.queue) if (!this.#done.has(request.vm.id)) this.#serve(request);
    return this.decisions.length + this.#takenBack > before && this.#done.size < this.queue.length;
  }

  #serve(request: Request): void {
    if (this.#runsOn(request) || !this.#isAdmitted(request)) return;
    const hasClaim = this.#claimed.of(request.vm.id) !== undefined;
    this.#claimed.lift(request);
    const found =
      this.#findAs(request, hasClaim) ?? (request.anywhere && this.#findAs(request.anywhere, hasClaim));
    if (found) {
      this.#claimed.forget(request);
      this.#takeBackWay(request);
      this.#place(found.request, found.spot);
      return;
    }
    this.#claimed.putDown(request);
    if (hasClaim) return;
    if (!this.#makeWay(request)) this.#wait(request);
  }

  #findAs(request: Request, hadClaim: boolean): { request: Request; spot: Spot } | null {
    const spot = this.#find(request, hadClaim);
    return spot && { request, spot };
  }

  #find(request: Request, hadClaim: boolean): Spot | null {
    const { shadow } = this;
    if (this.#head !== null && !this.#backfill) return null;
    const short = shadow !== null && this.#input.now + request.leaseMs <= shadow.at;
    const key = `${request.shape}${short ? ' short' : ''}`;
    if (request.only === null && !hadClaim && this.#full.has(key)) return null;
    const spot = this.room.best(request);
    const chosen = short ? this.#besideShadow(request, shadow, spot) : spot;
    if (chosen === null && request.only === null && !hadClaim) this.#full.add(key);
    return chosen;
  }

  /** One that is over before the shadow's time may use its place until then; only its disks stay. */
  #besideShadow(request: Request, { spot }: Shadow, other: Spot | null): Spot | null {
    if (request.only !== null && request.only !== spot.id) return other;
    const left = spot.shadow;
    const [, , storage = 0, temp = 0] = request.asked;
    const disks = [0, 0, storage, temp + savedGiB(request.need)];
    const disksFit = left !== null && fits(disks, (one) => left[one] ?? 0);
    if (!disksFit || !spot.fits(request.asked)) return other;
    if (other === null || other === spot) return spot;
    const difference = this.room.score(spot, request) - this.room.score(other, request);
    return difference < 0 || (difference === 0 && spot.id < other.id) ? spot : other;
  }

  #place(request: Request, spot: Spot): void {
    const { now } = this.#input;
    const end = now + request.leaseMs;
    this.#castOn(spot, request, end);
    this.room.give(spot, request);
    this.ends.add(spot.id, request.vm.id, end, request.need);
    this.#done.add(request.vm.id);
    this.decisions.push({ what: 'place', request, spot, delayed: !this.#starts.begin(request.vm, spot) });
  }

  /** What a new VM takes of the room beside the first who waits. */
  #castOn(spot: Spot, { asked, need }: Request, end: number): void {
    if (spot.shadow === null || this.shadow === null) return;
    const over = end <= this.shadow.at;
    const taken = over ? [0, 0, asked[2] ?? 0, (asked[3] ?? 0) + savedGiB(need)] : asked;
    spot.shadow = spot.shadow.map((left, one) => left - (taken[one] ?? 0));
  }

  /** A preempted VM that still computes goes on at once when nobody needs what it would give back. */
  #runsOn(request: Request): boolean {
    const { vm } = request;
    if (vm.held === null || vm.placement === null || !holdsCompute(vm)) return false;
    const spot = this.room.spot(vm.placement.nodeId);
    if (!spot) return true; // its PC hosts nothing now: it waits for that
    if (this.#claimed.leftBy(vm.id)) {
      if (!fits(request.asked, (one) => spot.freeLater(one))) return true;
      this.#claimed.stay(vm, spot);
    }
    this.ends.add(spot.id, vm.id, this.#input.now + request.leaseMs, request.need);
    this.#done.add(vm.id);
    this.decisions.push({ what: 'run on', request, spot });
    return true;
  }

  /** One that nobody may suspend must leave reservations what they were promised: the log asks the same (`vm.place`). */
  #isAdmitted({ vm }: Request): boolean {
    return vm.preemptible || isReserved(vm) || admitsWalkIn(this.#input.state, vm, this.#input.now).ok;
  }

  #makeWay(request: Request): boolean {
    const stronger = this.#mayDelayHead(request);
    const mayUse = (spot: Spot) => stronger || (this.#backfill && this.shadow?.spot !== spot);
    const found = this.#preemption.find(request, mayUse);
    if (!found) return false;
    const { spot, vms } = found;
    if (vms.length === 0 && spot.fits(request.asked)) {
      this.#place(request, spot);
      return true;
    }
    this.#preemption.take(vms);
    this.#claimed.setAside(request, spot, [...vms]);
    this.room.save(spot, sumOfSaved(vms));
    if (vms.length > 0) this.decisions.push({ what: 'make way', request, spot, vms });
    return true;
  }

  /** A later round found room without anybody's going: those whom this plan chose before stay. */
  #takeBackWay(request: Request): void {
    const at = this.decisions.findIndex((one) => one.what === 'make way' && one.request === request);
    const made = this.decisions[at];
    if (made?.what !== 'make way') return;
    this.decisions.splice(at, 1);
    this.#takenBack++;
    this.#preemption.giveBack(made.vms);
    this.room.save(made.spot, -sumOfSaved(made.vms));
  }

  /** A better claim does; but once the head has waited so long that it goes before all walk-ins, only a reservation does. */
  #mayDelayHead(request: Request): boolean {
    const head = this.#head;
    if (head === null) return true;
    return request.base > head.base && !(head.overdue && !isReserved(request.vm));
  }

  #wait(request: Request): void {
    if (this.shadow !== null) return;
    const key = request.only ?? request.shape;
    if (request.only === null && this.#unforeseen.has(key)) return;
    const found = foresee(this.room, this.ends, request);
    if (!found) {
      this.#unforeseen.add(key);
      return;
    }
    this.#head = request;
    this.shadow = found.shadow;
    found.shadow.spot.shadow = found.left;
    this.room.refresh(found.shadow.spot);
  }

  #dropShadow(): void {
    const spot = this.shadow?.spot;
    this.shadow = null;
    this.#head = null;
    this.#full.clear();
    this.#unforeseen.clear();
    this.#preemption.reset();
    if (!spot) return;
    spot.shadow = null;
    this.room.refresh(spot);
  }
}

function sumOfSaved(vms: readonly Vm[]): number {
  return vms.reduce((sum, vm) => sum + savedGiB(vm), 0);
}

function leastOf(queue: readonly Request[]): Amounts {
  const least: Amounts = [0, 0, 0, 0].fill(Number.POSITIVE_INFINITY);
  for (const { asked } of queue) {
    for (let one = 0; one < 4; one++) least[one] = Math.min(least[one] ?? 0, asked[one] ?? 0);
  }
  return least.map((amount) => (Number.isFinite(amount) ? amount : 0));
}
