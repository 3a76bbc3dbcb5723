/** Reservations (S6): begun at their hour, ended at their end, looked at again since PCs were lost, told of to those who will give way. */
import {
  type CloudState,
  honours,
  occurrence,
  peopleOf,
  presentOccurrence,
  type Reservation,
  setting,
  type Vm,
} from '../state/index.ts';
import { draftVm } from './draft-vm.ts';
import { askingFor, decide } from './placements.ts';
import type { Step } from './step.ts';
import type { Loads } from './views.ts';

/** Reservations looked at again in one plan: a look packs the whole cloud, and the next plan is a second away. */
const LOOKS = 4;
const SECOND_MS = 1000;

/** Ends what is over, then begins what is due: one occurrence of a reservation at a time. */
export function dueReservations(state: CloudState, now: number): Step[] {
  const isOn = state.cloud?.power.state === 'on';
  return active(state).flatMap((reservation): Step[] => {
    const present = presentOccurrence(reservation);
    if (present)
      return present.end <= now ? [{ type: 'reservation.end', payload: { id: reservation.id } }] : [];
    const nth = reservation.begun;
    const next = occurrence(reservation, nth);
    // While the cloud is off nothing starts; what has passed meanwhile is told of.
    if (!next || next.start > now || (!isOn && next.end > now)) return [];
    const vmIds = idsOf(reservation, next.start, peopleOf(state, reservation).length);
    return [{ type: 'reservation.begin', payload: { id: reservation.id, nth, vmIds } }];
  });
}

/** Warns once when a reservation can no longer be honoured, and takes the warning back when it can again. */
export function recheckedReservations(state: CloudState, now: number): Step[] {
  const all = active(state);
  // In turn, by the second: a plan remembers nothing.
  const from = LOOKS * Math.floor(now / SECOND_MS);
  const turn =
    all.length <= LOOKS ? all : Array.from({ length: LOOKS }, (_, n) => all[(from + n) % all.length]);
  return turn.flatMap((reservation): Step[] => {
    if (!reservation) return [];
    const admission = honours(state, reservation, now);
    if (admission.ok === (reservation.warning === null)) return [];
    const { id } = reservation;
    if (admission.ok) return [{ type: 'reservation.warn', payload: { id, warning: null } }];
    const { resource, free, nextStart } = admission;
    const warning = {
      code: 'reservation.no_room',
      data: { resource, free, nextStart, zone: reservation.zone },
    };
    return [{ type: 'reservation.warn', payload: { id, warning } }];
  });
}

/**
 * Tells the owners of VMs that will give way to a reservation which begins within `scheduler.preempt_notice`.
 * @param before steps that go first: what they end makes way for nobody
 */
export function preemptNotices(
  state: CloudState,
  loads: Loads,
  now: number,
  before: readonly Step[],
): Step[] {
  const noticeMs = setting(state, 'scheduler.preempt_notice') * SECOND_MS;
  if (!setting(state, 'scheduler.preemption')) return [];
  const soon = active(state).flatMap((reservation) => {
    if (presentOccurrence(reservation)) return [];
    const next = occurrence(reservation, reservation.begun);
    return next && next.start > now && next.start - now <= noticeMs
      ? [{ reservation, start: next.start }]
      : [];
  });
  if (soon.length === 0) return [];
  const coming = new Map<string, number>();
  const asking = soon.flatMap(({ reservation, start }) => {
    const vms = comingVms(state, reservation, start);
    for (const { id } of vms) coming.set(id, start);
    return vms;
  });
  const { decisions } = decide(state, loads, now, [...askingFor(state, before), ...asking], before);
  return decisions.flatMap((decision): Step[] => {
    const at = coming.get(decision.request.vm.id);
    if (decision.what !== 'make way' || at === undefined) return [];
    return decision.vms
      .filter(({ preemptAt }) => preemptAt === null || preemptAt <= now)
      .map(({ id }) => ({ type: 'vm.warn_preempt', payload: { id, at } }));
  });
}

function active(state: CloudState): Reservation[] {
  return state.tables.reservation.by('state', 'active');
}

/** The VMs that an occurrence will ask places for, as far as they can be known before its hour. */
function comingVms(state: CloudState, reservation: Reservation, start: number): Vm[] {
  const { id, kind, imageId, sizeId, vcpus, ramMiB, osDiskGiB, dataDiskGiB, courseId, hours } = reservation;
  const people = peopleOf(state, reservation);
  const ids = idsOf(reservation, start, people.length);
  const { vm: vms } = state.tables;
  return people.flatMap((ownerId, n): Vm[] => {
    const own =
      reservation.vmId === null
        ? vms.by('reservation', id).find((vm) => vm.ownerId === ownerId)
        : vms.get(reservation.vmId);
    if (own && own.desired === 'running') return []; // has its place, or asks for one already
    const size = { imageId, sizeId, vcpus, ramMiB, osDiskGiB, dataDiskGiB };
    const claim = { kind, preemptible: false, courseId, ownerId, leaseHours: hours, queuedAt: start };
    const base = own ?? draftVm(ids[n] ?? id, state.tables.image.get(imageId)?.currentVersionId ?? '', start);
    return [{ ...base, ...size, ...claim, desired: 'running', placement: null, leaseEndsAt: null }];
  });
}

const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * Ids for the VMs of an occurrence: its hour, then what is random in the reservation's own id, then a number. Two masters that begin the
 * same occurrence make the same VMs.
 */
export function idsOf({ id }: Pick<Reservation, 'id'>, start: number, count: number): string[] {
  const head = base32(start, 10) + id.slice(10, 22);
  return Array.from({ length: count }, (_, n) => head + base32(n, 4));
}

function base32(number: number, digits: number): string {
  let text = '';
  for (let rest = number; text.length < digits; rest = Math.floor(rest / 32))
    text = (BASE32[rest % 32] ?? '0') + text;
  return text;
}
