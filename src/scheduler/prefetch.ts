/** Where images are needed before the hour at which a class needs them (S7). The transfer is the agents' work. */
import {
  type CloudState,
  type ImageVersion,
  occurrence,
  presentOccurrence,
  type Reservation,
  setting,
} from '../state/index.ts';
import { deployCount } from './deploy.ts';

const MINUTE_MS = 60_000;

/** The PCs on which reservations need a version, by its id. */
export function prefetches(state: CloudState, now: number): Map<string, string[]> {
  const near = new Map<string, Reservation[]>();
  for (const reservation of state.tables.reservation.by('state', 'active')) {
    const versionId = state.tables.image.get(reservation.imageId)?.currentVersionId ?? null;
    if (versionId === null || !isNear(state, reservation, now)) continue;
    near.set(versionId, [...(near.get(versionId) ?? []), reservation]);
  }
  const wanted = new Map<string, string[]>();
  for (const [versionId, reservations] of near)
    wanted.set(versionId, nodesFor(state, reservations, state.tables.version.get(versionId)));
  return wanted;
}

function isNear(state: CloudState, reservation: Reservation, now: number): boolean {
  if (presentOccurrence(reservation)) return true;
  const next = occurrence(reservation, reservation.begun);
  return next !== null && next.start - setting(state, 'reservation.prefetch_minutes') * MINUTE_MS <= now;
}

/** As many PCs as take all the VMs at once: first those said before and those that have it, so that nothing is fetched for nobody. */
function nodesFor(
  state: CloudState,
  reservations: readonly Reservation[],
  version: ImageVersion | undefined,
): string[] {
  const [first] = reservations;
  if (!first || !version) return [];
  const count = reservations.reduce((sum, one) => sum + one.count, 0);
  const rankOf = (nodeId: string) =>
    version.wantedOn.includes(nodeId) ? 0 : version.nodeIds.includes(nodeId) ? 1 : 2;
  const found = deployCount(state, first, count, rankOf);
  if (!('code' in found)) return found.map(({ nodeId }) => nodeId).sort();
  const most = deployCount(state, first, Number(found.data.copies), rankOf);
  return 'code' in most ? [] : most.map(({ nodeId }) => nodeId).sort();
}
