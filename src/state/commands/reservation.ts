/** Reservations (S6): made, removed, warned of. */
import * as z from 'zod';
import { mayManageReservation, maySeeReservation, mayUseImage } from '../access.ts';
import { admits } from '../calendar/admit.ts';
import { wallOf } from '../calendar/wall.ts';
import { hostsSoon, needOf, whyNowhere } from '../capacity.ts';
import type { Context } from '../context.ts';
import { define } from '../definition.ts';
import type { Course, Image, Reservation, ReservationKind, User, Vm } from '../entities/index.ts';
import { labelField, problemField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { Refusal } from '../refusals.ts';
import { needReservationQuota } from '../reservation-quota.ts';
import { cancelAll, reservationRef } from '../reservations.ts';
import { setting } from '../settings.ts';
import { needOwnVm, refuseState } from '../vms.ts';
import { needOwnCourse } from './course.ts';
import { needCurrentVersion } from './image.ts';
import { needRoomFor } from './size.ts';

const HOUR_MS = 3_600_000;
const MAX_DAYS = 365;
const MAX_STARTS = 60;
/** A class, or an exam of several: more at once than any lab has PCs for. */
const MAX_COUNT = 500;
/** Bounds what the calendar looks at for each new one. */
const MAX_ACTIVE = 500;
/** Clocks are at most 14 hours ahead of UTC and 12 behind; an hour beside for a summer time. */
const MAX_OFFSET_MS = 15 * HOUR_MS;
const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

const fields = z.object({
  id: idSchema,
  /** Left out: the image's name. */
  label: labelField.optional(),
  courseId: idSchema.nullable(),
  /** Left out: the author. Teachers and admins reserve for others. Says nothing for a course. */
  userId: idSchema.optional(),
  /** A VM of that person to be started instead of a new one; its image and size are its own. */
  vmId: idSchema.optional(),
  imageId: idSchema,
  sizeId: idSchema,
  count: z.number(),
  /** Left out: `class` for a course, `personal` for a person. */
  kind: z.enum(['exam', 'class', 'personal']).optional(),
  hours: z.number(),
  local: z.string().max(32),
  zone: z.string().max(64),
  starts: z.array(z.number()).max(1000),
});
type Draft = z.infer<typeof fields>;

/**
 * Sets places aside, if the cloud can honour it beside what it has promised.
 * @throws Refusal `reservation.…`, `not_found`, `access.denied`, `image.not_ready`, `course.not_linked`, `size.too_small`, `quota.…`
 */
export const reservationAdd = define(fields, (context, draft) => {
  const { state, now } = context;
  if (context.role() === null) throw new Refusal('access.denied', { need: 'user' });
  const course = draft.courseId === null ? null : needOwnCourse(context, draft.courseId);
  const user = course === null ? needPerson(context, draft.userId) : null;
  const kind = needKind(context, draft, course);
  const vm = draft.vmId === undefined ? null : needVmOf(context, draft.vmId, user);
  const image = needImage(context, vm?.imageId ?? draft.imageId, course);
  const shape = vm ?? needSize(context, draft.sizeId, image);
  needTimes(context, draft);
  needCount(draft.count, course);
  if (state.tables.reservation.countBy('state', 'active') >= MAX_ACTIVE) {
    throw new Refusal('reservation.too_many', { limit: MAX_ACTIVE });
  }
  const reservation: Reservation = {
    id: draft.id,
    label: draft.label || image.name,
    ownerId: context.ownerId(),
    courseId: course?.id ?? null,
    userId: user?.id ?? null,
    vmId: vm?.id ?? null,
    imageId: image.id,
    sizeId: vm?.sizeId ?? draft.sizeId,
    vcpus: shape.vcpus,
    ramMiB: shape.ramMiB,
    osDiskGiB: shape.osDiskGiB,
    dataDiskGiB: shape.dataDiskGiB,
    count: draft.count,
    kind,
    hours: draft.hours,
    local: draft.local,
    zone: draft.zone,
    starts: draft.starts,
    begun: 0,
    ended: 0,
    vmIds: [],
    state: 'active',
    warning: null,
    createdAt: now,
  };
  if (user && user.id === context.person()?.id) needReservationQuota(state, user, reservation);
  const admission = admits(state, reservation, now);
  if (!admission.ok) {
    const nodes = state.tables.node.all();
    // With no PC that runs labs, "other reservations take it all" would be the wrong thing to mend.
    if (!nodes.some(hostsSoon)) throw whyNowhere(state, needOf(reservation), nodes);
    const { resource, free, nextStart } = admission;
    throw new Refusal('reservation.no_room', { resource, free, nextStart, zone: draft.zone });
  }
  context.put('reservation', reservation);
  return { target: reservationRef(reservation) };
});

/** Calls a reservation off. What runs for it goes on, as a lab that was not reserved. @throws Refusal `not_found`, `reservation.wrong_state` */
export const reservationRemove = define(z.object({ id: idSchema }), (context, { id }) => {
  const reservation = context.need('reservation', id);
  const person = context.person();
  if (context.role() === null || !maySeeReservation(context.state, person, reservation)) {
    throw new Refusal('not_found', { kind: 'reservation', id });
  }
  if (!mayManageReservation(context.state, person, reservation)) {
    throw new Refusal('access.denied', { need: 'teacher' });
  }
  needActive(reservation);
  cancelAll(context, [reservation]);
  const told = new Set([reservation.ownerId, ...(reservation.userId === null ? [] : [reservation.userId])]);
  for (const userId of told) {
    if (userId === person?.id) continue;
    context.notify(userId, 'reservation.cancelled', { label: reservation.label, by: person?.name ?? 'root' });
  }
  return { target: reservationRef(reservation) };
});

/** Whether it can still be honoured, as the scheduler found when PCs changed; those who made it are told. */
export const reservationWarn = define(
  z.object({ id: idSchema, warning: problemField.nullable() }),
  (context, { id, warning }) => {
    context.needScheduler();
    const reservation = context.need('reservation', id);
    needActive(reservation);
    const { label, zone, starts, begun, ended } = reservation;
    context.put('reservation', { ...reservation, warning });
    if ((warning === null) === (reservation.warning === null)) return { target: reservationRef(reservation) };
    const at = starts[begun] ?? starts[ended] ?? context.now;
    for (const userId of concerned(context, reservation)) {
      if (warning) context.notify(userId, 'reservation.at_risk', { label, at, zone, cause: warning });
      else context.notify(userId, 'reservation.safe', { label });
    }
    return { target: reservationRef(reservation) };
  },
);

/** @throws Refusal `reservation.wrong_state` */
export function needActive({ label, state }: Reservation): void {
  if (state !== 'active') throw new Refusal('reservation.wrong_state', { label, state });
}

function concerned({ state }: Context, { ownerId, userId, courseId }: Reservation): Set<string> {
  const teachers = state.tables.course.get(courseId ?? '')?.teacherIds ?? [];
  return new Set([ownerId, ...(userId === null ? [] : [userId]), ...teachers]);
}

function needPerson(context: Context, userId: string | undefined): User {
  const user = context.need('user', userId ?? context.ownerId());
  if (context.author.kind === 'user' && user.id !== context.author.id) context.needTeacher();
  return user;
}

function needKind(context: Context, { kind }: Draft, course: Course | null): ReservationKind {
  const usual = course ? 'class' : 'personal';
  const chosen = kind ?? usual;
  if (chosen === 'exam') context.needTeacher();
  else if (chosen !== usual) {
    const problem = `Invalid option: expected one of "exam"|"${usual}"`;
    throw new Refusal('payload.invalid', { field: 'kind', problem });
  }
  return chosen;
}

function needVmOf(context: Context, vmId: string, user: User | null): Vm {
  const vm = needOwnVm(context, vmId);
  if (vm.ownerId !== user?.id) throw new Refusal('not_found', { kind: 'vm', id: vmId });
  if (vm.desired === 'deleted') refuseState(vm, 'start');
  return vm;
}

/** An image that may be used, and of which there is a version: for a course one that it links. */
function needImage(context: Context, imageId: string, course: Course | null): Image {
  const image = context.need('image', imageId);
  if (!mayUseImage(context.state, context.person(), image)) {
    throw new Refusal('not_found', { kind: 'image', id: imageId });
  }
  if (course && !course.imageIds.includes(imageId)) {
    throw new Refusal('course.not_linked', { course: course.name, image: image.name });
  }
  needCurrentVersion(context, image);
  return image;
}

function needSize(context: Context, sizeId: string, image: Image) {
  const size = context.need('size', sizeId);
  needRoomFor(size, context.need('version', image.currentVersionId ?? '').virtualBytes);
  return size;
}

function needCount(count: number, course: Course | null): void {
  if (course && course.places < 1) throw new Refusal('reservation.no_places', { course: course.name });
  const max = course ? Math.min(MAX_COUNT, course.places) : 1;
  if (!Number.isInteger(count) || count < 1 || count > max) {
    throw new Refusal('reservation.count', { count, min: 1, max });
  }
}

/** Whole hours in bounds, a date that exists, times in order, none of them past or too far. Clocks and places were read at the door. */
function needTimes({ state, now }: Context, { hours, local, zone, starts }: Draft): void {
  const min = setting(state, 'lease.min_hours');
  const max = setting(state, 'lease.max_hours');
  if (!Number.isInteger(hours) || hours < min || hours > max) {
    throw new Refusal('reservation.hours', { hours, min, max });
  }
  const malformed = (field: string, value: string) => new Refusal('reservation.malformed', { field, value });
  const wall = wallOf(local);
  if (wall === null) throw malformed('local', local);
  if (!ZONE.test(zone)) throw malformed('zone', zone);
  const [first] = starts;
  const last = starts.at(-1);
  const isListed = starts.every((at, n) => {
    const before = starts[n - 1];
    return Number.isSafeInteger(at) && (before === undefined || at >= before + hours * HOUR_MS);
  });
  const isNear = first !== undefined && Math.abs(first - wall) <= MAX_OFFSET_MS;
  if (first === undefined || last === undefined || starts.length > MAX_STARTS || !isListed || !isNear) {
    throw malformed('starts', starts.slice(0, 3).join(', '));
  }
  if (first < now) throw new Refusal('reservation.past', { at: first, now, zone });
  if (last > now + MAX_DAYS * 24 * HOUR_MS) throw new Refusal('reservation.too_far', { days: MAX_DAYS });
}
