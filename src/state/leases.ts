/** When a VM that nobody uses may be taken back (S5). One rule for the scheduler and for the log's own check. */
import type { CloudState } from './cloud-state.ts';
import type { Vm } from './entities/index.ts';
import { setting } from './settings.ts';

export type WhyReclaim = 'idle' | 'never_opened';

/** Why the VM may be taken back at the moment `now`; null: it may not. */
export function whyReclaim(state: CloudState, vm: Vm, now: number): WhyReclaim | null {
  if (vm.desired !== 'running' || vm.held !== null || vm.observed.state !== 'running') return null;
  // Nobody has to watch work in the background; classes and exams end by themselves, and somebody may come late.
  if (vm.kind === 'batch' || vm.kind === 'class' || vm.kind === 'exam') return null;
  const idleMs = setting(state, 'lease.idle_minutes') * 60_000;
  const connectMs = setting(state, 'lease.connect_minutes') * 60_000;
  // One that is used by SSH, or computes, was never opened and still is in use.
  const used = Math.max(vm.observed.since, vm.connectedAt ?? 0, vm.usedAt ?? 0);
  if (connectMs > 0 && vm.connectedAt === null && used + connectMs <= now) return 'never_opened';
  return idleMs > 0 && used + idleMs <= now ? 'idle' : null;
}
