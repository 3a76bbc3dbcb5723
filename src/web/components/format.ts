/** Numbers, sizes and times as people of a language write them. */
import type { Language } from '../../state/index.ts';
import { formatBytes, formatDuration, formatList, formatNumber } from '../../texts/index.ts';

export interface Format {
  number(value: number, digits?: number): string;
  percent(share: number): string;
  bytes(bytes: number): string;
  /** MiB as "2 GB". */
  mib(mib: number): string;
  gib(gib: number): string;
  duration(ms: number): string;
  /** "10:04" today, "Mon 10:04" within the week, else with the date. */
  time(at: number): string;
  /** Date and time in full, to the second. */
  exact(at: number): string;
  date(at: number): string;
  /** "Mon 1 Mar". */
  day(at: number): string;
  /** "10:04", whatever the day. */
  clock(at: number): string;
  list(items: readonly string[]): string;
}

const DAY = 86_400_000;
const MINUTE = 60_000;
const made = new Map<string, ReturnType<typeof formatters>>();
/** Two languages in the zones of a travelling few; a visitor who makes zones up must not fill the memory. */
const MOST_MADE = 64;

/** @param zone IANA name of the zone in which times are told */
export function createFormat(lang: Language, now: number, zone: string): Format {
  const key = `${lang} ${zone}`;
  if (made.size > MOST_MADE) made.clear();
  const known = made.get(key) ?? formatters(lang, zone);
  made.set(key, known); // making Intl's objects costs more than drawing a page
  const today = known.date.format(now);
  return {
    number: (value, digits = 1) => formatNumber(value, lang, digits),
    percent: (share) => known.percent.format(share),
    bytes: (bytes) => formatBytes(bytes, lang),
    mib: (mib) => formatBytes(mib * 2 ** 20, lang),
    gib: (gib) => formatBytes(gib * 2 ** 30, lang),
    duration: (ms) => formatDuration(ms, lang),
    time: (at) => {
      const minute = Math.floor(at / MINUTE);
      const said = known.times.get(today, minute);
      if (said !== undefined) return said;
      const isToday = known.date.format(at) === today;
      const style = isToday ? known.hour : Math.abs(now - at) < 6 * DAY ? known.weekday : known.day;
      return known.times.put(minute, style.format(at));
    },
    exact: (at) => known.exact.format(at),
    date: (at) => known.date.format(at),
    day: (at) => known.dayOnly.format(at),
    clock: (at) => known.hour.format(at),
    list: (items) => formatList(items, lang),
  };
}

function formatters(lang: Language, zone: string) {
  // British English writes the 24-hour clock that timetables use.
  const locale = lang === 'en' ? 'en-GB' : 'es-ES';
  const make = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
  return {
    percent: new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }),
    hour: make({ hour: '2-digit', minute: '2-digit' }),
    weekday: make({ weekday: 'short', hour: '2-digit', minute: '2-digit' }),
    day: make({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }),
    dayOnly: make({ weekday: 'short', day: 'numeric', month: 'short' }),
    times: new SaidTimes(),
    exact: make({ dateStyle: 'medium', timeStyle: 'medium' }),
    date: make({ day: 'numeric', month: 'short', year: 'numeric' }),
  };
}

/** What was said of a minute today: a list says the same few hundred times over and over. Tomorrow it begins anew. */
class SaidTimes {
  readonly #said = new Map<number, string>();
  #today = '';

  get(today: string, minute: number): string | undefined {
    if (today !== this.#today || this.#said.size > MOST_SAID) this.#said.clear();
    this.#today = today;
    return this.#said.get(minute);
  }

  put(minute: number, words: string): string {
    this.#said.set(minute, words);
    return words;
  }
}

/** Minutes of three and a half days: 300 kB. */
const MOST_SAID = 5000;
