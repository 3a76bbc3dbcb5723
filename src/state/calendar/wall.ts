/** Wall times as plain arithmetic on the calendar, without places: reducers may use it. */

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})$/;

/** The wall time `2027-03-01T09:00` as if it were UTC, ms; null for what is no date (no 30 February, no 25 o'clock). */
export function wallOf(local: string): number | null {
  const match = LOCAL.exec(local);
  if (!match) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1).map(Number);
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  return textOf(wall) === local ? wall : null;
}

/** The other way round. */
export function textOf(wall: number): string {
  return new Date(wall).toISOString().slice(0, 16);
}
