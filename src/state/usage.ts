/** What people use of the cloud, for fair shares (S4). */
import type { Context } from './context.ts';
import { decayed, type Vm } from './entities/index.ts';
import { setting } from './settings.ts';

const HOUR_MS = 3_600_000;

/** Books what a VM has used since it was last booked. What a course reserved is nobody's own use. */
export function bookUse(context: Context, vm: Vm): void {
  if (vm.runningSince === null || vm.kind === 'exam' || vm.kind === 'class') return;
  const { now } = context;
  const used = (vm.vcpus * (now - vm.runningSince)) / HOUR_MS;
  if (used <= 0) return;
  const usage = context.state.tables.usage.get(vm.ownerId);
  const halfLifeMs = setting(context.state, 'priority.fair_half_life') * HOUR_MS;
  const before = usage ? decayed(usage.amount, now - usage.at, halfLifeMs) : 0;
  context.put('usage', { id: vm.ownerId, amount: before + used, at: now });
}
