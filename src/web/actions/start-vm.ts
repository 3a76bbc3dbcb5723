/** Starting a new VM from what people choose: names for ids, and what they leave open. */
import type { Accepted, NodeServices, SubmitOptions } from '../../node/interface.ts';
import {
  type Actor,
  type Author,
  currentVersion,
  type Image,
  Refusal,
  type Size,
  setting,
} from '../../state/index.ts';
import { resolveCourse, resolveImage, resolveNode, resolveSize, resolveUser } from '../resolve.ts';

/** Names, ids or beginnings of ids. */
export interface StartRequest {
  readonly image: string;
  /** Left out: the smallest size that the image's disk fits into. */
  readonly size?: string | undefined;
  /** Whole hours; left out: two, or what the settings allow. */
  readonly hours?: number | undefined;
  readonly name?: string | undefined;
  /** The owner, for teachers and admins; left out: oneself. */
  readonly for?: string | undefined;
  readonly course?: string | undefined;
  /** False: starts clean each time. */
  readonly persistent?: boolean | undefined;
  readonly sshKeys?: readonly string[] | undefined;
  /** The only PC it may run on (admins). */
  readonly on?: string | undefined;
}

/** Two hours: a class. */
const USUAL_HOURS = 2;

/** @throws LabmeshError with the refusal's code */
export async function startVm(
  node: NodeServices,
  actor: Actor,
  author: Author,
  request: StartRequest,
  options: SubmitOptions = {},
): Promise<Accepted> {
  const { state } = node;
  const image = resolveImage(state, actor, request.image);
  const size = request.size === undefined ? smallestSize(node, image) : resolveSize(state, request.size);
  const payload = {
    id: node.newId(),
    ...(request.name === undefined ? {} : { name: request.name }),
    ...(request.for === undefined ? {} : { ownerId: resolveUser(state, actor, request.for).id }),
    imageId: image.id,
    sizeId: size.id,
    hours: request.hours ?? usualHours(node),
    courseId: request.course === undefined ? null : resolveCourse(state, actor, request.course).id,
    persistent: request.persistent ?? true,
    sshKeys: [...(request.sshKeys ?? [])],
    pinnedNodeId: request.on === undefined ? null : resolveNode(state, request.on).id,
  };
  return node.submit('vm.create', payload, author, options);
}

/** Hours that a form offers first. */
export function usualHours({ state }: NodeServices): number {
  return Math.min(
    Math.max(USUAL_HOURS, setting(state, 'lease.min_hours')),
    setting(state, 'lease.max_hours'),
  );
}

/** The size that a form offers first. @throws Refusal `size.too_small` when the image fits into none */
export function smallestSize({ state }: NodeServices, image: Image): Size {
  const imageGiB = Math.ceil((currentVersion(state, image)?.virtualBytes ?? 0) / 2 ** 30);
  const sizes = state.tables.size
    .all()
    .sort((a, b) => a.vcpus - b.vcpus || a.ramMiB - b.ramMiB || a.osDiskGiB - b.osDiskGiB);
  const fitting = sizes.find((size) => size.osDiskGiB >= imageGiB);
  if (fitting) return fitting;
  const largest = sizes.toSorted((a, b) => a.osDiskGiB - b.osDiskGiB).at(-1);
  throw new Refusal('size.too_small', {
    size: largest?.name ?? '',
    sizeGiB: largest?.osDiskGiB ?? 0,
    imageGiB,
  });
}
