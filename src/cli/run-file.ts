/** The file in which a running node says where it is (CLI.md's run.json). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RunFile {
  readonly pid: number;
  readonly web: string | null;
  readonly local: string | null;
}

/** The node that runs on a data folder; null when none does, also where a killed one left its file. */
export function runningNode(data: string): RunFile | null {
  try {
    const run: unknown = JSON.parse(readFileSync(join(data, 'run.json'), 'utf8'));
    if (typeof run !== 'object' || run === null || !('pid' in run) || typeof run.pid !== 'number')
      return null;
    process.kill(run.pid, 0);
    return {
      pid: run.pid,
      web: 'web' in run && typeof run.web === 'string' ? run.web : null,
      local: 'local' in run && typeof run.local === 'string' ? run.local : null,
    };
  } catch {
    return null;
  }
}
