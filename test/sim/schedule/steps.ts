/** Reading a plan's steps, and adding what only the master's loop adds. */
import type { Step } from '../../../src/scheduler/index.ts';
import { idOf } from './ids.ts';

export interface Place {
  readonly id: string;
  readonly nodeId: string;
  readonly epoch: number;
}

/** The places that a plan gives, one by one or many in one step. */
export function placesOf(steps: readonly Step[]): Place[] {
  return steps.flatMap((step) => {
    if (step.type === 'vm.place') return [step.payload];
    if (step.type === 'vm.place_many') return step.payload.places;
    return [];
  });
}

/** Most VMs of one class, and where the numbers of classes' VMs begin. */
const SEATS = 500;
const CLASS_VMS = 500_000;

/** Payloads as they go into the log: a class's VMs get their ids from the master, for each class others. */
export class Completion {
  #next = CLASS_VMS;

  of(step: Step): Step['payload'] {
    if (step.type !== 'reservation.begin' || step.payload.vmIds.length > 0) return step.payload;
    const vmIds = Array.from({ length: SEATS }, () => idOf('vm', this.#next++));
    return { ...step.payload, vmIds };
  }
}
