/** Rules of the queue, looked at from outside after each plan: nobody is passed by an equal, and only better claims displace. */
import { priorityOf, type Step } from '../../../src/scheduler/index.ts';
import type { CloudState, Vm } from '../../../src/state/index.ts';
import { Broken } from '../support/checks.ts';
import { placesOf } from './steps.ts';

/**
 * Called before a plan's steps are carried out.
 * @throws Broken when a VM of lesser or later claim gets a place while one that would fit wherever it fits goes on waiting
 */
export function nobodyPassed(state: CloudState, steps: readonly Step[], now: number): void {
  const placed = new Set(placesOf(steps).map(({ id }) => id));
  if (placed.size === 0) return;
  // Others are being suspended for these: their places come within seconds.
  const expected = new Set(state.tables.vm.by('held', 'yes').map(({ held }) => held?.for));
  const left = new Map<string, { vm: Vm; total: number }>();
  for (const vm of state.tables.vm.by('waiting', 'yes')) {
    if (placed.has(vm.id) || expected.has(vm.id) || isTied(vm)) continue;
    const { total } = priorityOf(state, vm, now);
    const best = left.get(likenessOf(vm));
    if (!best || isBefore(vm, total, best.vm, best.total)) left.set(likenessOf(vm), { vm, total });
  }
  for (const id of placed) {
    const vm = state.tables.vm.get(id);
    // One for whom others made way takes that very place, whoever else waits.
    if (!vm || isTied(vm) || expected.has(id)) continue;
    const best = left.get(likenessOf(vm));
    if (!best || !isBefore(best.vm, best.total, vm, priorityOf(state, vm, now).total)) continue;
    throw new Broken('nobody is passed by an equal', `${vm.id} gets a place before ${best.vm.id}`);
  }
}

/** @throws Broken when a VM is to be suspended for one whose claim is not strictly better without its waiting */
export function onlyBetterDisplaces(state: CloudState, step: Step, now: number): void {
  if (step.type !== 'vm.hold' || step.payload.by !== 'preempted') return;
  const vm = state.tables.vm.get(step.payload.id);
  const claimant = state.tables.vm.get(step.payload.for ?? '');
  if (!vm || !claimant) return;
  const [has, wants] = [priorityOf(state, vm, now).base, priorityOf(state, claimant, now).base];
  if (!vm.preemptible || wants <= has)
    throw new Broken(
      'only a better claim displaces',
      `${claimant.id} (${wants}) takes from ${vm.id} (${has})`,
    );
}

/** May run on one PC only, or has its place already and starts in its turn, as classes do: it does not fit wherever others do. */
function isTied(vm: Vm): boolean {
  return vm.homeNodeId !== null || vm.pinnedNodeId !== null || vm.reservationId !== null;
}

/** What two requests have in common that fit in the same places for as long. */
function likenessOf(vm: Vm): string {
  const { vcpus, ramMiB, osDiskGiB, dataDiskGiB, leaseHours, preemptible, kind } = vm;
  return [vcpus, ramMiB, osDiskGiB, dataDiskGiB, leaseHours, preemptible, kind].join(' ');
}

function isBefore(a: Vm, aTotal: number, b: Vm, bTotal: number): boolean {
  if (aTotal !== bTotal) return aTotal > bTotal;
  return a.queuedAt !== b.queuedAt ? a.queuedAt < b.queuedAt : a.id < b.id;
}
