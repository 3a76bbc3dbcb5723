/** Orders to fetch images before the hour at which a class needs them (S7). The transfer is the agents' work. */
import {
  type CloudState,
  hosts,
  occurrence,
  presentOccurrence,
  type Reservation,
  setting,
} from '../state/index.ts';
import { deployCount } from './deploy.ts';
import type { Step } from './step.ts';

const MINUTE_MS = 60_000;

/** What each version is wanted on, where that is not what was said before. */
export function prefetches(state: CloudState, now: number): Step[] {
  const wanted = new Map<string, Reservation[]>();
  for (const reservation of state.tables.reservation.by('state', 'active')) {
    const versionId = state.tables.image.get(reservation.imageId)?.currentVersionId ?? null;
    if (versionId === null || !isNear(state, reservation, now)) continue;
    wanted.set(versionId, [...(wanted.get(versionId) ?? []), reservation]);
  }
  return state.tables.version.all().flatMap(({ id: versionId, imageId, wantedOn }): Step[] => {
    if (state.tables.image.get(imageId)?.state !== 'ready') return [];
    const nodeIds = nodesFor(state, wanted.get(versionId) ?? [], wantedOn);
    return same(nodeIds, wantedOn) ? [] : [{ type: 'image.want', payload: { versionId, nodeIds } }];
  });
}

function isNear(state: CloudState, reservation: Reservation, now: number): boolean {
  if (presentOccurrence(reservation)) return true;
  const next = occurrence(reservation, reservation.begun);
  return next !== null && next.start - setting(state, 'reservation.prefetch_minutes') * MINUTE_MS <= now;
}

/** As many PCs as take all the VMs at once. Those said before stay while they do, so that nothing is fetched for nobody. */
function nodesFor(
  state: CloudState,
  reservations: readonly Reservation[],
  before: readonly string[],
): string[] {
  const [first] = reservations;
  if (!first) return [];
  const count = reservations.reduce((sum, one) => sum + one.count, 0);
  const most = copiesOf(deployCount(state, first, Number.MAX_SAFE_INTEGER));
  const all = new Set(
    state.tables.node
      .all()
      .filter(hosts)
      .map(({ id }) => id),
  );
  if (
    before.length > 0 &&
    before.every((id) => all.has(id)) &&
    before.length === neededNodes(state, first, count, most)
  ) {
    return [...before];
  }
  const chosen = deployCount(state, first, Math.min(count, most));
  return 'code' in chosen ? [] : chosen.map(({ nodeId }) => nodeId).sort();
}

function neededNodes(state: CloudState, size: Reservation, count: number, most: number): number {
  const chosen = deployCount(state, size, Math.min(count, most));
  return 'code' in chosen ? 0 : chosen.length;
}

function copiesOf(found: ReturnType<typeof deployCount>): number {
  return 'code' in found ? Number(found.data.copies) : 0;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}
