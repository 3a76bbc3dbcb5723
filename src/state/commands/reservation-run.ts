/** The occurrences of a reservation: at its hour its VMs are started, at its end they are suspended. */
import * as z from 'zod';
import { isEnrolled } from '../access.ts';
import { hosts } from '../capacity.ts';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import {
  type Image,
  type ImageVersion,
  type NodeProblem,
  occurrence,
  presentOccurrence,
  type Reservation,
  type Vm,
} from '../entities/index.ts';
import { freeVmName, freshVm } from '../fresh-vm.ts';
import { idSchema } from '../ids.ts';
import { needPower } from '../nodes.ts';
import { beginOperation } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { endOccurrence, peopleOf, reservationRef } from '../reservations.ts';
import { holdsCompute, keepsMemory, vmState } from '../vm-state.ts';
import { putVm } from '../vms.ts';
import { roams } from '../work.ts';
import { needActive } from './reservation.ts';

/**
 * Begins the n-th occurrence, counted from 0: a VM for each of its people is wanted running, with the reservation's claim, until its
 * end. One that cannot begin (its hour has passed, its image is gone) is over at once, and its owner is told.
 * `vmIds`: as many new ids as it has people (`peopleOf`), or more.
 * @throws Refusal `reservation.wrong_state`, `reservation.not_due`, `cloud.not_on`, `payload.invalid`
 */
export const reservationBegin = define(
  z.object({ id: idSchema, nth: z.int().min(0), vmIds: z.array(idSchema).max(500) }),
  (context, { id, nth, vmIds }) => {
    context.needScheduler();
    const { state, now } = context;
    const reservation = context.need('reservation', id);
    needActive(reservation);
    const { label, begun, ended, zone } = reservation;
    const when = nth === begun && begun === ended ? occurrence(reservation, nth) : null;
    if (!when) throw new Refusal('reservation.wrong_state', { label, state: reservation.state });
    if (when.start > now) throw new Refusal('reservation.not_due', { label, at: when.start });
    const on: Reservation = { ...reservation, begun: nth + 1, vmIds: [] };
    const source =
      when.end > now
        ? sourceOf(context, reservation)
        : { code: 'reservation.past', data: { at: when.start, now, zone } };
    if ('code' in source) {
      endOccurrence(context, on);
      context.notify(reservation.ownerId, 'reservation.failed', {
        label,
        at: when.start,
        zone,
        cause: source,
      });
      return { target: reservationRef(reservation) };
    }
    needPower(state.cloud);
    const people = peopleOf(state, reservation);
    needIds(context, vmIds, people.length);
    const seats = people.map((userId, n) => {
      const freshId = vmIds[n] ?? '';
      const vm = goesOn(context, reservation, userId) ?? made(context, reservation, source, userId, freshId);
      seat(context, reservation, vm, when.end, freshId);
      return vm.id;
    });
    context.put('reservation', { ...on, vmIds: seats });
    return { target: reservationRef(reservation) };
  },
);

/** Ends the present occurrence, and with the last one the reservation. @throws Refusal `reservation.wrong_state`, `reservation.not_due` */
export const reservationEnd = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needScheduler();
  const reservation = context.need('reservation', id);
  const { label, state } = reservation;
  const present = presentOccurrence(reservation);
  if (!present) throw new Refusal('reservation.wrong_state', { label, state });
  if (present.end > context.now) throw new Refusal('reservation.not_due', { label, at: present.end });
  endOccurrence(context, reservation);
  return { target: reservationRef(reservation) };
});

interface Source {
  readonly image: Image;
  readonly version: ImageVersion;
}

/** What its VMs are made of, or why they cannot be made. */
function sourceOf({ state }: Context, { imageId, osDiskGiB, sizeId }: Reservation): Source | NodeProblem {
  const image = state.tables.image.get(imageId);
  const version = state.tables.version.get(image?.currentVersionId ?? '');
  if (!image || !version) return { code: 'not_found', data: { kind: 'image', id: imageId } };
  const imageGiB = Math.ceil(version.virtualBytes / 2 ** 30);
  if (imageGiB <= osDiskGiB) return { image, version };
  const size = state.tables.size.get(sizeId)?.name ?? sizeId;
  return { code: 'size.too_small', data: { size, sizeGiB: osDiskGiB, imageGiB } };
}

function needIds(context: Context, vmIds: readonly string[], count: number): void {
  const refuse = (problem: string): never => {
    throw new Refusal('payload.invalid', { field: 'vmIds', problem });
  };
  if (vmIds.length < count) refuse(`Too small: expected array to have >=${count} items`);
  if (new Set(vmIds).size < vmIds.length || vmIds.some((id) => context.state.tables.vm.get(id)))
    refuse('id.malformed');
}

/** The VM with which the person goes on: the one that was named, or theirs of the last time. Null when it cannot run now. */
function goesOn({ state }: Context, { id, vmId }: Reservation, userId: string): Vm | null {
  const { vm: vms, node } = state.tables;
  const vm = vmId === null ? vms.by('reservation', id).find((one) => one.ownerId === userId) : vms.get(vmId);
  if (!vm || vm.desired === 'deleted' || vmState(vm) === 'stopping') return null;
  const home = vm.homeNodeId === null ? null : node.get(vm.homeNodeId);
  return home === null || (home && hosts(home)) || roams(state, vm) ? vm : null;
}

function made(
  context: Context,
  reservation: Reservation,
  { image, version }: Source,
  userId: string,
  id: string,
): Vm {
  const { state } = context;
  const { vcpus, ramMiB, osDiskGiB, dataDiskGiB, sizeId, hours } = reservation;
  return freshVm(context.now, {
    id,
    name: freeVmName(state, userId, image.name),
    ownerId: userId,
    courseId: reservation.courseId ?? courseOf(context, image, userId),
    imageId: image.id,
    versionId: version.id,
    sizeId,
    vcpus,
    ramMiB,
    osDiskGiB,
    dataDiskGiB,
    persistent: true, // a weekly class goes on where it stopped
    sshKeys: [],
    pinnedNodeId: null,
    leaseHours: hours,
  });
}

/** The course through which the person may use the image, as when they start it themselves. */
function courseOf({ state }: Context, image: Image, userId: string): string | null {
  const courses = state.tables.course.by('image', image.id);
  return courses.find((course) => isEnrolled(state, userId, course.id))?.id ?? null;
}

/** The VM is wanted running with the reservation's claim; what runs already runs on with it. */
function seat(
  context: Context,
  { kind, id, hours, label }: Reservation,
  vm: Vm,
  end: number,
  operationId: string,
): void {
  const claim = {
    kind,
    preemptible: false,
    reservationId: id,
    leaseHours: hours,
    leaseEndsAt: end,
    leaseWarned: 0,
  } as const;
  const isOn = vm.desired === 'running' && context.state.tables.vm.get(vm.id) !== undefined;
  // What is just being suspended keeps its place, and goes on there.
  const placement = holdsCompute(vm) ? vm.placement : null;
  const started: Vm = {
    ...vm,
    ...claim,
    desired: 'running',
    force: false,
    held: null,
    placement,
    preemptAt: null,
  };
  putVm(
    context,
    isOn ? { ...vm, ...claim } : { ...started, connectedAt: null, usedAt: null, queuedAt: context.now },
  );
  const target = refTo('vm', vm);
  const operation = keepsMemory(vm) ? 'vm.resume' : 'vm.start';
  if (!isOn) beginOperation(context, operation, target, end - context.now, operationId);
  context.notify(vm.ownerId, 'reservation.begun', { label, vm: vm.name, vmId: vm.id });
}
