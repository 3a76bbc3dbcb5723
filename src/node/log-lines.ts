/** The node's log: one JSON line per event on stderr, so that journald or a pipe can take it. */
import type { Logger } from '../state/index.ts';

const LEVELS = { debug: 0, info: 1, warn: 2, error: 3 } as const;
export type LogLevel = keyof typeof LEVELS;

/** @param write where lines go, default stderr */
export function jsonLogger(
  level: LogLevel,
  write: (line: string) => void = (line) => process.stderr.write(line),
  bound: Record<string, unknown> = {},
): Logger {
  const log =
    (at: LogLevel) =>
    (message: string, data: Record<string, unknown> = {}) => {
      if (LEVELS[at] < LEVELS[level]) return;
      write(`${JSON.stringify({ time: new Date().toISOString(), level: at, message, ...bound, ...data })}\n`);
    };
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (data) => jsonLogger(level, write, { ...bound, ...data }),
  };
}

/**
 * The same for a person at a terminal: warnings and errors alone, a line each, with the facts behind the words.
 * @param write where lines go, default stderr
 */
export function terminalLogger(
  write: (line: string) => void = (line) => process.stderr.write(line),
  bound: Record<string, unknown> = {},
): Logger {
  const log =
    (label: string) =>
    (message: string, data: Record<string, unknown> = {}) => {
      const facts = Object.entries({ ...bound, ...data }).map(([key, value]) => `${key}=${shortly(value)}`);
      write(`${new Date().toTimeString().slice(0, 8)} ${label}: ${[message, ...facts].join(' ')}\n`);
    };
  return {
    debug: () => {},
    info: () => {},
    warn: log('warning'),
    error: log('error'),
    child: (data) => terminalLogger(write, { ...bound, ...data }),
  };
}

/** One fact on a line: control characters and more than a line's worth are left out. */
function shortly(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const MOST = 300; // a path and a sentence
  return (text ?? '').replace(/\p{Cc}+/gu, ' ').slice(0, MOST);
}
