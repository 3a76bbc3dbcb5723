/** Colour where it helps and only there: on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb asks for none. */
import type { Io } from './io.ts';

export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
}

export function paintFor(io: Io, stream: 'out' | 'err'): Paint {
  const terminal = stream === 'out' ? io.outIsTerminal : io.errIsTerminal;
  const coloured = terminal && !io.env.NO_COLOR && io.env.TERM !== 'dumb';
  const dye = (code: number, end: number) => (text: string) =>
    coloured ? `\u001b[${code}m${text}\u001b[${end}m` : text;
  return { good: dye(32, 39), bad: dye(31, 39), warn: dye(33, 39), faint: dye(2, 22), strong: dye(1, 22) };
}
