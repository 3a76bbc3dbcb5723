import { type Rates, ratesOf } from './slot.ts';

/** What is read of a VM or of this PC: counters since some start, and the memory in use. Null where unknown. */
export interface UsageSample {
  /** CPU time used, nanoseconds. */
  readonly cpuNs: number | null;
  readonly ramMiB: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
  readonly netRxBytes: number | null;
  readonly netTxBytes: number | null;
}

/** What two samples `seconds` apart say of the time between them. A counter that fell began anew: unknown, once. */
export function ratesBetween(before: UsageSample, now: UsageSample, seconds: number): Rates {
  const rate = (from: number | null, to: number | null): number | null =>
    from === null || to === null || to < from ? null : (to - from) / seconds;
  return ratesOf((metric) => {
    if (metric === 'ramMiB') return now.ramMiB;
    if (metric !== 'cpu') return rate(before[metric], now[metric]);
    const nanoseconds = rate(before.cpuNs, now.cpuNs);
    return nanoseconds === null ? null : nanoseconds / 1e9;
  });
}
