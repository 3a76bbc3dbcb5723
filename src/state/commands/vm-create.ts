/** A new VM: the request that the scheduler answers with a place. */
import * as z from 'zod';
import { isEnrolled, isTeacherOf, mayUseImage } from '../access.ts';
import { claimFields, queued } from '../claims.ts';
import type { CloudState } from '../cloud-state.ts';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import type { Image, ImageVersion, Size, User } from '../entities/index.ts';
import { nameField, sshKeyField } from '../fields.ts';
import { findVm, freeVmName, freshVm } from '../fresh-vm.ts';
import { idSchema } from '../ids.ts';
import { beginOperation } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { putVm } from '../vms.ts';
import { needCurrentVersion } from './image.ts';
import { needRoomFor } from './size.ts';

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
    const version = needCurrentVersion(context, image);
    const size = needShape(context, version, payload);
    const name = payload.name ?? freeVmName(context.state, owner.id, image.name);
    if (findVm(context.state, owner.id, name)) throw new Refusal('name.taken', { kind: 'vm', name });

    const vm = freshVm(context.now, {
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
      pinnedNodeId: payload.pinnedNodeId,
      leaseHours: payload.hours,
    });
    putVm(context, queued(context, vm, owner, payload));
    const target = refTo('vm', vm);
    return { target, operationId: beginOperation(context, 'vm.start', target, waitLimit(context.state)) };
  },
);

/** How long a request may wait, ms; once it has a place, its start has a limit of its own. */
export function waitLimit(state: CloudState): number {
  return setting(state, 'queue.max_wait') * 3_600_000;
}

/** What a VM of the version is to be: a size that holds it, hours that may be had, and a PC only where an admin says so. */
export function needShape(
  context: Context,
  { virtualBytes }: Pick<ImageVersion, 'virtualBytes'>,
  asked: { readonly sizeId: string; readonly hours: number; readonly pinnedNodeId: string | null },
): Size {
  const size = context.need('size', asked.sizeId);
  needRoomFor(size, virtualBytes);
  needHours(context, asked.hours);
  if (asked.pinnedNodeId !== null) {
    context.needAdmin();
    context.need('node', asked.pinnedNodeId);
  }
  return size;
}

/** @throws Refusal `lease.hours` for anything but whole hours within the settings (P4). */
export function needHours(context: Context, hours: number): void {
  const min = setting(context.state, 'lease.min_hours');
  const max = setting(context.state, 'lease.max_hours');
  if (!Number.isInteger(hours) || hours < min || hours > max)
    throw new Refusal('lease.hours', { hours, min, max });
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
