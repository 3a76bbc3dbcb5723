/** Seats: what a course has reserved is taken by its people while the occurrence is on (S6). */
import type { Context } from './context.ts';
import { presentOccurrence, type Reservation, type Vm } from './entities/index.ts';

/** The VM with the claim of a seat in an occurrence that is on: its own, or a free one of its course. Else null. */
export function seated(context: Context, vm: Vm): Vm | null {
  const reservation = seatOf(context, vm);
  const present = reservation && presentOccurrence(reservation);
  if (!reservation || !present || present.end <= context.now) return null;
  if (!reservation.vmIds.includes(vm.id)) {
    context.put('reservation', { ...reservation, vmIds: [...reservation.vmIds, vm.id] });
  }
  return {
    ...vm,
    kind: reservation.kind,
    preemptible: false,
    reservationId: reservation.id,
    leaseEndsAt: present.end,
  };
}

function seatOf({ state }: Context, vm: Vm): Reservation | undefined {
  const { reservation } = state.tables;
  const own = reservation.get(vm.reservationId ?? '');
  if (own?.vmIds.includes(vm.id)) return own;
  if (vm.courseId === null) return undefined;
  return reservation.by('course', vm.courseId).find((one) => {
    const owners = state.tables.vm.resolve(one.vmIds).map(({ ownerId }) => ownerId);
    const isFree = one.vmIds.length < one.count && !owners.includes(vm.ownerId);
    return isFree && presentOccurrence(one) !== null && one.imageId === vm.imageId && fits(vm, one);
  });
}

function fits(vm: Vm, seat: Reservation): boolean {
  const keys = ['vcpus', 'ramMiB', 'osDiskGiB', 'dataDiskGiB'] as const;
  return keys.every((key) => vm[key] <= seat[key]);
}
