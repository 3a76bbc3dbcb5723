/** What a service logs to. Handed in by whoever starts the service; one line of JSON per call in the real node. */
export interface Logger {
  debug(message: string, data?: Record<string, unknown>): void;
  info(message: string, data?: Record<string, unknown>): void;
  warn(message: string, data?: Record<string, unknown>): void;
  error(message: string, data?: Record<string, unknown>): void;
  /** A logger whose lines also carry `data`, e.g. `{ service: 'images' }`. */
  child(data: Record<string, unknown>): Logger;
}

/** Discards every line: for tests and for pure callers. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
