/** What a way of bringing a file to several PCs costs: taken the same for all of them. */
import type { LinkBytes, ShapedPc } from './shaped-lan.ts';

export interface Run {
  readonly name: string;
  readonly downloaders: number;
  /** To the last verified copy. */
  readonly seconds: number;
  /** What the first seeder's line sent. */
  readonly seederBytes: number;
  readonly received: number;
  readonly seederCpu: number;
  readonly downloaderCpu: number;
  /** The largest of the downloaders' processes. */
  readonly peakMiB: number;
}

export interface Spent {
  readonly seconds: number;
  readonly seederCpu: number;
  readonly downloaderCpu: number;
  readonly peakMiB: number;
}

/** Runs it, and counts what went over the lines meanwhile. */
export async function counted(
  name: string,
  [seeder, ...others]: readonly ShapedPc[],
  work: () => Promise<Spent>,
): Promise<Run> {
  if (seeder === undefined) throw new Error('no seeder');
  const before = [seeder, ...others].map((pc) => pc.bytes());
  const spent = await work();
  const moved = [seeder, ...others].map((pc, i) => since(pc.bytes(), before[i]));
  const received = moved.slice(1).reduce((sum, one) => sum + one.received, 0);
  return { name, downloaders: others.length, ...spent, seederBytes: moved[0]?.sent ?? 0, received };
}

function since(now: LinkBytes, before: LinkBytes | undefined): LinkBytes {
  return { sent: now.sent - (before?.sent ?? 0), received: now.received - (before?.received ?? 0) };
}
