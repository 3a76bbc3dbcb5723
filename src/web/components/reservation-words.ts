/** What a reservation is called, and how it stands. */
import { presentOccurrence, type Reservation } from '../../state/index.ts';
import type { View } from './view.ts';

export function reservationName(v: View, { label, imageId }: Reservation): string {
  return label || (v.state.tables.image.get(imageId)?.name ?? v.t.plan.reservations.other);
}

/** Its next start that has not come yet; null when none is left. */
export function nextStart(v: View, { starts, begun, state }: Reservation): number | null {
  if (state !== 'active') return null;
  const now = v.node.now();
  return starts.find((start, n) => n >= begun && start > now) ?? null;
}

export function standing(v: View, reservation: Reservation): string {
  const words = v.t.plan.reservations;
  if (reservation.state === 'cancelled') return words.cancelled;
  if (presentOccurrence(reservation) !== null) return words.running;
  const next = nextStart(v, reservation);
  return next === null ? words.over : words.coming(v.f.time(next));
}
