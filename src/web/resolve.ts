/** From what people type (a name, an id, the beginning of an id) to what they mean, among what they may see. */
import {
  type Actor,
  type CloudState,
  type Course,
  coursesOf,
  findVms,
  type Image,
  isAdmin,
  isUlid,
  maySeeCourse,
  maySeeOperation,
  maySeeReservation,
  maySeeUser,
  mayUseImage,
  mayUseVm,
  type Node,
  nameKey,
  type Operation,
  Refusal,
  type Reservation,
  type Size,
  type Token,
  type User,
  usableImages,
  type Vm,
} from '../state/index.ts';
import { WebError } from './errors.ts';

/** Shorter beginnings of ids are the same for everything made in the same days. */
const MIN_PREFIX = 4;
/** Longer than any name or id: quoted back in part only. */
const MAX_QUOTED = 80;

/** A VM by name, id or beginning of an id; of several, the actor's own wins. @throws `not_found`, `name.ambiguous` */
export function resolveVm(state: CloudState, actor: Actor, text: string): Vm {
  const exact = state.tables.vm.get(text);
  if (exact && mayUseVm(state, actor, exact)) return exact;
  if (exact || text === '') throw unknown('vm', text);
  const found = findVms(state, actor, text);
  const named = found.filter((vm) => nameKey(vm.name) === nameKey(text));
  const own = named.filter((vm) => vm.ownerId === actor?.id);
  return only('vm', text, [own, named, text.length < MIN_PREFIX ? [] : found]);
}

/** An image that the actor may use, or manages. @throws `not_found`, `name.ambiguous` */
export function resolveImage(state: CloudState, actor: Actor, text: string): Image {
  const { image } = state.tables;
  const exact = image.get(text) ?? image.one('name', nameKey(text));
  if (exact) {
    if (mayUseImage(state, actor, exact)) return exact;
    throw unknown('image', text);
  }
  return only('image', text, [byPrefix(text, () => usableImages(state, actor))]);
}

/** A course of the actor. @throws `not_found`, `name.ambiguous` */
export function resolveCourse(state: CloudState, actor: Actor, text: string): Course {
  const { course } = state.tables;
  const exact = course.get(text) ?? course.one('name', nameKey(text));
  if (exact) {
    if (maySeeCourse(state, actor, exact)) return exact;
    throw unknown('course', text);
  }
  return only('course', text, [byPrefix(text, () => coursesOf(state, actor))]);
}

/** An account that the actor may see. @throws `not_found`, `name.ambiguous` */
export function resolveUser(state: CloudState, actor: Actor, text: string): User {
  const { user } = state.tables;
  const exact = user.get(text) ?? user.one('name', nameKey(text));
  if (exact) {
    if (maySeeUser(actor, exact)) return exact;
    throw unknown('user', text);
  }
  return only('user', text, [byPrefix(text, () => user.all()).filter((one) => maySeeUser(actor, one))]);
}

/** A PC, retired ones by id alone. @throws `not_found`, `name.ambiguous` */
export function resolveNode(state: CloudState, text: string): Node {
  const { node } = state.tables;
  const exact = node.get(text) ?? node.one('name', nameKey(text));
  return exact ?? only('node', text, [byPrefix(text, () => node.all())]);
}

/** A join token that the actor may see, by id or its beginning. @throws `not_found`, `name.ambiguous` */
export function resolveToken(state: CloudState, actor: Actor, text: string): Token {
  const exact = state.tables.token.get(text.toUpperCase());
  if (exact && maySeeToken(actor, exact)) return exact;
  if (exact) throw unknown('token', text);
  return only('token', text, [
    byPrefix(text, () => state.tables.token.all()).filter((one) => maySeeToken(actor, one)),
  ]);
}

/** Admins see all tokens, everybody their own. */
export function maySeeToken(actor: Actor, token: Token): boolean {
  return isAdmin(actor) || token.createdBy === actor?.id;
}

/** A reservation that the actor may see, by id, its beginning, or what it was called. @throws `not_found`, `name.ambiguous` */
export function resolveReservation(state: CloudState, actor: Actor, text: string): Reservation {
  const exact = state.tables.reservation.get(text.toUpperCase());
  if (exact && maySeeReservation(state, actor, exact)) return exact;
  if (exact) throw unknown('reservation', text);
  const seen = state.tables.reservation.all().filter((one) => maySeeReservation(state, actor, one));
  const called = seen.filter(({ label, state: now }) => now === 'active' && nameKey(label) === nameKey(text));
  return only('reservation', text, [text === '' ? [] : called, byPrefix(text, () => seen)]);
}

/** A size. @throws `not_found`, `name.ambiguous` */
export function resolveSize(state: CloudState, text: string): Size {
  const { size } = state.tables;
  const exact = size.get(text) ?? size.one('name', nameKey(text));
  return exact ?? only('size', text, [byPrefix(text, () => size.all())]);
}

/** An operation that the actor may see, by id or its beginning. @throws `not_found`, `name.ambiguous` */
export function resolveOperation(state: CloudState, actor: Actor, text: string): Operation {
  const exact = state.tables.operation.get(text);
  if (exact && maySeeOperation(state, actor, exact)) return exact;
  if (exact || isUlid(text)) throw unknown('operation', text);
  const found = byPrefix(text, () => state.tables.operation.all());
  return only('operation', text, [found.filter((one) => maySeeOperation(state, actor, one))]);
}

function byPrefix<T extends { readonly id: string }>(text: string, list: () => T[]): T[] {
  if (text.length < MIN_PREFIX || text.length > 26) return [];
  const start = text.toUpperCase();
  return list().filter((one) => one.id.startsWith(start));
}

/** The one of the first group that is not empty. */
function only<T>(kind: string, text: string, groups: readonly (readonly T[])[]): T {
  const group = groups.find((one) => one.length > 0) ?? [];
  const [first, ...others] = group;
  if (first === undefined) throw unknown(kind, text);
  if (others.length === 0) return first;
  throw new WebError('name.ambiguous', { kind, name: text.slice(0, MAX_QUOTED), count: group.length });
}

function unknown(kind: string, text: string): Refusal {
  return new Refusal('not_found', { kind, id: text.slice(0, MAX_QUOTED) });
}
