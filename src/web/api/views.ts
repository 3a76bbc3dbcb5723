/** From entities to the shapes of `schemas.ts` and its kin. */
import type * as z from 'zod';
import type { NodeServices } from '../../node/interface.ts';
import type { QueueEntry } from '../../scheduler/index.ts';
import {
  type Actor,
  type AuditEntry,
  type Course,
  currentVersion,
  hasConsole,
  type Image,
  type ImageVersion,
  isRequest,
  isSettingKey,
  isTeacherOf,
  type Language,
  maySeeCourse,
  mayUseVm,
  type NodeProblem,
  type Operation,
  type SettingDefinition,
  type SettingKey,
  setting,
  settingDefinitions,
  type User,
  type Vm,
  vmState,
} from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { type CopyRow, copyRows } from '../copies.ts';
import type { WebContext } from '../env.ts';
import { workOf } from '../work.ts';
import type * as common from './schemas.ts';
import type * as images from './schemas-images.ts';
import type * as nodes from './schemas-nodes.ts';
import type * as people from './schemas-people.ts';
import type * as plan from './schemas-plan.ts';
import type * as vms from './schemas-vms.ts';

type Schemas = typeof common & typeof images & typeof nodes & typeof people & typeof plan & typeof vms;
export type Shape<K extends keyof Schemas> = z.input<Schemas[K]>;

/** A reader: what they may see, and in which words. */
export interface Reader {
  readonly node: NodeServices;
  readonly actor: Actor;
  readonly lang: Language;
}

export function readerOf(c: WebContext, actor: Actor): Reader {
  return { node: c.get('node'), actor, lang: c.get('lang') };
}

export function problemView({ lang }: Pick<Reader, 'lang'>, problem: NodeProblem): Shape<'problemSchema'> {
  return { code: problem.code, ...describe(problem.code, problem.data, lang), data: problem.data };
}

export function vmView(reader: Reader, vm: Vm): Shape<'vmSchema'> {
  const { user, image, size, node, course } = reader.node.state.tables;
  const nodeId = vm.placement?.nodeId ?? vm.homeNodeId;
  return {
    id: vm.id,
    name: vm.name,
    owner: user.get(vm.ownerId)?.name ?? '',
    ownerId: vm.ownerId,
    image: image.get(vm.imageId)?.name ?? '',
    imageId: vm.imageId,
    size: size.get(vm.sizeId)?.name ?? '',
    course: vm.courseId === null ? null : (course.get(vm.courseId)?.name ?? null),
    courseId: vm.courseId,
    state: vmState(vm),
    cause: vm.observed.cause === null ? null : problemView(reader, vm.observed.cause),
    node: nodeId === null ? null : (node.get(nodeId)?.name ?? null),
    nodeId,
    epoch: vm.epoch,
    since: vm.observed.since,
    leaseEnds: vm.leaseEndsAt,
    leaseHours: vm.leaseHours,
    ip: vm.observed.ip,
    vcpus: vm.vcpus,
    ramMiB: vm.ramMiB,
    osDiskGiB: vm.osDiskGiB,
    dataDiskGiB: vm.dataDiskGiB,
    persistent: vm.persistent,
    console: hasConsole(vm),
    kind: vm.kind,
    preemptible: vm.preemptible,
    held: vm.held?.by ?? null,
    reservationId: vm.reservationId,
    edits: editedImage(reader, vm),
    publishing: vm.publishing !== null,
    queue: queuedView(reader, vm),
    work: workView(reader, vm),
    createdAt: vm.createdAt,
  };
}

function workView(reader: Reader, vm: Vm): Shape<'vmSchema'>['work'] {
  const work = workOf(reader.node.state, vm);
  if (!vm.persistent && work.recoverable === null) return null;
  const failed = work.failed && { at: work.failed.at, cause: problemView(reader, work.failed.cause) };
  return {
    saved: work.saved && { ...work.saved, nodes: [...work.saved.nodes] },
    saving: work.saving,
    failed,
    strays: [...work.strays],
    recovered: [...work.recovered],
    recoverable: work.recoverable,
  };
}

/** The queue as one answer sees it: worked out once, and only when somebody in it waits. */
const queues = new WeakMap<Reader, ReadonlyMap<string, QueueEntry>>();

/** Where a VM stands in the queue; null for one that does not wait. */
export function entryOf(reader: Reader, vm: Vm): QueueEntry | null {
  if (!isRequest(vm)) return null;
  const known = queues.get(reader) ?? new Map(reader.node.queue().entries.map((one) => [one.vmId, one]));
  queues.set(reader, known);
  return known.get(vm.id) ?? null;
}

function queuedView(reader: Reader, vm: Vm): Shape<'vmSchema'>['queue'] {
  const entry = entryOf(reader, vm);
  if (entry === null) return null;
  const { position, expectedStart, short } = entry;
  return { position, expectedStart, short: short === null ? null : problemView(reader, short) };
}

export function operationView(reader: Reader, operation: Operation): Shape<'operationSchema'> {
  const { id, kind, target, state, error, startedAt, endedAt, author } = operation;
  const { user, node } = reader.node.state.tables;
  const name = user.get(author)?.name ?? node.get(author)?.name ?? author;
  return {
    id,
    kind,
    target,
    author: { id: author, name },
    state,
    progress: state === 'running' ? reader.node.progress(id) : null,
    error: error === null ? null : problemView(reader, error),
    startedAt,
    endedAt,
  };
}

