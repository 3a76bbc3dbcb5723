/** Images a person may start or manage. */
import { type Actor, coursesOf, isAdmin, mayUseImage } from '../access.ts';
import type { CloudState } from '../cloud-state.ts';
import type { Image, ImageVersion } from '../entities/index.ts';

/** Every image the actor may use, oldest first. A cloud has tens to hundreds of images, not thousands. */
export function usableImages(state: CloudState, actor: Actor): Image[] {
  if (actor === null || isAdmin(actor)) return state.tables.image.all();
  if (actor.role === 'teacher')
    return state.tables.image.all().filter((image) => mayUseImage(state, actor, image));
  const ids = new Set(coursesOf(state, actor).flatMap((course) => course.imageIds));
  return state.tables.image.resolve([...ids].sort());
}

export function currentVersion(state: CloudState, image: Image): ImageVersion | null {
  if (image.currentVersionId === null) return null;
  return state.tables.version.get(image.currentVersionId) ?? null;
}

/** The versions of an image, oldest first; the saved work of VMs that were made from it is none of them. */
export function versionsOf(state: CloudState, imageId: string): ImageVersion[] {
  return state.tables.version.by('image', imageId).filter((version) => version.vmId === null);
}
