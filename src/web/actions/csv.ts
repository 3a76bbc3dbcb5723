/** CSV as spreadsheets write it (RFC 4180; also with semicolons, as in countries whose comma is decimal). */
import { WebError } from '../errors.ts';

export interface CsvLine {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Splits a text into lines of cells; empty lines are left out.
 * @throws WebError `web.csv` for a quotation mark that is never closed, or more than `maxLines` lines
 */
export function parseCsv(text: string, maxLines: number): CsvLine[] {
  const body = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(body);
  const lines: CsvLine[] = [];
  let cells: string[] = [];
  let cell = '';
  let quotedSince = 0;
  let line = 1;
  let start = 1;
  const endLine = () => {
    cells.push(cell);
    cell = '';
    if (cells.some((one) => one.trim() !== ''))
      lines.push({ line: start, cells: cells.map((one) => one.trim()) });
    if (lines.length > maxLines)
      throw new WebError('web.csv', { line, reason: 'lines', limit: maxLines - 1 });
    cells = [];
  };
  for (let at = 0; at < body.length; at++) {
    const sign = body[at] ?? '';
    if (sign === '\n') line += 1;
    if (quotedSince > 0) {
      if (sign !== '"') cell += sign;
      else if (body[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quotedSince = 0;
    } else if (sign === '"' && cell.trim() === '') {
      cell = '';
      quotedSince = line;
    } else if (sign === separator) {
      cells.push(cell);
      cell = '';
    } else if (sign === '\n') {
      endLine();
      start = line;
    } else if (sign !== '\r') cell += sign;
  }
  if (quotedSince > 0)
    throw new WebError('web.csv', { line: quotedSince, reason: 'quote', limit: maxLines - 1 });
  endLine();
  return lines;
}

/** One line of CSV. What a spreadsheet would take for a formula is marked as text. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: string | number | null): string {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function separatorOf(text: string): string {
  const first = text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n'));
  return [',', ';', '\t'].reduce((best, one) =>
    first.split(one).length > first.split(best).length ? one : best,
  );
}
