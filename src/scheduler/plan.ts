/** One pass of the scheduler: what the master should propose now. Pure: the same state, loads and time give the same plan. */
import type { CloudState } from '../state/index.ts';
import { evictions, lostNodes, settled } from './empty.ts';
import { expiredLeases, expiredOperations, holding, leaseWarnings, reclaims, usage } from './leases.ts';
import { placements } from './placements.ts';
import { copyOrders, garbage } from './replicas.ts';
import { dueReservations, preemptNotices, recheckedReservations } from './reservations.ts';
import type { Step } from './step.ts';
import type { Loads } from './views.ts';

/**
 * Ends leases, operations and requests that are over, empties what is to be empty, lets go on what may, begins and ends reservations,
 * then gives places to those who wait, in the order of their claims, and makes way for those who may displace others. Planned
 * again on its own outcome it adds nothing, but for the VMs that a reservation has just made.
 * @param loads soft facts of gossip by node id; may be empty
 * @param now the master's clock in ms; the log checks every step again against its own
 */
export function plan(state: CloudState, loads: Loads, now: number): Step[] {
  const holders = holding(state);
  // What one pass ends or suspends, no later one asks the same of: the log would refuse the second.
  const ended = [...expiredLeases(holders, now), ...reclaims(state, holders, now)];
  const first = [
    ...lostNodes(state, now),
    ...ended,
    ...expiredOperations(state, now),
    ...leaseWarnings(holders, now),
    ...usage(holders, now),
    ...evictions(state, now, ended),
    ...settled(state),
    ...dueReservations(state, now),
    ...recheckedReservations(state, now),
    ...copyOrders(state, loads, now),
    ...garbage(state),
  ];
  return [...first, ...preemptNotices(state, loads, now, first), ...placements(state, loads, now, first)];
}
