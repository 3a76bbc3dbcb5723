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
  const up = vm.observed.since;
  if (connectMs > 0 && vm.connectedAt === null && up + connectMs <= now) return 'never_opened';
  const used = Math.max(up, vm.connectedAt ?? 0, vm.usedAt ?? 0);
  return idleMs > 0 && used + idleMs <= now ? 'idle' : null;
}
