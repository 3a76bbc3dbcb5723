/** The queue, its reasons, reservations and what would be, as `schemas-plan.ts` has them. */
import type { Candidate, DryRun, Explanation, Forecast, Priority, Term } from '../../scheduler/index.ts';
import { mayUseVm, occurrence, type Reservation, type Vm, vmState } from '../../state/index.ts';
import { entryOf, problemView, type Reader, type Shape } from './views.ts';

type OtherVm = Shape<'forecastSchema'>['preempts'][number];

/** A VM that waits; null for one that does not any more. */
export function requestView(reader: Reader, vm: Vm): Shape<'requestSchema'> | null {
  const entry = entryOf(reader, vm);
  if (entry === null) return null;
  const { user, image, size, course } = reader.node.state.tables;
  const { position, expectedStart, short, blockedBy, priority } = entry;
  return {
    id: vm.id,
    name: vm.name,
    owner: user.get(vm.ownerId)?.name ?? '',
    ownerId: vm.ownerId,
    image: image.get(vm.imageId)?.name ?? '',
    size: size.get(vm.sizeId)?.name ?? '',
    vcpus: vm.vcpus,
    ramMiB: vm.ramMiB,
    course: vm.courseId === null ? null : (course.get(vm.courseId)?.name ?? null),
    kind: vm.kind,
    preemptible: vm.preemptible,
    since: vm.queuedAt,
    position,
    expectedStart,
    short: short === null ? null : problemView(reader, short),
    blockedBy: blockedBy === null ? null : otherVm(reader, blockedBy),
    priority: priorityView(reader, priority),
  };
}

export function explanationView(
  reader: Reader,
  vm: Vm,
  explanation: Explanation,
): Shape<'explanationSchema'> {
  const { priority, position, expectedStart, blockedBy, candidates, preempts, notPreempting } = explanation;
  const nodeId = vm.placement?.nodeId ?? null;
  return {
    vm: {
      id: vm.id,
      name: vm.name,
      state: vmState(vm),
      node: nodeId === null ? null : nodeName(reader, nodeId),
    },
    priority: priorityView(reader, priority),
    position,
    expectedStart,
    blockedBy: blockedBy === null ? null : otherVm(reader, blockedBy),
    candidates: candidates.map((one) => candidateView(reader, one)),
    preempts:
      preempts === null
        ? null
        : {
            node: nodeName(reader, preempts.nodeId),
            nodeId: preempts.nodeId,
            vms: preempts.vmIds.map((id) => otherVm(reader, id)),
          },
    notPreempting: notPreempting === null ? null : problemView(reader, notPreempting),
  };
}

export function forecastView(reader: Reader, forecast: Forecast): Shape<'forecastSchema'> {
  const { when, nodeId, position, expectedStart, preempts, reason } = forecast;
  return {
    when,
    node: nodeId === null ? null : nodeName(reader, nodeId),
    nodeId,
    position,
    expectedStart,
    preempts: preempts.map((id) => otherVm(reader, id)),
    reason: reason === null ? null : problemView(reader, reason),
  };
}

export function dryRunView(
  reader: Reader,
  { before, after, starts, preempts }: DryRun,
): Shape<'dryRunSchema'> {
  const { vm, user } = reader.node.state.tables;
  const line = (entries: DryRun['before']) =>
    entries.map(({ vmId, position, expectedStart, priority }) => {
      const found = vm.get(vmId);
      const owner = found === undefined ? '' : (user.get(found.ownerId)?.name ?? '');
      return { id: vmId, name: found?.name ?? '', owner, position, expectedStart, priority: priority.total };
    });
  return {
    before: line(before),
    after: line(after),
    starts: starts.map(({ vmId, nodeId }) => {
      return { id: vmId, name: vm.get(vmId)?.name ?? '', node: nodeName(reader, nodeId), nodeId };
    }),
    preempts: preempts.map((id) => otherVm(reader, id)),
  };
}

export function reservationView(reader: Reader, one: Reservation): Shape<'reservationSchema'> {
  const { user, course, image, size, vm } = reader.node.state.tables;
  const { id, label, count, kind, hours, local, zone, starts, state, vcpus, ramMiB, createdAt } = one;
  const ref = (id: string, name: string | undefined) => ({ id, name: name ?? '' });
  return {
    id,
    label,
    owner: ref(one.ownerId, user.get(one.ownerId)?.name),
    course: one.courseId === null ? null : ref(one.courseId, course.get(one.courseId)?.name),
    user: one.userId === null ? null : ref(one.userId, user.get(one.userId)?.name),
    vm: one.vmId === null ? null : ref(one.vmId, vm.get(one.vmId)?.name),
    image: image.get(one.imageId)?.name ?? '',
    imageId: one.imageId,
    size: size.get(one.sizeId)?.name ?? '',
    vcpus,
    ramMiB,
    count,
    kind,
    hours,
    at: local,
    zone,
    starts: [...starts],
    next: nextOf(one),
    state,
    vms: one.vmIds.map((vmId) => otherVm(reader, vmId)),
    warning: one.warning === null ? null : problemView(reader, one.warning),
    createdAt,
  };
}

function nextOf(one: Reservation): Shape<'reservationSchema'>['next'] {
  if (one.state !== 'active') return null;
  const now = one.begun > one.ended;
  const found = occurrence(one, now ? one.begun - 1 : one.begun);
  return found === null ? null : { ...found, now };
}

function priorityView(reader: Reader, { base, total, terms }: Priority): Shape<'prioritySchema'> {
  return { base, total, terms: terms.map((term) => termView(reader, term)) };
}

function termView(reader: Reader, term: Term) {
  return { ...problemView(reader, term), points: term.points };
}

function candidateView(reader: Reader, one: Candidate): Shape<'explanationSchema'>['candidates'][number] {
  return {
    node: nodeName(reader, one.nodeId),
    nodeId: one.nodeId,
    verdict: one.verdict,
    dropped: one.dropped === null ? null : problemView(reader, one.dropped),
    score: one.score,
    terms: one.terms.map((term) => termView(reader, term)),
  };
}

function otherVm({ node, actor }: Reader, id: string): OtherVm {
  const { state } = node;
  const vm = state.tables.vm.get(id);
  if (vm === undefined || !mayUseVm(state, actor, vm)) return { id, name: null, owner: null };
  return { id, name: vm.name, owner: state.tables.user.get(vm.ownerId)?.name ?? '' };
}

function nodeName({ node }: Reader, id: string): string {
  return node.state.tables.node.get(id)?.name ?? id;
}
