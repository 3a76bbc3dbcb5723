/** Leases (S5): warned of, ended, and taken back from those who do not use them; operations ended at their deadline (GF32, GF38); use booked (S4). */
import { type CloudState, type Vm, whyReclaim, wishFor } from '../state/index.ts';
import type { Step } from './step.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** States in which a VM may hold cores and memory for long. */
const HOLDING = ['running', 'suspending', 'stopping', 'unreachable'] as const;
/** VMs that one `usage.book` takes. */
const MANY = 256;

/** VMs in these states, looked up once for all passes of a plan: most of a large cloud's VMs run. */
export type Holding = Readonly<Record<(typeof HOLDING)[number], readonly Vm[]>>;

export function holding({ tables: { vm } }: CloudState): Holding {
  return {
    running: vm.by('state', 'running'),
    suspending: vm.by('state', 'suspending'),
    stopping: vm.by('state', 'stopping'),
    unreachable: vm.by('state', 'unreachable'),
  };
}

/** Of VMs that hold their place: also those whose PC is out of reach for now, whose agent hears of it when it is back. */
export function expiredLeases({ running, unreachable }: Holding, now: number): Step[] {
  return [running, unreachable].flatMap((vms) =>
    vms
      .filter((vm) => vm.leaseEndsAt !== null && vm.leaseEndsAt <= now && wishFor(vm) === 'running')
      .map((vm): Step => ({ type: 'vm.expire_lease', payload: { id: vm.id } })),
  );
}

/** Once at 15 minutes before the end, once at 5. */
export function leaseWarnings({ running }: Holding, now: number): Step[] {
  const steps: Step[] = [];
  for (const vm of running) {
    const minutes = warningDue(vm, now);
    if (minutes !== null) steps.push({ type: 'vm.warn_lease', payload: { id: vm.id, minutes } });
  }
  return steps;
}

function warningDue(vm: Vm, now: number): 5 | 15 | null {
  if (vm.leaseEndsAt === null || vm.leaseEndsAt <= now) return null;
  const left = vm.leaseEndsAt - now;
  if (left > 15 * MINUTE_MS || wishFor(vm) !== 'running') return null;
  if (left <= 5 * MINUTE_MS) return vm.leaseWarned === 5 ? null : 5;
  return vm.leaseWarned === 0 ? 15 : null;
}

/** VMs that nobody opened since they came up, or that nobody has used for long. */
export function reclaims(state: CloudState, { running }: Holding, now: number): Step[] {
  const steps: Step[] = [];
  for (const vm of running) {
    if ((vm.leaseEndsAt ?? 0) <= now) continue; // its lease ends it
    const why = whyReclaim(state, vm, now);
    if (why !== null) steps.push({ type: 'vm.reclaim', payload: { id: vm.id, why } });
  }
  return steps;
}

/** What VMs have used is booked hourly, so that it counts while they still run. */
export function usage(holders: Holding, now: number): Step[] {
  const due = HOLDING.flatMap((one) => holders[one].filter((vm) => isUsageDue(vm, now)))
    .map(({ id }) => id)
    .sort();
  const steps: Step[] = [];
  for (let from = 0; from < due.length; from += MANY) {
    steps.push({ type: 'usage.book', payload: { vmIds: due.slice(from, from + MANY) } });
  }
  return steps;
}

function isUsageDue({ runningSince }: Vm, now: number): boolean {
  return runningSince !== null && runningSince + HOUR_MS <= now;
}

export function expiredOperations(state: CloudState, now: number): Step[] {
  return state.tables.operation
    .by('state', 'running')
    .filter((operation) => operation.deadlineAt <= now)
    .map((operation) => ({ type: 'operation.expire', payload: { id: operation.id } }));
}
