/** One pass of the scheduler: what the master should propose now. Pure: the same state and time give the same plan. */
import { type CloudState, needOf, type Payload } from '../state/index.ts';
import { choosePlace, Promises } from './place.ts';

export type Step =
  | { readonly type: 'vm.place'; readonly payload: Payload<'vm.place'> }
  | { readonly type: 'vm.expire_lease'; readonly payload: Payload<'vm.expire_lease'> }
  | { readonly type: 'operation.expire'; readonly payload: Payload<'operation.expire'> };

/**
 * Ends leases and operations that are over, then gives places to those who wait, first come first served.
 * @param now the master's clock in ms; the log checks every step again against its own
 */
export function plan(state: CloudState, now: number): Step[] {
  return [...expiredLeases(state, now), ...expiredOperations(state, now), ...placements(state)];
}

function expiredLeases(state: CloudState, now: number): Step[] {
  return state.tables.vm
    .by('state', 'running')
    .filter((vm) => vm.desired === 'running' && vm.leaseEndsAt !== null && vm.leaseEndsAt <= now)
    .map((vm) => ({ type: 'vm.expire_lease', payload: { id: vm.id } }));
}

function expiredOperations(state: CloudState, now: number): Step[] {
  return state.tables.operation
    .by('state', 'running')
    .filter((operation) => operation.deadlineAt <= now)
    .map((operation) => ({ type: 'operation.expire', payload: { id: operation.id } }));
}

function placements(state: CloudState): Step[] {
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
