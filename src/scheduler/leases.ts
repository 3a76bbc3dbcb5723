/** Leases (S5): warned of, ended, and taken back from those who do not use them; operations ended at their deadline (GF32, GF38); use booked (S4). */
import { type CloudState, type Vm, whyReclaim, wishFor } from '../state/index.ts';
import type { Step } from './step.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** States in which a VM may hold cores and memory for long. */
const HOLDING = ['running', 'suspending', 'stopping', 'unreachable'] as const;
/** VMs that one `usage.book` takes. */
const MANY = 256;

/** VMs that hold their place: also those whose PC is out of reach for now, whose agent hears of it when it is back. */
function onLease(state: CloudState): Vm[] {
  const { vm } = state.tables;
  return [...vm.by('state', 'running'), ...vm.by('state', 'unreachable')].filter(
    (vm) => wishFor(vm) === 'running' && vm.leaseEndsAt !== null,
  );
}

export function expiredLeases(state: CloudState, now: number): Step[] {
  return onLease(state)
    .filter((vm) => (vm.leaseEndsAt ?? 0) <= now)
    .map((vm) => ({ type: 'vm.expire_lease', payload: { id: vm.id } }));
}

/** Once at 15 minutes before the end, once at 5. */
export function leaseWarnings(state: CloudState, now: number): Step[] {
  return state.tables.vm.by('state', 'running').flatMap((vm): Step[] => {
    const minutes = warningDue(vm, now);
    return minutes === null ? [] : [{ type: 'vm.warn_lease', payload: { id: vm.id, minutes } }];
  });
}

function warningDue(vm: Vm, now: number): 5 | 15 | null {
  if (wishFor(vm) !== 'running' || vm.leaseEndsAt === null || vm.leaseEndsAt <= now) return null;
  const left = vm.leaseEndsAt - now;
  if (left <= 5 * MINUTE_MS) return vm.leaseWarned === 5 ? null : 5;
  return left <= 15 * MINUTE_MS && vm.leaseWarned === 0 ? 15 : null;
}

/** VMs that nobody opened since they came up, or that nobody has used for long. */
export function reclaims(state: CloudState, now: number): Step[] {
  return state.tables.vm.by('state', 'running').flatMap((vm): Step[] => {
    if ((vm.leaseEndsAt ?? 0) <= now) return []; // its lease ends it
    const why = whyReclaim(state, vm, now);
    return why === null ? [] : [{ type: 'vm.reclaim', payload: { id: vm.id, why } }];
  });
}

/** What VMs have used is booked hourly, so that it counts while they still run. */
export function usage(state: CloudState, now: number): Step[] {
  const due = HOLDING.flatMap((one) => state.tables.vm.by('state', one))
    .filter(({ runningSince }) => runningSince !== null && runningSince + HOUR_MS <= now)
    .map(({ id }) => id)
    .sort();
  const steps: Step[] = [];
  for (let from = 0; from < due.length; from += MANY) {
    steps.push({ type: 'usage.book', payload: { vmIds: due.slice(from, from + MANY) } });
  }
  return steps;
}

export function expiredOperations(state: CloudState, now: number): Step[] {
  return state.tables.operation
    .by('state', 'running')
    .filter((operation) => operation.deadlineAt <= now)
    .map((operation) => ({ type: 'operation.expire', payload: { id: operation.id } }));
}
