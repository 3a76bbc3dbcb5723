/**
 * Times as people say them: a wall clock and a place. Used at the door (API, command line, page), never by reducers: what a place's clock
 * shows is not the same in every version of the time zone database.
 */
import { Refusal } from '../refusals.ts';
import { textOf, wallOf } from './wall.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_WEEKS = 60;

/**
 * The moments in ms at which a clock in `zone` shows `local` (`2027-03-01T09:00`), and the same in each of the following weeks.
 * The clock time stays when clocks are changed; of a time that comes twice the first is meant.
 * @param weekly how many weeks, 1 to 60
 * @throws Refusal `reservation.malformed`, `reservation.dst_gap` for a time that a clock there skips
 */
export function localTimes(local: string, zone: string, weekly = 1): number[] {
  const clock = clockIn(zone);
  const wall = wallOf(local);
  if (wall === null) throw new Refusal('reservation.malformed', { field: 'local', value: local });
  if (!Number.isInteger(weekly) || weekly < 1 || weekly > MAX_WEEKS) {
    throw new Refusal('reservation.malformed', { field: 'weekly', value: String(weekly) });
  }
  return Array.from({ length: weekly }, (_, week) => momentOf(wall + week * 7 * DAY_MS, zone, clock));
}

/** What a clock in `zone` shows at a moment, e.g. `2027-03-01T09:00`. @throws Refusal `reservation.malformed` for an unknown zone */
export function localOf(ms: number, zone: string): string {
  return textOf(clockIn(zone)(ms));
}

type Clock = (ms: number) => number;

/** Both candidates are tried: with the offset of the day before and of the day after. */
function momentOf(wall: number, zone: string, clock: Clock): number {
  const offsets = [wall - DAY_MS, wall + DAY_MS].map((ms) => clock(ms) - ms);
  const moments = offsets.map((offset) => wall - offset).filter((ms) => clock(ms) === wall);
  if (moments.length > 0) return Math.min(...moments);
  throw new Refusal('reservation.dst_gap', {
    local: textOf(wall),
    zone,
    next: textOf(clock(endOfGap(wall, clock))),
  });
}

/** The moment at which clocks are put forward: the first at which they show more than `wall`, found by halving. */
function endOfGap(wall: number, clock: Clock): number {
  let before = wall - DAY_MS;
  let after = wall + DAY_MS;
  while (after - before > 60_000) {
    const middle = Math.floor((before + after) / 120_000) * 60_000;
    if (clock(middle) < wall) before = middle;
    else after = middle;
  }
  return after;
}

/** A function from a moment to what the clock there shows, both in ms as if UTC. */
function clockIn(zone: string): Clock {
  const known = clocks.get(zone);
  if (known) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { ...PARTS, timeZone: zone });
  } catch {
    throw new Refusal('reservation.malformed', { field: 'zone', value: zone });
  }
  const clock: Clock = (ms) => {
    const at = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes) => at.get(name) ?? 0;
    return Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
  };
  if (clocks.size < MAX_CLOCKS) clocks.set(zone, clock);
  return clock;
}

const PARTS = {
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
} as const;

/** Making one costs a hundred times its use. There are about 600 zones, with old names. */
const clocks = new Map<string, Clock>();
const MAX_CLOCKS = 600;
