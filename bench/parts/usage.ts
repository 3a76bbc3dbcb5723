/** What a process used, from `/proc`. */
import { readFileSync } from 'node:fs';

/** User and system time so far. Source: proc(5), fields 14 and 15 of stat, in ticks of 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The most that was resident at once. */
export function peakMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** It and those it started. Source: proc(5), `children`. */
export function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

/** The most that any of some short-lived processes and their children had resident. (A child's own record begins with its parent's size.) */
export class PeakWatch {
  #peak = 0;
  readonly #timer: Timer;

  constructor(pids: readonly number[]) {
    this.#timer = setInterval(() => {
      for (const pid of pids) this.#peak = Math.max(this.#peak, residentMiB(pid));
    }, 100);
  }

  end(): number {
    clearInterval(this.#timer);
    return this.#peak;
  }
}

/** With all that it started; 0 when it is over. */
function residentMiB(pid: number): number {
  try {
    return family(pid).reduce((sum, one) => {
      const status = readFileSync(`/proc/${one}/status`, 'utf8');
      return sum + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    }, 0);
  } catch {
    return 0;
  }
}
