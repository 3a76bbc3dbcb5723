/** What several reducers do with reservations (S6). */
import type { CloudState } from './cloud-state.ts';
import type { Context } from './context.ts';
import type { Ref, Reservation, Vm } from './entities/index.ts';
import { isRequest } from './vm-state.ts';
import { giveUp, putVm } from './vms.ts';

/** Reservations that are over or cancelled and can still be looked up; the oldest go. */
const KEPT_OVER = 200;

/** Whom an occurrence is for: the students of the course in the order in which they were enrolled, up to its count; or one person. */
export function peopleOf({ tables }: CloudState, { courseId, userId, count }: Reservation): string[] {
  if (courseId === null) return userId === null ? [] : [userId];
  return tables.enrolment
    .by('course', courseId)
    .sort((a, b) => a.enrolledAt - b.enrolledAt || (a.id < b.id ? -1 : 1))
    .slice(0, count)
    .map((one) => one.userId);
}

export function reservationRef({ id, label }: Reservation): Ref {
  return { kind: 'reservation', id, name: label };
}

/** Calls reservations off that are still to come. VMs that run for them go on as anybody's. */
export function cancelAll(context: Context, reservations: readonly Reservation[]): void {
  for (const one of reservations) {
    if (one.state !== 'active') continue;
    for (const vm of context.state.tables.vm.by('reservation', one.id)) {
      putVm(context, { ...asWalkIn(vm), reservationId: null });
    }
    context.put('reservation', { ...one, state: 'cancelled', ended: one.begun, vmIds: [], warning: null });
    forgetOver(context);
  }
}

/** The present occurrence is over: what runs is suspended with everything in it, what waits waits no longer. */
export function endOccurrence(context: Context, reservation: Reservation): void {
  const isLast = reservation.begun === reservation.starts.length;
  const { vm: vms } = context.state.tables;
  for (const vm of vms.resolve(reservation.vmIds)) endSeat(context, vm);
  // The next occurrence goes on with the same VMs.
  if (isLast)
    for (const vm of vms.by('reservation', reservation.id)) putVm(context, { ...vm, reservationId: null });
  context.put('reservation', {
    ...reservation,
    ended: reservation.begun,
    vmIds: [],
    state: isLast ? 'over' : 'active',
    warning: isLast ? null : reservation.warning,
  });
  if (isLast) forgetOver(context);
}

function endSeat(context: Context, vm: Vm): void {
  const free = asWalkIn(vm);
  if (vm.desired !== 'running') {
    putVm(context, free);
    return;
  }
  context.notify(vm.ownerId, 'vm.lease_ended', { vm: vm.name, vmId: vm.id });
  if (isRequest(vm)) giveUp(context, free, { code: 'vm.lease_ended', data: {} });
  else putVm(context, { ...free, desired: 'suspended', held: null, leaseEndsAt: null });
}

function asWalkIn(vm: Vm): Vm {
  return { ...vm, kind: 'interactive', preemptible: true, preemptAt: null };
}

function forgetOver(context: Context): void {
  const { reservation } = context.state.tables;
  const ids = [...reservation.idsBy('state', 'over'), ...reservation.idsBy('state', 'cancelled')].sort();
  for (const id of ids.slice(0, Math.max(0, ids.length - KEPT_OVER))) context.remove('reservation', id);
}
