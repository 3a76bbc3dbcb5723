/** Lists of VMs as a person may see them. */
import { type Actor, coursesOf, isAdmin, mayUseVm } from '../access.ts';
import { type CloudState, nameKey } from '../cloud-state.ts';
import type { Vm } from '../entities/index.ts';
import { type VmState, vmState } from '../vm-state.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

export interface VmFilter {
  readonly ownerId?: string | undefined;
  readonly state?: VmState | undefined;
  readonly nodeId?: string | undefined;
  readonly imageId?: string | undefined;
  readonly courseId?: string | undefined;
  /** Part of the VM's name, in any case. */
  readonly text?: string | undefined;
}

/** VMs that the actor may use and the filter lets through; reads the shortest index that fits. */
export function listVms(state: CloudState, actor: Actor, filter: VmFilter, request: PageRequest): Page<Vm> {
  const { vm } = state.tables;
  const lists: (readonly string[])[] = [];
  if (filter.ownerId !== undefined) lists.push(vm.idsBy('owner', filter.ownerId));
  if (filter.state !== undefined) lists.push(vm.idsBy('state', filter.state));
  if (filter.nodeId !== undefined) lists.push(vm.idsBy('node', filter.nodeId));
  if (filter.imageId !== undefined) lists.push(vm.idsBy('image', filter.imageId));
  if (filter.courseId !== undefined) lists.push(vm.idsBy('course', filter.courseId));
  if (actor !== null && !isAdmin(actor)) lists.push(visibleIds(state, actor));
  const shortest = lists.sort((a, b) => a.length - b.length)[0] ?? vm.ids();
  const text = filter.text ? nameKey(filter.text) : null;
  const exact = lists.length === 0 && text === null;
  const keep = exact ? null : (one: Vm) => matches(one, filter, text) && mayUseVm(state, actor, one);
  return pageOf(shortest, (id) => vm.get(id), request, keep);
}

/** VMs of a person by name or id. */
export function findVms(state: CloudState, actor: Actor, nameOrId: string): Vm[] {
  const byId = state.tables.vm.get(nameOrId.toUpperCase());
  if (byId) return mayUseVm(state, actor, byId) ? [byId] : [];
  const key = nameKey(nameOrId);
  const ids = actor === null || isAdmin(actor) ? state.tables.vm.ids() : visibleIds(state, actor);
  return state.tables.vm
    .resolve(ids)
    .filter(
      (vm) =>
        mayUseVm(state, actor, vm) && (nameKey(vm.name) === key || vm.id.startsWith(nameOrId.toUpperCase())),
    );
}

/** Own VMs, and for a teacher those of the courses taught. */
function visibleIds(state: CloudState, actor: NonNullable<Actor>): readonly string[] {
  const own = state.tables.vm.idsBy('owner', actor.id);
  if (actor.role !== 'teacher') return own;
  const taught = coursesOf(state, actor).flatMap((course) => [...state.tables.vm.idsBy('course', course.id)]);
  return [...new Set([...own, ...taught])].sort();
}

function matches(vm: Vm, filter: VmFilter, text: string | null): boolean {
  if (filter.ownerId !== undefined && vm.ownerId !== filter.ownerId) return false;
  if (filter.state !== undefined && vmState(vm) !== filter.state) return false;
  if (filter.nodeId !== undefined && vm.placement?.nodeId !== filter.nodeId) return false;
  if (filter.imageId !== undefined && vm.imageId !== filter.imageId) return false;
  if (filter.courseId !== undefined && vm.courseId !== filter.courseId) return false;
  return text === null || nameKey(vm.name).includes(text);
}
