/** Looks up what an address names, and who may see it. What one may not see is as unknown as what does not exist. */
import {
  type Course,
  coursesOf,
  type Image,
  isAdmin,
  isUlid,
  LabmeshError,
  mayManageImage,
  maySeeUser,
  mayUseImage,
  mayUseVm,
  type Node,
  type User,
  type Vm,
} from '../../state/index.ts';
import { actorOf, type WebContext } from '../env.ts';

function found<T>(thing: T | undefined, kind: string, id: string): T {
  if (thing === undefined) throw new LabmeshError('not_found', { kind, id: id.slice(0, 64) });
  return thing;
}

function idOf(c: WebContext): string {
  const id = c.req.param('id') ?? '';
  return isUlid(id) ? id : '';
}

export function needVm(c: WebContext): Vm {
  const { state } = c.get('node');
  const vm = state.tables.vm.get(idOf(c));
  return found(vm && mayUseVm(state, actorOf(c), vm) ? vm : undefined, 'vm', c.req.param('id') ?? '');
}

export function needImage(c: WebContext): Image {
  const { state } = c.get('node');
  const image = state.tables.image.get(idOf(c));
  const actor = actorOf(c);
  const mine = image && (mayUseImage(state, actor, image) || mayManageImage(actor, image));
  return found(mine ? image : undefined, 'image', c.req.param('id') ?? '');
}

export function needCourse(c: WebContext): Course {
  const course = coursesOf(c.get('node').state, actorOf(c)).find((one) => one.id === c.req.param('id'));
  return found(course, 'course', c.req.param('id') ?? '');
}

export function needUser(c: WebContext): User {
  const user = c.get('node').state.tables.user.get(idOf(c));
  return found(user && maySeeUser(actorOf(c), user) ? user : undefined, 'user', c.req.param('id') ?? '');
}

export function needNode(c: WebContext): Node {
  return found(c.get('node').state.tables.node.get(idOf(c)), 'node', c.req.param('id') ?? '');
}

/** @throws LabmeshError `access.denied` */
export function needAdminRole(c: WebContext): void {
  if (!isAdmin(actorOf(c))) throw new LabmeshError('access.denied', { need: 'admin' });
}

/** @throws LabmeshError `access.denied` */
export function needTeacherRole(c: WebContext): void {
  if (actorOf(c)?.role === 'student') throw new LabmeshError('access.denied', { need: 'teacher' });
}
