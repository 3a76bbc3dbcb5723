/** Who may see and do what: one set of rules for pages, API, events, consoles and reducers. */
import type { CloudState } from './cloud-state.ts';
import type { Course, Image, Operation, Reservation, User, Vm } from './entities/index.ts';
import { enrolmentId } from './entities/index.ts';

/** An acting person, or root on a PC (null), who may do everything an admin may. */
export type Actor = User | null;

export function isAdmin(actor: Actor): boolean {
  return actor === null || actor.role === 'admin';
}

export function isTeacherOf(actor: Actor, course: Course): boolean {
  return isAdmin(actor) || (actor?.role === 'teacher' && course.teacherIds.includes(actor.id));
}

export function isEnrolled(state: CloudState, userId: string, courseId: string): boolean {
  return state.tables.enrolment.get(enrolmentId(courseId, userId)) !== undefined;
}

/** Courses a person has to do with: all for admins, own for teachers, enrolled ones for students. */
export function coursesOf(state: CloudState, actor: Actor): Course[] {
  if (actor === null || actor.role === 'admin') return state.tables.course.all();
  if (actor.role === 'teacher') return state.tables.course.by('teacher', actor.id);
  const enrolled = state.tables.enrolment.by('user', actor.id);
  return state.tables.course.resolve(enrolled.map((one) => one.courseId));
}

/** An image may be used by its owner, by the people of a course that links it, by teachers if shared, by admins. */
export function mayUseImage(state: CloudState, actor: Actor, image: Image): boolean {
  if (actor === null || isAdmin(actor) || image.ownerId === actor.id) return true;
  if (actor.role === 'teacher' && image.shared) return true;
  return state.tables.course
    .by('image', image.id)
    .some((course) => isTeacherOf(actor, course) || isEnrolled(state, actor.id, course.id));
}

/** An image is changed by its owner and by admins. */
export function mayManageImage(actor: Actor, image: Image): boolean {
  return actor === null || isAdmin(actor) || image.ownerId === actor.id;
}

/** A VM is its owner's, and that of the teachers of the course it was started in, and the admins'. */
export function mayUseVm(state: CloudState, actor: Actor, vm: Vm): boolean {
  if (actor === null || isAdmin(actor) || vm.ownerId === actor.id) return true;
  const course = vm.courseId === null ? undefined : state.tables.course.get(vm.courseId);
  return course !== undefined && isTeacherOf(actor, course);
}

/** A course is seen by its people: enrolled students, its teachers, admins. */
export function maySeeCourse(state: CloudState, actor: Actor, course: Course): boolean {
  return isTeacherOf(actor, course) || (actor !== null && isEnrolled(state, actor.id, course.id));
}

/** A reservation is seen by who made it, by whom it is for, by the people of its course, by admins. */
export function maySeeReservation(state: CloudState, actor: Actor, reservation: Reservation): boolean {
  if (actor === null || isAdmin(actor)) return true;
  if (reservation.ownerId === actor.id || reservation.userId === actor.id) return true;
  const course = reservation.courseId === null ? undefined : state.tables.course.get(reservation.courseId);
  return course !== undefined && maySeeCourse(state, actor, course);
}

/** A reservation is removed by who made it, by whom it is for, by the teachers of its course, by admins. */
export function mayManageReservation(state: CloudState, actor: Actor, reservation: Reservation): boolean {
  if (actor === null || isAdmin(actor)) return true;
  if (reservation.ownerId === actor.id || reservation.userId === actor.id) return true;
  const course = reservation.courseId === null ? undefined : state.tables.course.get(reservation.courseId);
  return course !== undefined && isTeacherOf(actor, course);
}

/** Admins see every account; teachers see students, whom they enrol, and each other; everybody sees the own one. */
export function maySeeUser(actor: Actor, user: User): boolean {
  if (actor === null || isAdmin(actor) || user.id === actor.id) return true;
  return actor.role === 'teacher' && user.role !== 'admin';
}

/** An operation is seen by who began it and by who may use its VM or manage its image. */
export function maySeeOperation(state: CloudState, actor: Actor, operation: Operation): boolean {
  if (actor === null || isAdmin(actor) || operation.author === actor.id) return true;
  const { kind, id } = operation.target;
  const vm = kind === 'vm' ? state.tables.vm.get(id) : undefined;
  if (vm) return mayUseVm(state, actor, vm);
  const image = kind === 'image' ? state.tables.image.get(id) : undefined;
  return image !== undefined && mayManageImage(actor, image);
}
