/** Starting a new VM from what people choose: names for ids, and what they leave open. */
import type { Accepted, NodeServices, SubmitOptions } from '../../node/interface.ts';
import type { Forecast } from '../../scheduler/index.ts';
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
import { needAmount } from './amount.ts';

/** Names, ids or beginnings of ids. */
export interface StartRequest {
  readonly image: string;
  /** Left out: the smallest size that the image's disk fits into. */
  readonly size?: string | undefined;
  /** Whole hours; left out: two, or what the settings allow. */
  readonly hours?: number | string | undefined;
  readonly name?: string | undefined;
  /** The owner, for teachers and admins; left out: oneself. */
  readonly for?: string | undefined;
  readonly course?: string | undefined;
  /** False: starts clean each time. */
  readonly persistent?: boolean | undefined;
  readonly sshKeys?: readonly string[] | undefined;
  /** The only PC it may run on (admins). */
  readonly on?: string | undefined;
  /** Nobody sits before it: people go first. */
  readonly batch?: boolean | undefined;
  /** False: never suspended for others (teachers and admins). */
  readonly preemptible?: boolean | undefined;
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
    ...(request.batch === undefined ? {} : { batch: request.batch }),
    ...(request.preemptible === undefined ? {} : { preemptible: request.preemptible }),
    ...(request.name === undefined ? {} : { name: request.name }),
    ...(request.for === undefined ? {} : { ownerId: resolveUser(state, actor, request.for).id }),
    imageId: image.id,
    sizeId: size.id,
    hours: request.hours === undefined ? usualHours(node) : needAmount('hours', request.hours),
    courseId: request.course === undefined ? null : resolveCourse(state, actor, request.course).id,
    persistent: request.persistent ?? true,
    sshKeys: [...(request.sshKeys ?? [])],
    pinnedNodeId: request.on === undefined ? null : resolveNode(state, request.on).id,
  };
  return node.submit('vm.create', payload, author, options);
}

/** What would happen to such a request now. Its name, keys and persistence matter to nobody. @throws LabmeshError */
export function forecastVm(
  node: NodeServices,
  actor: Actor,
  request: Omit<StartRequest, 'name' | 'sshKeys' | 'persistent' | 'on'>,
): Forecast {
  const { state } = node;
  const image = resolveImage(state, actor, request.image);
  const owner = request.for === undefined ? actor : resolveUser(state, actor, request.for);
  const batch = request.batch ?? false;
  return node.forecast({
    // As in the reducers: what root makes is the first admin's.
    ownerId: owner?.id ?? state.tables.user.idsBy('role', 'admin')[0] ?? '',
    imageId: image.id,
    sizeId: (request.size === undefined ? smallestSize(node, image) : resolveSize(state, request.size)).id,
    courseId: request.course === undefined ? null : resolveCourse(state, actor, request.course).id,
    hours: request.hours === undefined ? usualHours(node) : needAmount('hours', request.hours),
    batch,
    preemptible: request.preemptible ?? true,
  });
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
