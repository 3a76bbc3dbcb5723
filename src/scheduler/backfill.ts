/**
 * EASY backfill: the first request that must wait holds a shadow place, the PC and time at which it can start as leases end. A
 * later one may pass it only if that does not delay it: it goes elsewhere, is over by then, or fits beside it.
 */
import type { Ends } from './ends.ts';
import type { Request } from './request.ts';
import type { Room } from './room.ts';
import { type Amounts, fits, type Spot } from './spot.ts';

export interface Shadow {
  readonly request: Request;
  readonly spot: Spot;
  /** When it can start, ms. */
  readonly at: number;
}

/** The soonest start of a request as leases end, and what will be left beside it then; null when no known end makes room. */
export function foresee(room: Room, ends: Ends, request: Request): { shadow: Shadow; left: Amounts } | null {
  let best: { shadow: Shadow; left: Amounts } | null = null;
  const spots = request.only === null ? room.spots : [room.spot(request.only)];
  for (const spot of spots) {
    if (!spot) continue;
    const found = foreseeOn(spot, ends, request, best?.shadow.at ?? Number.POSITIVE_INFINITY);
    // Spots come in order of id, so the first of equals stays.
    if (found) best = { shadow: { request, spot, at: found.at }, left: found.left };
  }
  return best;
}

function foreseeOn(
  spot: Spot,
  ends: Ends,
  { asked }: Request,
  before: number,
): { at: number; left: Amounts } | null {
  // An idle PC that is too small will never do: saves a look at its VMs.
  if (!fits(asked, (one) => spot.limits[one] ?? 0)) return null;
  const free = spot.limits.map((_limit, one) => spot.freeLater(one));
  let at = Number.NEGATIVE_INFINITY;
  for (const end of ends.on(spot.id)) {
    if (end.at !== at && fits(asked, (one) => free[one] ?? 0) && at !== Number.NEGATIVE_INFINITY) break;
    if (end.at >= before || end.at === Number.POSITIVE_INFINITY) return null;
    at = end.at;
    free[0] = (free[0] ?? 0) + end.vcpus;
    free[1] = (free[1] ?? 0) + end.ramMiB;
    free[3] = (free[3] ?? 0) - end.savedGiB;
  }
  if (at === Number.NEGATIVE_INFINITY || !fits(asked, (one) => free[one] ?? 0)) return null;
  return { at, left: free.map((amount, one) => amount - (asked[one] ?? 0)) };
}
