/**
 * How much a node would suffer from one more VM (S8), after CygnusCloud's balancer (UCM 2013, section 4.5.7.1):
 * `fp = 0.2 pCPU + 0.3 pRAM + 0.2 pSTO + 0.3 pTMP`, each p = (need + used) / total, the least wins. The thesis prints a minus in pSTO and
 * pTMP; that is a misprint which would prefer the fullest disk.
 */
import { type CloudState, type Node, type Resources, setting } from '../state/index.ts';

export interface Weights {
  readonly cpu: number;
  readonly ram: number;
  readonly storage: number;
  readonly temp: number;
}

export function weightsOf(state: CloudState): Weights {
  return {
    cpu: setting(state, 'scheduler.weight_cpu'),
    ram: setting(state, 'scheduler.weight_ram'),
    storage: setting(state, 'scheduler.weight_storage'),
    temp: setting(state, 'scheduler.weight_temp'),
  };
}

/** The penalty of placing `need` on a node on which `used` is promised already. */
export function penalty(
  capacity: Node['capacity'],
  used: Resources,
  need: Resources,
  weights: Weights,
): number {
  return (
    weights.cpu * share(need.vcpus + used.vcpus, capacity.cores) +
    weights.ram * share(need.ramMiB + used.ramMiB, capacity.ramMiB) +
    weights.storage * share(need.storageGiB + used.storageGiB, capacity.storageGiB) +
    weights.temp * share(need.tempGiB + used.tempGiB, capacity.tempGiB)
  );
}

/** A node that has none of a resource is full if any of it is needed. */
function share(amount: number, total: number): number {
  if (total > 0) return amount / total;
  return amount > 0 ? Number.POSITIVE_INFINITY : 0;
}
