/** What a VM's facts mean: the one state that people see, and what it takes from its node. */
import type { Vm, VmActual } from './entities/index.ts';

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
  if (vm.placement && vm.outOfReach) return 'unreachable';
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

/** True when the guest's screen can be opened. */
export function hasConsole(vm: Vm): boolean {
  return vm.observed.state === 'running' && vm.desired !== 'deleted';
}
