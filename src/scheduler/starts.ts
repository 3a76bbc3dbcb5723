/** Staggered class starts (S7): how many VMs of reservations each PC is just starting. Many guests that boot at once are all slow. */
import { type CloudState, setting, type Vm } from '../state/index.ts';
import type { Spot } from './spot.ts';

const STARTING = ['placing', 'fetching', 'starting', 'resuming'] as const;

export class Starts {
  readonly #state: CloudState;
  readonly #limit: number;
  #counts: Map<string, number> | null = null;

  constructor(state: CloudState) {
    this.#state = state;
    this.#limit = setting(state, 'scheduler.starts_per_node');
  }

  /** Notes a start; false when it must wait its turn, though the place is kept for it. */
  begin(vm: Vm, spot: Spot): boolean {
    if (vm.reservationId === null) return true;
    this.#counts ??= this.#count();
    const count = this.#counts.get(spot.id) ?? 0;
    if (count >= this.#limit) return false;
    this.#counts.set(spot.id, count + 1);
    return true;
  }

  #count(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const state of STARTING) {
      for (const { reservationId, placement } of this.#state.tables.vm.by('state', state)) {
        if (reservationId === null || placement === null) continue;
        counts.set(placement.nodeId, (counts.get(placement.nodeId) ?? 0) + 1);
      }
    }
    return counts;
  }
}
