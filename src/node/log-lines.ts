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
