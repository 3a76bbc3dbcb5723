/** Courses: places, teachers, enrolment, images. */
import * as z from 'zod';
import { isTeacherOf } from '../access.ts';
import { type Context, needFreeName, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { type Course, enrolmentId, newCourse } from '../entities/index.ts';
import { nameField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { Refusal } from '../refusals.ts';
import { cancelAll } from '../reservations.ts';

/** None: closed. At most more than any university's largest course. */
const placesField = z.int().min(0).max(10_000);
const teachersField = z.array(idSchema).max(50);

export const courseAdd = define(
  z.object({ id: idSchema, name: nameField, places: placesField, teacherIds: teachersField }),
  (context, course) => {
    context.needAdmin();
    needFreeName(context, 'course', course.name);
    needTeachers(context, course.teacherIds);
    context.put('course', { ...newCourse, ...course, imageIds: [], createdAt: context.now });
    return { target: refTo('course', course) };
  },
);

export const courseUpdate = define(
  z.object({
    id: idSchema,
    name: nameField.optional(),
    places: placesField.optional(),
    teacherIds: teachersField.optional(),
    /** VMs of the course that may be wanted running at once; null: no limit. */
    maxVms: z.int().min(0).max(100_000).nullable().optional(),
  }),
  (context, { id, name, places, teacherIds, maxVms }) => {
    context.needAdmin();
    const course = context.need('course', id);
    if (name !== undefined) needFreeName(context, 'course', name, id);
    if (teacherIds !== undefined) needTeachers(context, teacherIds);
    const enrolled = context.state.tables.enrolment.countBy('course', id);
    if (places !== undefined && places < enrolled) {
      throw new Refusal('course.full', { name: course.name, places, enrolled, asked: 0 });
    }
    context.put('course', {
      ...course,
      name: name ?? course.name,
      places: places ?? course.places,
      teacherIds: teacherIds ?? course.teacherIds,
      maxVms: maxVms === undefined ? course.maxVms : maxVms,
    });
    return { target: refTo('course', course) };
  },
);

/** Ends a course in which nobody has a VM left. */
export const courseRemove = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needAdmin();
  const course = context.need('course', id);
  const count = context.state.tables.vm.countBy('course', id);
  if (count > 0) throw new Refusal('course.has_vms', { name: course.name, count });
  for (const one of context.state.tables.enrolment.by('course', id)) context.remove('enrolment', one.id);
  cancelAll(context, context.state.tables.reservation.by('course', id));
  context.remove('course', id);
  return { target: refTo('course', course) };
});

/** Enrols all of the students or, when the places do not suffice, none. Those who are in it stay in it. */
export const courseEnrol = define(
  z.object({ id: idSchema, userIds: z.array(idSchema).min(1).max(10_000) }),
  (context, { id, userIds }) => {
    const course = needOwnCourse(context, id);
    const { enrolment } = context.state.tables;
    const added = [...new Set(userIds)].filter((userId) => !enrolment.get(enrolmentId(id, userId)));
    const enrolled = enrolment.countBy('course', id);
    if (enrolled + added.length > course.places) {
      throw new Refusal('course.full', {
        name: course.name,
        places: course.places,
        enrolled,
        asked: added.length,
      });
    }
    for (const userId of added) {
      const user = context.need('user', userId);
      if (user.role !== 'student') throw new Refusal('course.not_student', { name: user.name });
      context.put('enrolment', {
        id: enrolmentId(id, userId),
        courseId: id,
        userId,
        enrolledAt: context.now,
      });
    }
    return { target: refTo('course', course) };
  },
);

export const courseUnenrol = define(
  z.object({ id: idSchema, userIds: z.array(idSchema).min(1).max(10_000) }),
  (context, { id, userIds }) => {
    const course = needOwnCourse(context, id);
    for (const userId of userIds) {
      const user = context.need('user', userId);
      const enrolment = context.state.tables.enrolment.get(enrolmentId(id, userId));
      if (!enrolment) throw new Refusal('course.not_enrolled', { course: course.name, user: user.name });
      context.remove('enrolment', enrolment.id);
    }
    return { target: refTo('course', course) };
  },
);

export const courseLink = define(
  z.object({ id: idSchema, imageId: idSchema }),
  (context, { id, imageId }) => {
    const course = needOwnCourse(context, id);
    const image = context.need('image', imageId);
    const person = context.person();
    const own = person === null || person.role === 'admin' || image.ownerId === person.id || image.shared;
    if (!own) throw new Refusal('image.forbidden', { name: image.name });
    if (course.imageIds.includes(imageId)) {
      throw new Refusal('course.already_linked', { course: course.name, image: image.name });
    }
    context.put('course', { ...course, imageIds: [...course.imageIds, imageId] });
    return { target: refTo('course', course) };
  },
);

export const courseUnlink = define(
  z.object({ id: idSchema, imageId: idSchema }),
  (context, { id, imageId }) => {
    const course = needOwnCourse(context, id);
    if (!course.imageIds.includes(imageId)) {
      const image = context.need('image', imageId);
      throw new Refusal('course.not_linked', { course: course.name, image: image.name });
    }
    context.put('course', { ...course, imageIds: course.imageIds.filter((one) => one !== imageId) });
    return { target: refTo('course', course) };
  },
);

/** A teacher's own course, any course for an admin; another's is as unknown as none. */
export function needOwnCourse(context: Context, id: string): Course {
  context.needTeacher();
  const course = context.need('course', id);
  const person = context.person();
  if (person !== null && !isTeacherOf(person, course)) throw new Refusal('not_found', { kind: 'course', id });
  return course;
}

function needTeachers(context: Context, ids: readonly string[]): void {
  for (const id of ids) {
    const user = context.need('user', id);
    if (user.role === 'student') throw new Refusal('course.not_teacher', { name: user.name });
  }
}
