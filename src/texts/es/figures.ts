/** Números y listas tal como van dentro de las frases. */
import { formatBytes, formatList, formatNumber } from '../format.ts';

export const number = (value: number) => formatNumber(value, 'es');
export const bytes = (value: number) => formatBytes(value, 'es');
export const count = (value: number, one: string, many = `${one}s`) =>
  `${number(value)} ${value === 1 ? one : many}`;
export const mib = (value: number) => (value >= 1024 ? `${number(value / 1024)} GB` : `${number(value)} MB`);
export const listed = (names: readonly string[], all: number) =>
  formatList(all > names.length ? [...names, `${number(all - names.length)} más`] : names, 'es');
