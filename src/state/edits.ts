/** Changing an image in a VM, and a VM's disk on its way to become a version: what several reducers do about both (I7, I8). */
import type { Context } from './context.ts';
import type { Image, NodeProblem, Vm } from './entities/index.ts';
import { endOperation } from './operations.ts';
import { Refusal } from './refusals.ts';
import { setting } from './settings.ts';

/** How long the right to change an image is somebody's alone without use, ms. */
export function editMs(context: Context): number {
  return setting(context.state, 'edit.hours') * 3_600_000;
}

/** Whoever works in it keeps the right to it. */
export function renewEdit(context: Context, vm: Vm): void {
  const image = editedIn(context, vm);
  if (image?.edit)
    context.put('image', { ...image, edit: { ...image.edit, endsAt: context.now + editMs(context) } });
}

/** The VM goes: the image is free for the next editor, and a publication under way is over. */
export function leaveEdit(context: Context, vm: Vm): void {
  endPublishing(context, vm, 'cancelled', null);
  const image = editedIn(context, vm);
  if (image) context.put('image', { ...image, edit: null });
}

/** The image that is changed in this VM, if it still is. */
export function editedIn({ state }: Context, vm: Vm): Image | undefined {
  const image = state.tables.image.get(vm.editOf ?? '');
  return image?.edit?.vmId === vm.id ? image : undefined;
}

/** @throws Refusal `image.edited` for everybody else while the right lasts, and for all who may not take it over */
export function refuseEdited(context: Context, image: Image): never {
  const { vm, user } = context.state.tables;
  if (image.edit === null) throw new Refusal('image.not_edited', { name: image.name });
  const { userId, vmId, since, endsAt } = image.edit;
  throw new Refusal('image.edited', {
    name: image.name,
    user: user.get(userId)?.name ?? userId,
    vm: vm.get(vmId)?.name ?? vmId,
    since,
    until: endsAt,
  });
}

/** @throws Refusal `vm.publishing`: its disk is being read */
export function needNotPublishing(context: Context, vm: Vm): void {
  if (vm.publishing === null) return;
  const image = context.state.tables.image.get(vm.publishing.imageId)?.name ?? '';
  throw new Refusal('vm.publishing', { name: vm.name, image });
}

/**
 * Ends a publication without a version: the disk and the edit are still there, an image that was to come of it is not. What the VM
 * itself says of it is the caller's to put.
 */
export function endPublishing(
  context: Context,
  vm: Vm,
  how: 'failed' | 'cancelled',
  cause: NodeProblem | null,
): void {
  if (vm.publishing === null) return;
  const { operationId, imageId } = vm.publishing;
  const operation = context.state.tables.operation.get(operationId);
  if (operation?.state === 'running') endOperation(context, operation, how, cause);
  const image = context.state.tables.image.get(imageId);
  if (image?.state === 'importing') context.remove('image', imageId);
}
