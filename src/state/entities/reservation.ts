import type { NodeProblem } from './node.ts';
import type { VmKind } from './vm.ts';

export type ReservationKind = Extract<VmKind, 'exam' | 'class' | 'personal'>;

/** Places set aside for set times (S6): for a course, or for one person. */
export interface Reservation {
  readonly id: string;
  /** What the person called it; empty: the image's name says enough. */
  readonly label: string;
  /** Who reserved. */
  readonly ownerId: string;
  /** The course that it is for: a VM for each of its students, up to `count`. Null: for `userId`. */
  readonly courseId: string | null;
  /** The person that it is for; null for a course. */
  readonly userId: string | null;
  /** The VM of that person to be started; null: a new one. */
  readonly vmId: string | null;
  readonly imageId: string;
  readonly sizeId: string;
  /** What each VM gets, as it was when it was reserved. */
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly osDiskGiB: number;
  readonly dataDiskGiB: number;
  /** VMs that are set aside: 1 to 500. */
  readonly count: number;
  readonly kind: ReservationKind;
  readonly hours: number;
  /** The first start as the person said it, e.g. `2027-03-01T09:00`, and where: an IANA name such as `Europe/Madrid`. */
  readonly local: string;
  readonly zone: string;
  /** Start of each occurrence in ms, ascending: 1 to 60. They do not overlap. */
  readonly starts: readonly number[];
  /** Occurrences that have begun, and those of them that are over: equal while none is on. */
  readonly begun: number;
  readonly ended: number;
  /** VMs of the present occurrence. */
  readonly vmIds: readonly string[];
  readonly state: 'active' | 'over' | 'cancelled';
  /** Why it may not be honoured, since PCs were lost or changed. */
  readonly warning: NodeProblem | null;
  readonly createdAt: number;
}

/** When the n-th occurrence begins and ends, ms; null when there is none. */
export function occurrence(
  { starts, hours }: Pick<Reservation, 'starts' | 'hours'>,
  nth: number,
): { start: number; end: number } | null {
  const start = starts[nth];
  return start === undefined ? null : { start, end: start + hours * 3_600_000 };
}

/** The occurrence that has begun and is not ended yet; null when none is on. */
export function presentOccurrence(reservation: Reservation): { start: number; end: number } | null {
  if (reservation.state !== 'active' || reservation.begun === reservation.ended) return null;
  return occurrence(reservation, reservation.begun - 1);
}
