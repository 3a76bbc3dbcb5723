/** A week of reservations by the viewer's wall clock: which block stands on which day, from when to when. */
import { type CloudState, maySeeReservation, type Reservation } from '../../state/index.ts';
import type { View } from './view.ts';
import { addDays, noonOf, wallOf } from './wall-clock.ts';

/** Whose reservations are shown. */
export type Whose =
  | { readonly kind: 'mine' }
  | { readonly kind: 'cloud' }
  | { readonly kind: 'course'; readonly id: string };

/** The part of an occurrence that lies on one day. */
export interface Block {
  readonly reservation: Reservation;
  /** False: another's, of which only the time and the number are told. */
  readonly open: boolean;
  readonly start: number;
  readonly end: number;
  /** Minutes of that day's wall clock. */
  readonly from: number;
  readonly until: number;
}

export interface Day {
  readonly day: string;
  readonly blocks: readonly Block[];
}

const HOUR = 3_600_000;
/** Around the middle of the week: what begins further away is not in it, whatever the zone and however long. */
const NEAR_MS = 14 * 24 * HOUR;
const DAY_MINUTES = 24 * 60;
/** A day of school: shown even where nothing is reserved. */
const USUAL_FROM = 8 * 60;
const USUAL_UNTIL = 20 * 60;

/** The seven days from a Monday. */
export function weekOf(v: View, monday: string, whose: Whose): Day[] {
  const days = new Map(Array.from({ length: 7 }, (_, n): [string, Block[]] => [addDays(monday, n), []]));
  const middle = noonOf(addDays(monday, 3));
  for (const reservation of v.state.tables.reservation.all()) {
    if (reservation.state === 'cancelled' || !belongs(v, reservation, whose)) continue;
    const open = maySeeReservation(v.state, v.actor, reservation);
    for (const start of reservation.starts) {
      if (Math.abs(start - middle) < NEAR_MS) place(v, days, { reservation, open, start });
    }
  }
  return [...days].map(([day, blocks]) => ({
    day,
    blocks: blocks.sort((a, b) => a.from - b.from || (a.reservation.id < b.reservation.id ? -1 : 1)),
  }));
}

function belongs({ state, actor }: View, reservation: Reservation, whose: Whose): boolean {
  if (whose.kind === 'cloud') return true;
  if (whose.kind === 'course') return reservation.courseId === whose.id;
  return concerns(state, actor?.id ?? '', reservation);
}

/** Made by a person, for a person, or for a course that the person attends. */
function concerns(state: CloudState, userId: string, reservation: Reservation): boolean {
  const { ownerId, userId: forWhom, courseId } = reservation;
  if (ownerId === userId || forWhom === userId) return true;
  return courseId !== null && state.tables.enrolment.get(`${courseId}:${userId}`) !== undefined;
}

/** Puts an occurrence on its day, or on its two days where it passes midnight. */
function place(
  v: View,
  days: Map<string, Block[]>,
  one: Pick<Block, 'reservation' | 'open' | 'start'>,
): void {
  const end = one.start + one.reservation.hours * HOUR;
  const first = wallOf(one.start, v.zone);
  const last = wallOf(end, v.zone);
  if (first.day === last.day) {
    days.get(first.day)?.push({ ...one, end, from: first.minutes, until: last.minutes });
    return;
  }
  days.get(first.day)?.push({ ...one, end, from: first.minutes, until: DAY_MINUTES });
  for (let day = addDays(first.day, 1); day < last.day; day = addDays(day, 1)) {
    days.get(day)?.push({ ...one, end, from: 0, until: DAY_MINUTES });
  }
  if (last.minutes > 0) days.get(last.day)?.push({ ...one, end, from: 0, until: last.minutes });
}

/** The hours that are drawn: a day of school, and what lies before and after it. */
export function hoursShown(days: readonly Day[]): { from: number; until: number } {
  const blocks = days.flatMap((day) => day.blocks);
  const from = Math.min(USUAL_FROM, ...blocks.map((block) => block.from));
  const until = Math.max(USUAL_UNTIL, ...blocks.map((block) => block.until));
  return { from: Math.floor(from / 60), until: Math.ceil(until / 60) };
}
