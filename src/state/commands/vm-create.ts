/** A new VM: the request that the scheduler answers with a place. */
import * as z from 'zod';
import { isEnrolled, isTeacherOf, mayUseImage } from '../access.ts';
import { hostsSoon, limitsOf, needOf, shortOn, usedOn, whyNowhere } from '../capacity.ts';
import { nameKey } from '../cloud-state.ts';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { type Image, newVm, type User, type Vm } from '../entities/index.ts';
import { nameField, sshKeyField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { needPower } from '../nodes.ts';
import { beginOperation } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { needRoomFor } from './size.ts';

/** What a request says of its claim (S2, S4). */
export const claimFields = {
  /** Left out: it may be suspended for a better claim. Only teachers and admins may say no. */
  preemptible: z.boolean().optional(),
  /** Work that can wait, and that nobody has to watch. */
  batch: z.boolean().optional(),
};

export const vmCreate = define(
  z.object({
    id: idSchema,
    /** Left out: the image's name, with a number when the owner has one of that name. */
    name: nameField.optional(),
    /** Left out: the author. Teachers start VMs for students of their course, admins for anybody. */
    ownerId: idSchema.optional(),
    imageId: idSchema,
    sizeId: idSchema,
    hours: z.number(),
    courseId: idSchema.nullable(),
    persistent: z.boolean(),
    sshKeys: z.array(sshKeyField).max(20),
    /** The only node it may run on (admins). */
    pinnedNodeId: idSchema.nullable(),
    ...claimFields,
  }),
  (context, payload) => {
    const owner = needOwner(context, payload.ownerId);
    const image = context.need('image', payload.imageId);
    const courseId = needCourse(context, image, payload.courseId);
    if (image.state !== 'ready' || image.currentVersionId === null) {
      throw new Refusal('image.not_ready', { name: image.name, state: image.state });
    }
    const version = context.need('version', image.currentVersionId);
    const size = context.need('size', payload.sizeId);
    needRoomFor(size, version.virtualBytes);
    needHours(context, payload.hours);
    needQuota(context, owner);
    if (payload.pinnedNodeId !== null) {
      context.needAdmin();
      context.need('node', payload.pinnedNodeId);
    }
    const name = payload.name ?? freeVmName(context, owner.id, image.name);
    if (findVm(context, owner.id, name)) throw new Refusal('name.taken', { kind: 'vm', name });

    const vm: Vm = {
      id: payload.id,
      name,
      ownerId: owner.id,
      courseId,
      imageId: image.id,
      versionId: version.id,
      sizeId: size.id,
      vcpus: size.vcpus,
      ramMiB: size.ramMiB,
      osDiskGiB: size.osDiskGiB,
      dataDiskGiB: size.dataDiskGiB,
      persistent: payload.persistent,
      sshKeys: payload.sshKeys,
      desired: 'running',
      force: false,
      restart: { seq: 0, force: false },
      pinnedNodeId: payload.pinnedNodeId,
      homeNodeId: null,
      epoch: 0,
      placement: null,
      observed: { epoch: 0, state: 'absent', cause: null, since: context.now, ip: null, restartSeq: 0 },
      leaseHours: payload.hours,
      leaseEndsAt: null,
      createdAt: context.now,
      ...newVm,
    };
    needPlace(context, vm);
    context.put('vm', vm);
    const target = refTo('vm', vm);
    const limit = setting(context.state, 'vm.start_timeout') * 1000;
    return { target, operationId: beginOperation(context, 'vm.start', target, limit) };
  },
);

/** @throws Refusal `lease.hours` for anything but whole hours within the settings (P4). */
export function needHours(context: Context, hours: number): void {
  const min = setting(context.state, 'lease.min_hours');
  const max = setting(context.state, 'lease.max_hours');
  if (!Number.isInteger(hours) || hours < min || hours > max)
    throw new Refusal('lease.hours', { hours, min, max });
}

/** Refuses at once what no node has room for now, naming the short resource (P5, S12). */
export function needPlace(context: Context, vm: Vm): void {
  const { state } = context;
  needPower(state.cloud);
  const only = vm.homeNodeId ?? vm.pinnedNodeId;
  const nodes = state.tables.node
    .all()
    .filter((node) => (only === null ? node.state !== 'retired' : node.id === only));
  const need = needOf(vm);
  const fits = nodes.some((node) => {
    return (
      hostsSoon(node) && shortOn(limitsOf(state, node), usedOn(state, node.id, vm.id), need).length === 0
    );
  });
  if (!fits) throw whyNowhere(state, need, nodes);
}

function needOwner(context: Context, ownerId: string | undefined): User {
  const person = context.person();
  const owner = context.need('user', ownerId ?? context.ownerId());
  if (person && owner.id !== person.id) context.needTeacher();
  return owner;
}

/** The course through which the author may use the image; null for those who may without one. */
function needCourse(context: Context, image: Image, courseId: string | null): string | null {
  const person = context.person();
  if (!mayUseImage(context.state, person, image))
    throw new Refusal('not_found', { kind: 'image', id: image.id });
  if (courseId !== null) {
    const course = context.need('course', courseId);
    const member =
      person === null || isTeacherOf(person, course) || isEnrolled(context.state, person.id, courseId);
    if (!member) throw new Refusal('not_found', { kind: 'course', id: courseId });
    if (!course.imageIds.includes(image.id)) {
      throw new Refusal('course.not_linked', { course: course.name, image: image.name });
    }
    return courseId;
  }
  if (person === null || person.role !== 'student') return null;
  const courses = context.state.tables.course.by('image', image.id);
  return courses.find((course) => isEnrolled(context.state, person.id, course.id))?.id ?? null;
}

function needQuota(context: Context, owner: User): void {
  if (owner.role === 'admin') return;
  const limit = setting(context.state, owner.role === 'student' ? 'quota.student_vms' : 'quota.teacher_vms');
  const have = context.state.tables.vm.countBy('owner', owner.id);
  if (have >= limit) throw new Refusal('quota.vms', { limit, have });
}

/** The owner's VM of that name, in whatever case. */
export function findVm(context: Context, ownerId: string, name: string): Vm | undefined {
  const key = nameKey(name);
  return context.state.tables.vm.by('owner', ownerId).find((vm) => nameKey(vm.name) === key);
}

function freeVmName(context: Context, ownerId: string, base: string): string {
  const taken = new Set(context.state.tables.vm.by('owner', ownerId).map((vm) => nameKey(vm.name)));
  if (!taken.has(nameKey(base))) return base;
  const stem = base.slice(0, 57); // room for a space and the number within a name's 63 characters
  for (let n = 2; ; n++) {
    const name = `${stem} ${n}`;
    if (!taken.has(nameKey(name))) return name; // ends: there are fewer VMs than numbers
  }
}
