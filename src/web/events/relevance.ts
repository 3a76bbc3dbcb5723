/** Which topics a change concerns, for one person. */
import type { NodeServices } from '../../node/interface.ts';
import {
  type Actor,
  type Change,
  type CloudState,
  isAdmin,
  maySeeCourse,
  maySeeOperation,
  maySeeReservation,
  mayUseImage,
  mayUseVm,
} from '../../state/index.ts';
import { maySeeToken } from '../resolve.ts';
import type { Topic } from './topics.ts';

/** Progress, load and usage, which change outside the log. */
export interface SoftChange {
  readonly kind: 'operation' | 'vm' | 'node' | 'image';
  readonly id: string;
}

/** Topics that a change of the state concerns, where the person may see the thing before or after it. */
export function topicsOf(node: NodeServices, actor: Actor, change: Change): Topic[] {
  const { state } = node;
  const either = <T>(before: T | null, after: T | null, sees: (one: T) => boolean) =>
    [before, after].some((one) => one !== null && sees(one));
  switch (change.kind) {
    case 'vm':
      return [
        ...(either(change.before, change.after, (vm) => mayUseVm(state, actor, vm))
          ? (['vms', `vm:${change.id}`] as const)
          : []),
        ...(moves(change) && followsQueue(state, actor) ? (['queue'] as const) : []),
      ];
    case 'image':
      return either(change.before, change.after, (image) => mayUseImage(state, actor, image))
        ? ['images', `image:${change.id}`]
        : [];
    case 'version': {
      // Saved work concerns its VM alone.
      const vmId = change.after?.vmId ?? change.before?.vmId ?? null;
      const vm = state.tables.vm.get(vmId ?? '');
      if (vmId !== null) return vm && mayUseVm(state, actor, vm) ? [`vm:${vmId}`] : [];
      const id = change.after?.imageId ?? change.before?.imageId ?? '';
      const image = state.tables.image.get(id);
      return image && mayUseImage(state, actor, image) ? ['images', `image:${id}`] : [];
    }
    case 'course':
      // A course's images are its students' images: what is linked changes both lists.
      return either(change.before, change.after, (course) => maySeeCourse(state, actor, course))
        ? ['courses', `course:${change.id}`, 'images', 'vms']
        : [];
    case 'enrolment': {
      const { courseId = '', userId } = change.after ?? change.before ?? {};
      const course = state.tables.course.get(courseId);
      const concerned = userId === actor?.id || (course !== undefined && maySeeCourse(state, actor, course));
      return concerned ? ['courses', `course:${courseId}`, 'images', 'users'] : [];
    }
    case 'operation': {
      if (!either(change.before, change.after, (one) => maySeeOperation(state, actor, one))) return [];
      const target = change.after?.target ?? change.before?.target;
      return ['operations', `operation:${change.id}`, ...targetTopics(target)];
    }
    case 'notification':
      return (change.after ?? change.before)?.userId === actor?.id ? ['notifications'] : [];
    case 'user':
      return [
        ...(change.id === actor?.id ? (['me'] as const) : []),
        ...(isAdmin(actor) || actor?.role === 'teacher' ? (['users'] as const) : []),
      ];
    case 'session':
      return (change.after ?? change.before)?.userId === actor?.id ? ['me'] : [];
    case 'node':
      return ['nodes', `node:${change.id}`, ...(followsQueue(state, actor) ? (['queue'] as const) : [])];
    case 'token':
      return either(change.before, change.after, (token) => maySeeToken(actor, token)) ? ['nodes'] : [];
    case 'size':
      return ['sizes'];
    case 'setting':
      return isAdmin(actor) ? ['settings', 'queue'] : [];
    case 'audit':
      return isAdmin(actor) ? ['audit'] : [];
    case 'cloud':
      return ['nodes'];
    case 'usage':
      return [];
    case 'reservation':
      return either(change.before, change.after, (one) => maySeeReservation(state, actor, one))
        ? ['reservations', 'vms']
        : [];
  }
}

/** The part of a VM that decides who waits for what. */
function moves({ before, after }: Extract<Change, { kind: 'vm' }>): boolean {
  return (
    before?.desired !== after?.desired ||
    before?.placement !== after?.placement ||
    before?.leaseEndsAt !== after?.leaseEndsAt ||
    before?.held !== after?.held
  );
}

/** Others' starts and stops concern only those who wait. */
function followsQueue(state: CloudState, actor: Actor): boolean {
  if (actor === null || isAdmin(actor)) return true;
  return state.tables.vm
    .by('owner', actor.id)
    .some((vm) => vm.desired === 'running' && (vm.placement === null || vm.held !== null));
}

/** Topics that a soft change concerns. */
export function softTopicsOf({ state }: NodeServices, actor: Actor, { kind, id }: SoftChange): Topic[] {
  if (kind === 'node') return ['nodes', `node:${id}`];
  if (kind === 'vm') {
    const vm = state.tables.vm.get(id);
    return vm && mayUseVm(state, actor, vm) ? [`vm:${id}`] : [];
  }
  if (kind === 'image') {
    const image = state.tables.image.get(id);
    return image && mayUseImage(state, actor, image) ? ['transfers', `image:${id}`] : [];
  }
  const operation = state.tables.operation.get(id);
  if (!operation || !maySeeOperation(state, actor, operation)) return [];
  return ['operations', `operation:${id}`, ...targetTopics(operation.target)];
}

function targetTopics(target: { kind: string; id: string } | undefined): Topic[] {
  if (target?.kind === 'vm') return [`vm:${target.id}`];
  // A list of images shows the progress of imports.
  return target?.kind === 'image' ? ['images', `image:${target.id}`] : [];
}
