/** Reserving hours from what people choose: names for ids, a local date and time with its zone, weekly or once. */
import type { Accepted, NodeServices, SubmitOptions } from '../../node/interface.ts';
import { type Actor, type Author, LabmeshError } from '../../state/index.ts';

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

/** @throws LabmeshError with the refusal's code */
export async function reserve(
  _node: NodeServices,
  _actor: Actor,
  _author: Author,
  _request: ReserveRequest,
  _options: SubmitOptions = {},
): Promise<Accepted> {
  throw new LabmeshError('internal', {});
}
