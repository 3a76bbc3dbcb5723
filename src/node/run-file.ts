/** `run.json`: how scripts find a running node. Written when everything is ready, removed at a clean stop. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface RunInfo {
  readonly pid: number;
  readonly nodeId: string;
  readonly name: string;
  readonly version: string;
  /** Address of the page as the node advertises it. */
  readonly web: string;
  /** Address of the page on this PC alone, by plain HTTP; null when that door is off. */
  readonly local: string | null;
  readonly mesh: string | null;
  readonly bulk: string | null;
  readonly ready: true;
}

const NAME = 'run.json';

export async function writeRunFile(dataDir: string, info: RunInfo): Promise<void> {
  const file = join(dataDir, NAME);
  await writeFile(`${file}.new`, `${JSON.stringify(info)}\n`, { mode: 0o644 });
  await rename(`${file}.new`, file); // whoever sees the file sees all of it
}

export async function removeRunFile(dataDir: string): Promise<void> {
  await rm(join(dataDir, NAME), { force: true });
}
