/** The policies of placement (S8, S9): which of the PCs that can take a VM suits it best. The least score wins. */
import { type CloudState, type NodeCapacity, type Resources, setting } from '../state/index.ts';
import { type Weights, weightsOf } from './penalty.ts';

/** The resources in one fixed order, so that the index over the PCs can keep them in plain arrays. */
export const RESOURCES = ['vcpus', 'ramMiB', 'storageGiB', 'tempGiB'] as const;

/** What one unit more of a resource, and one VM more, adds to a PC's score. */
export interface Rates extends Resources {
  readonly vm: number;
}

/**
 * A policy is linear in what is used and in what is asked: `score = rates(pc) · (used + need)`. That lets an index over the PCs bound the
 * score of many of them at once (`node-tree.ts`); all three policies are so by nature.
 */
export interface Policy {
  readonly name: 'penalty' | 'binpack' | 'spread';
  /** @param offered what the PC offers, by its share */
  rates(offered: NodeCapacity): Rates;
}

/** CygnusCloud's penalty (S8): the PC that would suffer least. See `penalty.ts`. */
export function penaltyPolicy(weights: Weights): Policy {
  return {
    name: 'penalty',
    rates: (offered) => ratesOf(weights, offered, 1),
  };
}

/** The same sum with the sign turned round: the fullest PC that has room, so that large gaps stay and idle PCs can be switched off. */
export function binpackPolicy(weights: Weights): Policy {
  return {
    name: 'binpack',
    rates: (offered) => ratesOf(weights, offered, -1),
  };
}

/** Fewest VMs per core, whatever their size: a PC that fails takes the fewest people with it. */
export function spreadPolicy(): Policy {
  const perCore = ({ cores }: NodeCapacity) => (cores > 0 ? 1 / cores : 0);
  return {
    name: 'spread',
    rates: (offered) => ({ vcpus: 0, ramMiB: 0, storageGiB: 0, tempGiB: 0, vm: perCore(offered) }),
  };
}

export function policyOf(state: CloudState): Policy {
  const name = setting(state, 'scheduler.policy');
  if (name === 'binpack') return binpackPolicy(weightsOf(state));
  if (name === 'spread') return spreadPolicy();
  return penaltyPolicy(weightsOf(state));
}

/**
 * The part of a PC's score that is the same for every request.
 * @param used in the order of `RESOURCES`
 * @param vms VMs that compute there
 */
export function standingOf(rates: Rates, used: ArrayLike<number>, vms: number): number {
  return (
    rates.vcpus * (used[0] ?? 0) +
    rates.ramMiB * (used[1] ?? 0) +
    rates.storageGiB * (used[2] ?? 0) +
    rates.tempGiB * (used[3] ?? 0) +
    rates.vm * vms
  );
}

function ratesOf(weights: Weights, offered: NodeCapacity, sign: 1 | -1): Rates {
  // A PC that has none of a resource takes no VM that asks for any: the filter sees to that, so here it adds nothing.
  const per = (weight: number, total: number) => (total > 0 ? (sign * weight) / total : 0);
  return {
    vcpus: per(weights.cpu, offered.cores),
    ramMiB: per(weights.ram, offered.ramMiB),
    storageGiB: per(weights.storage, offered.storageGiB),
    tempGiB: per(weights.temp, offered.tempGiB),
    vm: 0,
  };
}
