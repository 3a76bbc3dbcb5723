import { afterAll } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Agreement,
  type ElectionSettings,
  openMeshedAgreement,
} from '../../../../src/election/index.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { nobody } from './hub.ts';
import { type ListMachine, listMachine } from './list-machine.ts';

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** A path in an own temporary folder, removed after the file's tests. */
export function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'labmesh-log-'));
  made.push(dir);
  return join(dir, 'log');
}

export interface Opened {
  log: Agreement<number>;
  machine: ListMachine;
}

/** A log on real LevelDB, not started. */
export function logIn(dir: string, settings: Partial<ElectionSettings> = {}, nodeId = 'node-1'): Opened {
  const machine = listMachine();
  return {
    machine,
    log: openMeshedAgreement({
      dir,
      nodeId,
      machine,
      logger: silentLogger,
      clock: Date.now,
      transport: nobody(),
      settings,
    }),
  };
}

export async function started(dir: string, settings: Partial<ElectionSettings> = {}): Promise<Opened> {
  const opened = logIn(dir, settings);
  await opened.log.start();
  return opened;
}

/** Runs `use` with a started log and stops it. */
export async function withLog<T>(
  dir: string,
  use: (opened: Opened) => Promise<T>,
  settings: Partial<ElectionSettings> = {},
): Promise<T> {
  const opened = await started(dir, settings);
  try {
    return await use(opened);
  } finally {
    await opened.log.stop();
  }
}

/** The code of the error that `promise` rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'no error';
}

/** Waits for a condition, at most ten seconds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await Bun.sleep(5);
  }
}

export const soon = { timeoutMs: 5_000 };
