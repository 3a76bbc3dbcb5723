/** A PC's score for a VM, term by term: what `Room.score` is the sum of. */
import { type CloudState, offered, setting } from '../state/index.ts';
import { courseSpreadPoints, localityPoints } from './additions.ts';
import { RESOURCES } from './policies.ts';
import type { Request } from './request.ts';
import type { Room } from './room.ts';
import type { Spot } from './spot.ts';
import type { Term } from './views.ts';

const TERM_CODE = {
  vcpus: 'score.vcpus',
  ramMiB: 'score.ram',
  storageGiB: 'score.storage',
  tempGiB: 'score.temp',
} as const;

export function scoreTerms(state: CloudState, room: Room, spot: Spot, { vm, asked }: Request): Term[] {
  const { cores, ramMiB, storageGiB, tempGiB } = offered(spot.node);
  const totals = { vcpus: cores, ramMiB, storageGiB, tempGiB };
  const terms = RESOURCES.map((key, one): Term => {
    const need = asked[one] ?? 0;
    const used = spot.used[one] ?? 0;
    const points = spot.rates[key] * (need + used);
    return { code: TERM_CODE[key], points, data: { need, used, total: totals[key] } };
  });
  if (setting(state, 'scheduler.policy') === 'spread') {
    terms.push({ code: 'score.vms', points: spot.rates.vm * (spot.vms + 1), data: { vms: spot.vms, cores } });
  }
  const same = room.sameCourse(vm, spot);
  const isThere = room.isThere(vm, spot);
  terms.push(
    ...room.standingTerms(spot),
    { code: 'score.locality', points: localityPoints(room.weights, isThere), data: { isThere } },
    { code: 'score.large_room', points: room.largePoints(vm, spot), data: {} },
    { code: 'score.course_spread', points: courseSpreadPoints(room.weights, same), data: { vms: same } },
  );
  return terms.filter(({ points }) => points !== 0);
}
