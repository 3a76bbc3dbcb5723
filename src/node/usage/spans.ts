import type { UsageSpan } from '../interface.ts';

/** One ring of a history: `slots` slots of `stepS` seconds each. */
export interface Ring {
  readonly span: UsageSpan;
  readonly stepS: number;
  readonly slots: number;
}

/**
 * About 300 points each: as many as a chart 600 pixels wide shows with two pixels a point, and each span a whole number of
 * steps. The finest step is twice the usual sampling interval of 5 s, so no slot stays empty by chance.
 * All together 1,722 slots.
 */
export const rings: readonly Ring[] = [
  { span: 'hour', stepS: 10, slots: 360 },
  { span: 'day', stepS: 300, slots: 288 },
  { span: 'week', stepS: 1_800, slots: 336 },
  // 31 days, the longest month.
  { span: 'month', stepS: 7_200, slots: 372 },
  // 366 days, a leap year.
  { span: 'year', stepS: 86_400, slots: 366 },
];

export const totalSlots = rings.reduce((sum, ring) => sum + ring.slots, 0);

/** Where a ring's first slot is among all. */
export function firstSlotOf(ring: Ring): number {
  return rings.slice(0, rings.indexOf(ring)).reduce((sum, { slots }) => sum + slots, 0);
}