export function imageView(reader: Reader, image: Image): Shape<'imageSchema'> {
  const { state } = reader.node;
  const { user, node, course, vm } = state.tables;
  const version = currentVersion(state, image);
  const holders = version?.nodeIds ?? [];
  const courses = course.by('image', image.id).filter((one) => seesCourse(reader, one));
  return {
    id: image.id,
    name: image.name,
    version: version?.number ?? null,
    kind: version === null || version.kind === 'work' ? null : version.kind,
    sizeBytes: version?.virtualBytes ?? null,
    storedBytes: version?.storedBytes ?? null,
    chunks: version?.chunks ?? null,
    os: image.os,
    shared: image.shared,
    owner: user.get(image.ownerId)?.name ?? node.get(image.ownerId)?.name ?? '',
    ownerId: image.ownerId,
    state: image.state,
    copies: holders.length,
    nodes: version === null ? [] : copyRows(reader.node, version).map((row) => copyView(reader, row)),
    deploy: {
      copies: image.deploy.copies,
      nodes: image.deploy.nodeIds.map((nodeId) => node.get(nodeId)?.name ?? nodeId),
    },
    edit: editView(reader, image),
    courses: courses.map(refOf),
    vms: vm.countBy('image', image.id),
    createdAt: image.createdAt,
  };
}

function editView(reader: Reader, { edit }: Image): Shape<'imageSchema'>['edit'] {
  if (edit === null) return null;
  const { user, vm } = reader.node.state.tables;
  const seen = vm.get(edit.vmId);
  return {
    vm: seen && mayUseVm(reader.node.state, reader.actor, seen) ? refOf(seen) : null,
    user: { id: edit.userId, name: user.get(edit.userId)?.name ?? '' },
    since: edit.since,
    until: edit.endsAt,
  };
}

function editedImage({ node }: Reader, vm: Vm): Shape<'vmSchema'>['edits'] {
  const image = node.state.tables.image.get(vm.editOf ?? '');
  return image?.edit?.vmId === vm.id ? refOf(image) : null;
}

export function versionView(reader: Reader, image: Image, version: ImageVersion): Shape<'versionSchema'> {
  const { user, node, vm, version: versions } = reader.node.state.tables;
  const parent = versions.get(version.parentId ?? '');
  return {
    id: version.id,
    number: version.number,
    current: image.currentVersionId === version.id,
    leaving: version.leaving,
    kind: version.kind === 'iso' ? 'iso' : 'disk',
    sizeBytes: version.virtualBytes,
    storedBytes: version.storedBytes,
    // What a new image was made from is another image's version, of which the number says nothing here.
    parent: parent?.imageId === image.id ? parent.number : null,
    newBytes: version.newBytes,
    author: user.get(version.authorId)?.name ?? '',
    createdAt: version.createdAt,
    vms: vm.countBy('version', version.id),
    nodes: node.resolve(version.nodeIds).map((one) => one.name),
  };
}

function copyView(reader: Reader, { nodeId, present, state, failure }: CopyRow) {
  const node = reader.node.state.tables.node.get(nodeId)?.name ?? nodeId;
  const cause = failure === null ? null : problemView(reader, failure.cause);
  return { node, nodeId, presentChunks: present, state, cause };
}

export function userView(reader: Reader, user: User): Shape<'userSchema'> {
  const { state } = reader.node;
  const { id, name, fullName, role, language, mustChangePassword, quota, declined, createdAt } = user;
  const enrolled = state.tables.enrolment.by('user', id).map((one) => one.courseId);
  const courses =
    role === 'teacher' ? state.tables.course.by('teacher', id) : state.tables.course.resolve(enrolled);
  return {
    id,
    name,
    fullName,
    role,
    language,
    mustChangePassword,
    courses: courses.filter((one) => seesCourse(reader, one)).map(refOf),
    vms: state.tables.vm.countBy('owner', id),
    quota,
    declined,
    createdAt,
  };
}

export function courseView(reader: Reader, course: Course): Shape<'courseSchema'> {
  const { user, enrolment, image } = reader.node.state.tables;
  const enrolled = enrolment.by('course', course.id);
  const students = isTeacherOf(reader.actor, course) ? user.resolve(enrolled.map((one) => one.userId)) : null;
  return {
    id: course.id,
    name: course.name,
    places: course.places,
    enrolled: enrolled.length,
    teachers: user.resolve(course.teacherIds).map(refOf),
    images: image.resolve(course.imageIds).map(refOf),
    students: students?.map(refOf) ?? null,
    maxVms: course.maxVms,
    createdAt: course.createdAt,
  };
}

export function auditView({
  id,
  at,
  author,
  from,
  action,
  target,
  outcome,
}: AuditEntry): Shape<'auditSchema'> {
  return { id, at, author, from, action, target, outcome };
}

export function settingView({ node }: Reader, key: SettingKey): Shape<'settingSchema'> {
  // As any setting may be: today's happen to include no choices.
  const definition = settingDefinitions[key] as SettingDefinition;
  const changed = node.state.tables.setting.get(key);
  const bounded = definition.type === 'integer' || definition.type === 'number' ? definition : null;
  const changedBy = changed
    ? (node.state.tables.user.get(changed.changedBy)?.name ?? changed.changedBy)
    : null;
  return {
    key,
    value: setting(node.state, key),
    default: definition.default,
    type: definition.type,
    min: bounded?.min ?? null,
    max: bounded?.max ?? null,
    unit: bounded?.unit ?? null,
    choices: definition.type === 'choice' ? [...definition.choices] : null,
    changedAt: changed?.changedAt ?? null,
    changedBy,
  };
}

export function settingKeys(): SettingKey[] {
  return Object.keys(settingDefinitions).filter(isSettingKey);
}

function seesCourse({ node, actor }: Reader, course: Course): boolean {
  return maySeeCourse(node.state, actor, course);
}

function refOf({ id, name }: { id: string; name: string }): { id: string; name: string } {
  return { id, name };
}
