/** Limits per person hold for what they reserve, too (S14). */
import type { CloudState } from './cloud-state.ts';
import type { Reservation, User } from './entities/index.ts';
import { quotaOf, quotaUse } from './quota.ts';
import { Refusal } from './refusals.ts';

const HOUR_MS = 3_600_000;

/** Whether the person may have one more of these, and have it beside what they reserved for the same time. @throws Refusal `quota.…` */
export function needReservationQuota(state: CloudState, user: User, draft: Reservation): void {
  const limits = quotaOf(state, user);
  const own = state.tables.reservation
    .by('user', user.id)
    .filter((one) => one.state === 'active' && one.id !== draft.id);
  if (draft.vmId === null && limits.vms !== null) {
    const have =
      quotaUse(state, user.id).vms + own.filter((one) => one.vmId === null && one.begun === 0).length;
    if (have >= limits.vms) throw new Refusal('quota.vms', { limit: limits.vms, have });
  }
  const beside = own.filter((one) => overlaps(one, draft));
  const sum = (key: 'vcpus' | 'ramMiB') => beside.reduce((total, one) => total + one[key], 0);
  if (limits.running !== null && beside.length >= limits.running) {
    throw new Refusal('quota.running', { limit: limits.running, have: beside.length });
  }
  if (limits.vcpus !== null && sum('vcpus') + draft.vcpus > limits.vcpus) {
    throw new Refusal('quota.vcpus', { limit: limits.vcpus, have: sum('vcpus'), asked: draft.vcpus });
  }
  if (limits.ramMiB !== null && sum('ramMiB') + draft.ramMiB > limits.ramMiB) {
    throw new Refusal('quota.ram', { limit: limits.ramMiB, have: sum('ramMiB'), asked: draft.ramMiB });
  }
}

function overlaps(a: Reservation, b: Reservation): boolean {
  return a.starts.some((start) =>
    b.starts.some((other) => start < other + b.hours * HOUR_MS && other < start + a.hours * HOUR_MS),
  );
}
