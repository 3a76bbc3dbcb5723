/** What a VM's facts mean: the one state that people see, and what it takes from its node. */
import type { Vm, VmActual } from './entities/index.ts';
import { restsInWork } from './work.ts';

/** States as pages, API and CLI show them (CLI.md's list). */
export type VmState = 'waiting' | 'placing' | 'moving' | 'unreachable' | Exclude<VmActual, 'absent'>;

const BUSY_UNTIL: Readonly<Record<Vm['desired'], Partial<Record<VmActual, VmState>>>> = {
  running: { absent: 'starting', stopped: 'starting', suspended: 'resuming', failed: 'starting' },
  suspended: {
    running: 'suspending',
    starting: 'suspending',
    resuming: 'suspending',
    fetching: 'suspending',
  },
  stopped: {
    running: 'stopping',
    starting: 'stopping',
    resuming: 'stopping',
    fetching: 'stopping',
    absent: 'stopped',
  },
  deleted: {
    running: 'stopping',
    starting: 'stopping',
    resuming: 'stopping',
    fetching: 'stopping',
    stopped: 'stopping',
    suspended: 'stopping',
    failed: 'stopping',
    absent: 'stopping',
  },
};

/** What is wanted now: a held VM is to be suspended until its hold is gone. */
export function wishFor(vm: Vm): Vm['desired'] {
  return vm.held && vm.desired === 'running' ? 'suspended' : vm.desired;
}

/** The state shown to people: what is wanted where that is newer than what was seen, else what was seen. */
export function vmState(vm: Vm): VmState {
  if (vm.placement && vm.outOfReach && !restsInWork(vm)) return 'unreachable';
  const wish = wishFor(vm);
  if (vm.desired === 'running') {
    if (!vm.placement) return 'waiting';
    if (vm.observed.epoch < vm.placement.epoch && !vm.held)
      return vm.observed.state === 'suspended' ? 'resuming' : 'placing';
  }
  // Held before it came up: its start is still to come.
  if (vm.held && wish === 'suspended' && vm.observed.state === 'absent') return 'waiting';
  const shown = BUSY_UNTIL[wish][vm.observed.state];
  if (shown) return shown;
  return vm.observed.state === 'absent' ? 'stopped' : vm.observed.state;
}

const HOLDS_NOTHING: ReadonlySet<VmActual> = new Set(['absent', 'stopped', 'suspended', 'failed', 'deleted']);

/** True while the VM holds its node's cores and memory: wanted running there, or not yet seen gone. */
export function holdsCompute(vm: Vm): boolean {
  if (!vm.placement) return false;
  if (wishFor(vm) === 'running') return true;
  if (vm.observed.epoch < vm.placement.epoch) return vm.placement.compute;
  return !HOLDS_NOTHING.has(vm.observed.state);
}

const SAVED: ReadonlySet<VmActual> = new Set(['suspending', 'suspended', 'resuming']);
const COMING_UP: ReadonlySet<VmActual> = new Set(['fetching', 'starting', 'running']);

/** True while the guest's memory takes disk on its home: from when it is to be suspended until it runs again. */
export function keepsMemory(vm: Vm): boolean {
  if (vm.homeNodeId === null) return false;
  if (SAVED.has(vm.observed.state)) return true;
  if (vm.placement === null || wishFor(vm) !== 'suspended') return false;
  return vm.observed.epoch < vm.placement.epoch || COMING_UP.has(vm.observed.state);
}

/** True for a request: it waits for a place, or for its place to come back. */
export function isRequest(vm: Vm): boolean {
  return vm.desired === 'running' && (vm.placement === null || vm.held?.by === 'preempted');
}

/** True for what runs because of a reservation. */
export function isReserved({ kind }: Pick<Vm, 'kind'>): boolean {
  return kind === 'exam' || kind === 'class' || kind === 'personal';
}

/**
 * How long a lease still lasts once its VM runs, ms. It stands still while the VM waits or is held, except that a reservation ends at its
 * hour all the same.
 */
export function leaseLeft(vm: Vm, now: number): number {
  if (vm.leaseEndsAt === null) return vm.leaseHours * 3_600_000;
  const stands = (vm.placement === null || vm.held !== null) && !isReserved(vm);
  return Math.max(0, vm.leaseEndsAt - (stands ? vm.queuedAt : now));
}

/** True when the guest's screen can be opened. */
export function hasConsole(vm: Vm): boolean {
  return vm.observed.state === 'running' && vm.desired !== 'deleted';
}
