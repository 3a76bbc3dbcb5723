/** Moments as a terminal tells them, by this PC's clock: "14:20" today, "Mon 14:20" within the week, else with the date. */
import type { Lang } from '../texts/index.ts';

const WEEK_MS = 6 * 86_400_000;

export function clockText(at: number, lang: Lang, now = Date.now()): string {
  // British English writes the 24-hour clock that timetables use.
  const locale = lang === 'en' ? 'en-GB' : 'es-ES';
  const write = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options).format(at);
  const hour = { hour: '2-digit', minute: '2-digit' } as const;
  if (new Date(at).toDateString() === new Date(now).toDateString()) return write(hour);
  if (Math.abs(at - now) < WEEK_MS) return write({ weekday: 'short', ...hour });
  return write({ day: 'numeric', month: 'short', year: 'numeric', ...hour });
}
