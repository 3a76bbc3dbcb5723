/**
 * The node's time: the PC's clock, but never back. Where somebody sets that clock back, or it was behind at a start, time goes on
 * at its own pace from the newest moment known, until the PC's clock has caught up: leases and deadlines then end after as
 * long as they were meant to, neither at once nor an hour late.
 */
export interface SteadyClock {
  /** ms since the epoch. */
  now(): number;
  /** Time is at least this late: what the log has seen is past. */
  atLeast(ms: number): void;
}

export function steadyClock(
  wall: () => number = () => Date.now(),
  monotonic: () => number = () => performance.now(),
): SteadyClock {
  let time = wall();
  let at = monotonic();
  const now = () => {
    const seen = monotonic();
    time = Math.max(wall(), time + (seen - at));
    at = seen;
    return Math.floor(time); // entities hold whole milliseconds
  };
  const atLeast = (ms: number) => {
    time = Math.max(now(), ms);
  };
  return { now, atLeast };
}
