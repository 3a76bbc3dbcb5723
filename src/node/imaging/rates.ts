/** How fast images may go to and from this PC: what the cloud's settings say, the hour, and whether somebody sits here. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CloudState, setting } from '../../state/index.ts';

const MB = 1_000_000;
/** Where the kernel does not know: what most labs have. */
const USUAL_MBITS = 1000;
const NETWORK = '/sys/class/net';

export interface RateFacts {
  /** Hour of the day on this PC's clock, 0 to 23. */
  readonly hour: number;
  readonly isUserHere: boolean;
  /** What the PC's line carries, bytes per second. */
  readonly lineBytes: number;
}

/** Bytes per second one way; `Infinity`: as fast as it goes. */
export function rateOf(state: CloudState, way: 'up' | 'down', facts: RateFacts): number {
  const from = setting(state, 'transfer.free_from');
  const until = setting(state, 'transfer.free_until');
  const max = setting(state, way === 'up' ? 'transfer.max_up' : 'transfer.max_down') * MB;
  const isLimited = max > 0 && !isWithin(facts.hour, from, until);
  const percent = setting(state, 'transfer.user_active_percent');
  if (!facts.isUserHere || percent === 100) return isLimited ? max : Number.POSITIVE_INFINITY;
  return (Math.min(isLimited ? max : facts.lineBytes, facts.lineBytes) * percent) / 100;
}

/** Hours may go over midnight; the same twice is never. */
function isWithin(hour: number, from: number, until: number): boolean {
  return from <= until ? hour >= from && hour < until : hour >= from || hour < until;
}

/** Of the fastest interface that is plugged in. Source: sysfs-class-net, `speed` in Mbit/s; virtual ones say nothing or -1. */
export async function lineBytes(folder = NETWORK): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names.map((name) => readFile(join(folder, name, 'speed'), 'utf8').catch(() => '')),
  );
  const fastest = Math.max(0, ...texts.map(Number).filter(Number.isFinite));
  return ((fastest > 0 ? fastest : USUAL_MBITS) * MB) / 8;
}
