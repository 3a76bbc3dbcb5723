/** What the clock on a wall of a zone shows, and weeks by that wall's calendar. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface Wall {
  /** `2027-03-01`. */
  readonly day: string;
  /** `09:00`. */
  readonly time: string;
  /** Minutes since midnight by that clock. */
  readonly minutes: number;
}

const made = new Map<string, Intl.DateTimeFormat>();
/** A visitor who makes zones up must not fill the memory. */
const MOST_MADE = 64;

export function wallOf(at: number, zone: string): Wall {
  if (made.size > MOST_MADE) made.clear();
  const known =
    made.get(zone) ??
    // Swedish writes dates and times as ISO 8601 does.
    new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: zone });
  made.set(zone, known);
  const text = known.format(at);
  const time = text.slice(11, 16);
  return { day: text.slice(0, 10), time, minutes: Number(time.slice(0, 2)) * 60 + Number(time.slice(3)) };
}

export function today(now: number, zone: string): string {
  return wallOf(now, zone).day;
}

/** The next full hour: what a form proposes. */
export function nextHour(now: number, zone: string): { day: string; time: string } {
  const { day, time } = wallOf(now + HOUR, zone);
  return { day, time: `${time.slice(0, 2)}:00` };
}

/** A day so many days after another, by the calendar alone. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The Monday of a day's week. */
export function mondayOf(day: string): string {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}

export function isDay(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) &&
    addDays(text, 0) === text
  );
}

/** A moment of that day near its noon, by whatever zone: to name the day by a formatter in UTC. */
export function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00Z`);
}
