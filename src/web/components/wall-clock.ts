/** Days, hours and weeks by the wall clock of a zone. */
import { localOf } from '../../state/index.ts';

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

export function wallOf(at: number, zone: string): Wall {
  const [day = '', time = ''] = localOf(at, zone).split('T');
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return { day, time, minutes: hours * 60 + minutes };
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
  return new Date(noonOf(day) + days * DAY).toISOString().slice(0, 10);
}

/** The Monday of a day's week. */
export function mondayOf(day: string): string {
  const weekday = (new Date(noonOf(day)).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}

/** True for a day of the calendar between the years 2000 and 2199. */
export function isDay(text: string): boolean {
  return /^2[01]\d{2}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(noonOf(text)) && addDays(text, 0) === text;
}

/** Noon of a day in UTC: to name the day by a formatter of that zone. */
export function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00Z`);
}
