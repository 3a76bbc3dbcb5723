/** Reserving hours from what people choose: names for ids, a local date and time with its zone, weekly or once. */
import type { Accepted, NodeServices, SubmitOptions } from '../../node/interface.ts';
import { type Actor, type Author, localTimes, type Payload } from '../../state/index.ts';
import { resolveCourse, resolveImage, resolveSize, resolveUser } from '../resolve.ts';
import { needAmount } from './amount.ts';
import { smallestSize, usualHours } from './start-vm.ts';

/** Names, ids or beginnings of ids. */
export interface ReserveRequest {
  readonly image: string;
  /** Left out: the smallest size that the image's disk fits into. */
  readonly size?: string | undefined;
  /** `2027-03-01T09:00`, by the clocks of `zone`. */
  readonly at: string;
  /** IANA name. */
  readonly zone: string;
  /** Whole hours; left out: two, or what the settings allow. */
  readonly hours?: number | string | undefined;
  /** VMs to set aside, for a course. Left out: its places. */
  readonly count?: number | string | undefined;
  readonly course?: string | undefined;
  /** Whom it is for, where it is for no course; left out: oneself. */
  readonly user?: string | undefined;
  /** How many weeks in a row; left out: once. */
  readonly weeks?: number | string | undefined;
  readonly exam?: boolean | undefined;
  readonly label?: string | undefined;
}

/** What is submitted. */
export type ReservationDraft = Payload<'reservation.add'>;

/** The request with every name looked up and its times worked out; nothing is submitted. @throws LabmeshError */
export function reservationDraft(
  node: NodeServices,
  actor: Actor,
  request: ReserveRequest,
): ReservationDraft {
  const { state } = node;
  const image = resolveImage(state, actor, request.image);
  const size = request.size === undefined ? smallestSize(node, image) : resolveSize(state, request.size);
  const course = request.course === undefined ? null : resolveCourse(state, actor, request.course);
  const person = request.user === undefined ? null : resolveUser(state, actor, request.user);
  const weeks = request.weeks === undefined ? 1 : needAmount('weekly', request.weeks);
  return {
    id: node.newId(),
    ...(request.label === undefined ? {} : { label: request.label }),
    courseId: course?.id ?? null,
    ...(person === null ? {} : { userId: person.id }),
    imageId: image.id,
    sizeId: size.id,
    count: request.count === undefined ? (course?.places ?? 1) : needAmount('count', request.count),
    ...(request.exam === true ? { kind: 'exam' } : {}),
    hours: request.hours === undefined ? usualHours(node) : needAmount('hours', request.hours),
    local: request.at,
    zone: request.zone,
    starts: localTimes(request.at, request.zone, weeks),
  };
}

/** @throws LabmeshError with the refusal's code */
export async function reserve(
  node: NodeServices,
  actor: Actor,
  author: Author,
  request: ReserveRequest,
  options: SubmitOptions = {},
): Promise<Accepted> {
  return node.submit('reservation.add', reservationDraft(node, actor, request), author, options);
}
