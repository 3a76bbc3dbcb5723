/** A few PCs and far more requests than they can take, in one of several patterns; PCs go and come back meanwhile. */
import { defaultSizes } from '../../../src/state/index.ts';
import { Random } from '../support/random.ts';
import type { StartEvent, Workload, WorkloadEvent } from './workload.ts';

const HOUR = 3_600;
const MINUTE = 60;
const MIDNIGHT = Date.UTC(2027, 2, 1);
const BEGINS = 8 * HOUR;
/** Requests come for so long; after that everybody has to have had a turn before the end. */
const LASTS = 4 * HOUR;

export interface Rush {
  readonly pcs: number;
  readonly requests: number;
  readonly seed: number;
  /** Hours until everybody must have had a turn. */
  readonly hours?: number;
}

export function rush({ pcs, requests, seed, hours = 22 }: Rush): Workload {
  const random = new Random(seed);
  const at = arrivals(random);
  const starts = Array.from({ length: requests }, (_, n): StartEvent => {
    const batch = random.chance(0.3);
    const asked = 1 + random.below(2);
    return {
      at: BEGINS + Math.floor(at(n / requests)),
      do: 'start',
      person: n,
      size: random.pick(defaultSizes).name,
      hours: asked,
      uses: 5 * MINUTE + random.below(asked * HOUR),
      opens: batch || random.chance(0.95),
      batch,
      patience: null,
    };
  });
  const events: WorkloadEvent[] = [...starts, ...outages(random, pcs)];
  const students = Math.min(40, requests);
  const courses = Array.from({ length: Math.ceil(requests / students) }, (_, n) => {
    return { students: Math.min(students, requests - n * students), first: n * students };
  });
  return {
    name: `rush, seed ${seed}`,
    midnight: MIDNIGHT,
    ends: hours * HOUR,
    pcs: [
      { count: Math.ceil(pcs / 2), cores: 4, ramMiB: 6_144, storageGiB: 240, tempGiB: 80 },
      { count: Math.max(1, Math.floor(pcs / 2)), cores: 8, ramMiB: 12_288, storageGiB: 480, tempGiB: 160 },
    ],
    students: requests,
    courses,
    events: events.toSorted((a, b) => a.at - b.at),
  };
}

/** From the share of requests that came so far to seconds from the beginning: all at once, evenly, in waves, ever more, ever fewer. */
function arrivals(random: Random): (share: number) => number {
  const waves = 3 + random.below(5);
  return random.pick<(share: number) => number>([
    (share) => share * 2 * MINUTE,
    (share) => share * LASTS,
    (share) => (Math.floor(share * waves) / waves) * LASTS,
    (share) => Math.sqrt(share) * LASTS,
    (share) => share * share * LASTS,
  ]);
}

/** Some PCs are emptied or just lose power, one after the other, for a quarter of an hour to two hours. */
function outages(random: Random, pcs: number): WorkloadEvent[] {
  const count = random.below(Math.max(1, Math.floor(pcs / 3)));
  return Array.from({ length: count }, (_, n): WorkloadEvent[] => {
    const at = BEGINS + random.below(LASTS);
    const back = at + 30 * MINUTE + random.below(2 * HOUR);
    return [
      { at, do: 'off', pcs: [n, n + 1], drained: random.chance(0.5) },
      { at: back, do: 'on', pcs: [n, n + 1] },
    ];
  }).flat();
}
