/**
 * Places for the largest size, while few of them are left: a smaller VM on one of them would make the next large one wait, though there is
 * room enough in all. The papers' first fit keeps them by accident, as it fills PC after PC; the penalty (S8), which seeks the emptiest, does not.
 */
import type { CloudState, Vm } from '../state/index.ts';

/**
 * Few: one for so many PCs. On four simulated light school days (100 PCs of 2, 4 and 8 cores) 10 left 17 late, 5 left 5 and 3 left 4: 5 is the
 * least that helps, and leaves the choice to the penalty for as long.
 */
const PCS_PER_PLACE = 5;

type Amounts = ArrayLike<number>;

export class LargePlaces {
  readonly #largest: { readonly vcpus: number; readonly ramMiB: number } | null;
  readonly #weight: number;
  readonly #few: number;
  #left = 0;

  /** @param weight setting `scheduler.large_room` */
  constructor(state: CloudState, weight: number, pcs: number) {
    this.#weight = weight;
    this.#few = pcs / PCS_PER_PLACE;
    const [first, ...others] = state.tables.size.all();
    this.#largest = first ? others.reduce((most, one) => (isLarger(one, most) ? one : most), first) : null;
  }

  /** How many VMs of the largest size the PC would take. @param free in the order of `RESOURCES` */
  on(free: Amounts): number {
    if (this.#largest === null || this.#weight === 0) return 0;
    const { vcpus, ramMiB } = this.#largest;
    const places = Math.min((free[0] ?? 0) / vcpus, (free[1] ?? 0) / ramMiB);
    return Math.max(0, Math.floor(places));
  }

  /** A PC has so many instead of so many. */
  changed(before: number, now: number): void {
    this.#left += now - before;
  }

  /** True when a VM is to be kept away from the places that are left. */
  areFewFor(vm: Pick<Vm, 'vcpus' | 'ramMiB'>): boolean {
    if (this.#largest === null || this.#left === 0 || this.#left > this.#few) return false;
    return isLarger(this.#largest, vm);
  }

  /** What a PC with so many such places costs a VM for which `areFewFor` holds. */
  points(places: number): number {
    return places > 0 ? this.#weight : 0;
  }
}

function isLarger(one: Pick<Vm, 'vcpus' | 'ramMiB'>, other: Pick<Vm, 'vcpus' | 'ramMiB'>): boolean {
  return one.vcpus > other.vcpus || (one.vcpus === other.vcpus && one.ramMiB > other.ramMiB);
}
