/** Numbers as people read them, per language. Binary units: 1 GiB is 1,073,741,824 bytes; people read "GB". */
import type { Lang } from './sentence.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A number with the language's separators and at most `digits` decimals. */
export function formatNumber(value: number, lang: Lang, digits = 1): string {
  // Spanish separates thousands only from five digits on; Intl knows.
  const key = `${lang} ${digits}`;
  const known = numbers.get(key) ?? new Intl.NumberFormat(lang, { maximumFractionDigits: digits });
  numbers.set(key, known);
  return known.format(value);
}

/** Making one costs a hundred times its use. Two languages and a few digits: it stays small. */
const numbers = new Map<string, Intl.NumberFormat>();

/** "1.5 GB", "12 MB", "0 B". */
export function formatBytes(bytes: number, lang: Lang): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  // Two significant figures are enough to decide by; more is noise.
  return `${formatNumber(value, lang, value < 10 && unit > 0 ? 1 : 0)} ${UNITS[unit] ?? 'B'}`;
}

/** "45 s", "3 min", "1 h 20 min", "2 d 3 h". */
export function formatDuration(ms: number, lang: Lang): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return ms > 0 && ms < 1000 ? `${formatNumber(ms / 1000, lang)} s` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return minutes < 10 && seconds % 60 > 0 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 > 0 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return hours % 24 > 0 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${hours / 24} d`;
}

/**
 * A moment as people write it, e.g. "Mar 1, 2027, 9:00 AM".
 * @param zone IANA name; left out: that of the PC that says it
 */
export function formatTime(ms: number, lang: Lang, zone?: string): string {
  const options = { dateStyle: 'medium', timeStyle: 'short' } as const;
  try {
    return new Intl.DateTimeFormat(lang, { ...options, timeZone: zone }).format(ms);
  } catch {
    return new Intl.DateTimeFormat(lang, options).format(ms); // a newer PC knows a zone that this one does not
  }
}

/** "a, b and c". */
export function formatList(items: readonly string[], lang: Lang): string {
  return new Intl.ListFormat(lang, { type: 'conjunction' }).format(items);
}
