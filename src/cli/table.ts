/** Tables for people: columns as wide as their text, cut to fit the terminal, numbers to the right. */

import { formatBytes, type Lang } from '../texts/index.ts';

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  readonly right?: boolean;
  /** May be cut when the terminal is too narrow. */
  readonly flexible?: boolean;
}

const GAP = '  ';
/** A column cut to less says nothing. */
const LEAST = 6;

/** Lines of a table, header first, each ending in a line break. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): string {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.of(row))));
  const lines = [columns.map((column) => column.title), ...cells];
  const widths = columns.map((_, n) => Math.max(...lines.map((line) => textWidth(line[n] ?? ''))));
  shrink(widths, columns, width);
  return lines.map((line) => `${rowText(line, widths, columns)}\n`).join('');
}

/** "Name   value" lines for one thing. */
export function record(pairs: readonly (readonly [string, string])[]): string {
  const widest = Math.max(...pairs.map(([name]) => textWidth(name)));
  return pairs.map(([name, value]) => `${pad(name, widest)}${GAP}${oneLine(value)}\n`).join('');
}

function rowText<Row>(
  line: readonly string[],
  widths: readonly number[],
  columns: readonly Column<Row>[],
): string {
  const parts = line.map((text, n) => {
    const cut = cutTo(text, widths[n] ?? 0);
    return columns[n]?.right ? pad(cut, widths[n] ?? 0, true) : pad(cut, widths[n] ?? 0);
  });
  return parts.join(GAP).trimEnd();
}

/** Takes from the widest flexible column until the row fits. */
function shrink<Row>(widths: number[], columns: readonly Column<Row>[], width: number): void {
  const total = () => widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1);
  while (total() > width) {
    let widest = -1;
    columns.forEach((column, n) => {
      const own = widths[n] ?? 0;
      if (column.flexible && own > LEAST && own > (widths[widest] ?? 0)) widest = n;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

/** Terminal columns a text takes (Bun knows wide and combining characters). */
function textWidth(text: string): number {
  return Bun.stringWidth(text);
}

function cutTo(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let cut = '';
  for (const letter of text) {
    if (textWidth(cut + letter) > width - 1) break;
    cut += letter;
  }
  return `${cut}…`;
}

function pad(text: string, width: number, right = false): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return right ? space + text : text + space;
}

/** Memory as people say it: whole megabytes below a gigabyte. */
export function memory(mib: number, lang: Lang): string {
  return formatBytes(mib * 2 ** 20, lang);
}

/** Names come from people: no control character of theirs reaches the terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** A text of several lines without what would move a terminal's cursor or colour it; tabs and line breaks stay. */
export function plain(text: string): string {
  return Bun.stripANSI(text).replace(/(?![\n\t])\p{Cc}/gu, '');
}
