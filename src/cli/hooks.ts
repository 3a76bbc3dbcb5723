/** What the command line has done by the rest of the house. Handed in by `main`, so that client verbs load none of it. */
import type { UpOptions } from './up-options.ts';

export interface Restored {
  /** Ms since the epoch at which the backup was made. */
  readonly takenAt: number;
  readonly records: number;
}

export interface NodeHooks {
  /** Runs the node until it is told to stop. @returns the exit code */
  up(options: UpOptions): Promise<number>;
  /** Makes this PC a member of the token's cloud, then runs the node. @returns the exit code @throws LabmeshError `join.*` */
  join(options: UpOptions, token: string): Promise<number>;
  /** Makes the log of an empty data folder from a backup. @throws LabmeshError `backup.*`, `log.*` */
  restore(file: string, data: string): Promise<Restored>;
}
