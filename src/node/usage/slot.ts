import type { UsagePoint } from '../interface.ts';

/** What is kept of each moment, in the order of the file. */
export const metrics = [
  'cpu',
  'ramMiB',
  'diskReadBytes',
  'diskWriteBytes',
  'netRxBytes',
  'netTxBytes',
] as const;
export type Metric = (typeof metrics)[number];

/** Rates (and the memory in use); null where unknown. */
export type Rates = Readonly<Record<Metric, number | null>>;

/** The mean over the part of a slot that was measured. */
export interface Slot {
  /** Seconds since the epoch, a multiple of the ring's step. */
  readonly start: number;
  /** Seconds of it that were measured. */
  readonly covered: number;
  readonly means: Rates;
}

/** Joins two measurements of one slot, each weighing as long as it lasted. */
export function merged(a: Slot, b: Slot): Slot {
  const covered = a.covered + b.covered;
  const mean = (metric: Metric): number | null => {
    const [x, y] = [a.means[metric], b.means[metric]];
    if (x === null || y === null) return x ?? y;
    return (x * a.covered + y * b.covered) / covered;
  };
  return { start: a.start, covered, means: ratesOf(mean) };
}

export function pointOf(start: number, slot: Slot | null): UsagePoint {
  return { t: start * 1000, ...(slot?.means ?? ratesOf(() => null)) };
}

export function ratesOf(value: (metric: Metric) => number | null): Rates {
  return {
    cpu: value('cpu'),
    ramMiB: value('ramMiB'),
    diskReadBytes: value('diskReadBytes'),
    diskWriteBytes: value('diskWriteBytes'),
    netRxBytes: value('netRxBytes'),
    netTxBytes: value('netTxBytes'),
  };
}
