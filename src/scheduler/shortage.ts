/** What is short for a request now (S12), on the PCs on which it could run. */
import { type CloudState, type Resource, whyNowhere } from '../state/index.ts';
import { RESOURCES } from './policies.ts';
import type { Request } from './request.ts';
import type { Room } from './room.ts';
import type { Spot } from './spot.ts';
import type { Reason } from './views.ts';

export const SHORT_CODE = {
  vcpus: 'capacity.vcpus',
  ramMiB: 'capacity.ram',
  storageGiB: 'capacity.storage',
  tempGiB: 'capacity.temp',
} as const satisfies Record<Resource, string>;

interface Short {
  readonly resource: Resource;
  readonly asked: number;
  readonly free: number;
  readonly largest: number;
}

/** The scarcest resource, with the most that one PC has free of it and could give at all. */
export function shortage(state: CloudState, room: Room, request: Request): Reason {
  const only = request.only === null ? null : room.spot(request.only);
  const spots = only === null ? room.spots : only ? [only] : [];
  if (spots.length === 0) {
    const nodes = state.tables.node
      .all()
      .filter(({ id, state: is }) => (request.only === null ? is !== 'retired' : id === request.only));
    const { code, data } = whyNowhere(state, request.need, nodes);
    return { code, data };
  }
  const [scarcest] = RESOURCES.map((resource, one) => shortOf(spots, request, resource, one)).sort(
    (a, b) => ratio(a) - ratio(b),
  );
  return reasonOf(scarcest);
}

/** What is short on one PC; null when the request fits. */
export function shortOnSpot(spot: Spot, request: Request): Reason | null {
  if (spot.fits(request.asked)) return null;
  const [scarcest] = RESOURCES.map((resource, one) => shortOf([spot], request, resource, one)).sort(
    (a, b) => ratio(a) - ratio(b),
  );
  return reasonOf(scarcest);
}

function shortOf(spots: readonly Spot[], { asked }: Request, resource: Resource, one: number): Short {
  let free = 0;
  let largest = 0;
  for (const spot of spots) {
    free = Math.max(free, spot.freeNow(one));
    largest = Math.max(largest, spot.limits[one] ?? 0);
  }
  return { resource, asked: asked[one] ?? 0, free, largest };
}

/** How much of what is asked there is: the least is the scarcest. What is not asked for is never short. */
function ratio({ asked, free }: Short): number {
  return asked > 0 ? free / asked : Number.POSITIVE_INFINITY;
}

function reasonOf(short: Short | undefined): Reason {
  const { resource, asked, free, largest } = short ?? { resource: 'ramMiB', asked: 0, free: 0, largest: 0 };
  return {
    code: SHORT_CODE[resource],
    data: { asked, free: Math.max(0, Math.floor(free)), largest },
  };
}
