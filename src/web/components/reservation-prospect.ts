/** Whether a reservation would be taken, before it is asked for: what is beside it, and the next hour that is free. */
import {
  admits,
  LabmeshError,
  maySeeReservation,
  Refusal,
  type Reservation,
  setting,
} from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { type ReservationDraft, type ReserveRequest, reservationDraft } from '../actions/index.ts';
import type { Prospect } from './prospect.tsx';
import { reservationName } from './reservation-words.ts';
import type { View } from './view.ts';
import { wallOf } from './wall-clock.ts';

export interface ReservationProspect extends Prospect {
  /** What else is reserved at that time, a line each. */
  readonly beside: readonly string[];
  /** The next hour at which it fits: for the form, and in words. */
  readonly next: { readonly at: string; readonly words: string } | null;
}

const HOUR = 3_600_000;
/** Lines beside a form; a busy hour needs no more to be believed. */
const MOST_BESIDE = 5;

export function reservationProspect(v: View, request: ReserveRequest): ReservationProspect {
  // The clock's own empty field is no mistake that one must be told of.
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(request.at)) return plain('warn', [v.t.plan.forecast.choose]);
  try {
    return drafted(v, request);
  } catch (error) {
    if (!(error instanceof LabmeshError)) throw error;
    const { message, hint } = describe(error.code, error.data, v.lang);
    return plain('bad', [message, hint]);
  }
}

function plain(tone: Prospect['tone'], sentences: readonly string[]): ReservationProspect {
  return { tone, sentences, beside: [], next: null };
}

function drafted(v: View, request: ReserveRequest): ReservationProspect {
  const words = v.t.plan.forecast;
  const draft = reservationDraft(v.node, v.actor, request);
  needPlausible(v, draft);
  const [start = 0] = draft.starts;
  const end = start + draft.hours * HOUR;
  const beside = besideOf(v, start, end);
  const size = v.state.tables.size.get(draft.sizeId);
  if (size === undefined) throw new LabmeshError('not_found', { kind: 'size', id: draft.sizeId });
  const admission = admits(v.state, { ...size, ...draft, vmId: draft.vmId ?? null }, v.node.now());
  if (admission.ok) {
    const said = [words.reserved(draft.count, v.f.time(start), v.f.clock(end)), words.reservedHint];
    return { tone: 'good', sentences: said, beside, next: null };
  }
  const { resource, free, nextStart } = admission;
  const { message } = describe('reservation.no_room', { resource, free, nextStart, zone: v.zone }, v.lang);
  if (nextStart === null) return { ...plain('bad', [message, words.noNext]), beside };
  const wall = wallOf(nextStart, v.zone);
  const when = v.f.time(nextStart);
  return {
    tone: 'warn',
    sentences: [message, words.next(when)],
    beside,
    next: { at: `${wall.day}T${wall.time}`, words: when },
  };
}

/** What the cloud would refuse whatever is free then, said before one asks. @throws Refusal */
function needPlausible(v: View, { starts, count, courseId, zone, hours }: ReservationDraft): void {
  const [at = 0] = starts;
  const now = v.node.now();
  if (at < now) throw new Refusal('reservation.past', { at, now, zone });
  const min = setting(v.state, 'lease.min_hours');
  const max = setting(v.state, 'lease.max_hours');
  if (!Number.isInteger(hours) || hours < min || hours > max) {
    throw new Refusal('reservation.hours', { hours, min, max });
  }
  const course = courseId === null ? undefined : v.state.tables.course.get(courseId);
  if (course && course.places < 1) throw new Refusal('reservation.no_places', { course: course.name });
  const most = course?.places ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new Refusal('reservation.count', { count, min: 1, max: most });
  }
}

function besideOf(v: View, from: number, until: number): string[] {
  const overlaps = (one: Reservation) =>
    one.starts.find((start) => start < until && start + one.hours * HOUR > from);
  const lines: string[] = [];
  for (const one of v.state.tables.reservation.by('state', 'active')) {
    const start = overlaps(one);
    if (start === undefined) continue;
    const name = maySeeReservation(v.state, v.actor, one)
      ? reservationName(v, one)
      : v.t.plan.reservations.other;
    const labs = v.t.plan.reservations.labs(one.count);
    lines.push(`${v.f.clock(start)}–${v.f.clock(start + one.hours * HOUR)} ${name}, ${labs}`);
  }
  const shown = lines.toSorted().slice(0, MOST_BESIDE);
  return lines.length > shown.length
    ? [...shown, v.t.plan.reservations.more(lines.length - shown.length)]
    : shown;
}
