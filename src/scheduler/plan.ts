/** One pass of the scheduler: what the master should propose now. Pure: the same state and time give the same plan. */
import { type CloudState, needOf, type Payload, wishFor } from '../state/index.ts';
import { evictions, lostNodes, settled } from './empty.ts';
import { choosePlace, Promises } from './place.ts';
import type { Loads } from './views.ts';

type Proposed =
  | 'vm.place'
  | 'vm.expire_lease'
  | 'vm.hold'
  | 'vm.release'
  | 'operation.expire'
  | 'node.reach'
  | 'node.drained'
  | 'cloud.powered_off';

export type Step = { [T in Proposed]: { readonly type: T; readonly payload: Payload<T> } }[Proposed];

/**
 * Ends leases and operations that are over, empties what is to be empty, lets go on what may, then gives places to those who wait,
 * first come first served. Steps that follow from others (a VM that was let go on needs a place) come with the next plan.
 * @param loads soft facts of gossip by node id; may be empty
 * @param now the master's clock in ms; the log checks every step again against its own
 */
export function plan(state: CloudState, _loads: Loads, now: number): Step[] {
  return [
    ...lostNodes(state, now),
    ...expiredLeases(state, now),
    ...expiredOperations(state, now),
    ...evictions(state, now),
    ...settled(state),
    ...placements(state),
  ];
}

function expiredLeases(state: CloudState, now: number): Step[] {
  // A lease ends also while its PC is out of reach; the agent hears of it when it is back.
  const { vm } = state.tables;
  return [...vm.by('state', 'running'), ...vm.by('state', 'unreachable')]
    .filter((vm) => wishFor(vm) === 'running' && vm.leaseEndsAt !== null && vm.leaseEndsAt <= now)
    .map((vm) => ({ type: 'vm.expire_lease', payload: { id: vm.id } }));
}

function expiredOperations(state: CloudState, now: number): Step[] {
  return state.tables.operation
    .by('state', 'running')
    .filter((operation) => operation.deadlineAt <= now)
    .map((operation) => ({ type: 'operation.expire', payload: { id: operation.id } }));
}

function placements(state: CloudState): Step[] {
  if (state.cloud?.power.state !== 'on') return [];
  const promises = new Promises(state);
  const steps: Step[] = [];
  for (const vm of state.tables.vm.by('waiting', 'yes')) {
    const node = choosePlace(state, vm, promises);
    if (!node) continue;
    promises.give(node.id, needOf(vm));
    steps.push({ type: 'vm.place', payload: { id: vm.id, nodeId: node.id, epoch: vm.epoch + 1 } });
  }
  return steps;
}
