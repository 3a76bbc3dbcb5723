/** Numbers and lists as they stand inside sentences. */
import { formatBytes, formatList, formatNumber } from '../format.ts';

export const number = (value: number) => formatNumber(value, 'en');
export const bytes = (value: number) => formatBytes(value, 'en');
/** "1 request", "3 requests" */
export const count = (value: number, one: string, many = `${one}s`) =>
  `${number(value)} ${value === 1 ? one : many}`;
/** Memory, given in MiB. */
export const mib = (value: number) => (value >= 1024 ? `${number(value / 1024)} GB` : `${number(value)} MB`);
/** The first of many by name. */
export const listed = (names: readonly string[], all: number) =>
  formatList(all > names.length ? [...names, `${number(all - names.length)} more`] : names, 'en');
