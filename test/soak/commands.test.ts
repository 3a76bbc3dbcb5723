/** A cloud that is used for a long time keeps what people need and nothing else, in memory and on disk. */
import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Used } from './commands.ts';

const ROUNDS = 4;
/** Longer than from one snapshot of the state to the next, in entries and in bytes. */
const PER_ROUND = 11_000;
/** Some 10 s of work; a machine on which ten others want each processor needs this. */
const LONG_MS = 300_000;
/** What the engine keeps for itself swings by so much of its heap. */
const SWING = 1.25;

const count = z.number().min(0);
const usedSchema: z.ZodType<Used> = z.object({
  commands: count,
  logged: count,
  disk: count,
  heap: count,
  tables: z.record(z.string(), count),
  startMs: count,
});

const dataDir = mkdtempSync(join(tmpdir(), 'labmesh-commands-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

async function use(rounds: number): Promise<Used[]> {
  const command = [process.execPath, join(import.meta.dir, 'commands.ts')];
  const child = Bun.spawn([...command, dataDir, String(rounds), String(PER_ROUND)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONG_MS,
    killSignal: 'SIGKILL',
  });
  const lines = (await child.stdout.text()).trim().split('\n');
  expect(await child.exited).toBe(0);
  return lines.map((line) => usedSchema.parse(JSON.parse(line)));
}

test(
  'R4 after tens of thousands of commands the node holds, on disk and in memory, what it held after the first ten thousand',
  async () => {
    const [, first, ...later] = await use(ROUNDS);
    const last = later.at(-1);
    if (first === undefined || last === undefined) throw new Error('it told nothing');
    console.log(
      `${last.commands} commands, ${(last.logged / 1e6).toFixed(0)} MB logged: disk ${later.map(({ disk }) => (disk / 1e6).toFixed(0)).join(', ')} MB, ` +
        `heap ${[first, ...later].map(({ heap }) => (heap / 1e6).toFixed(0)).join(', ')} MB`,
    );
    // Everybody who came has left again; of what was done the newest entries are kept.
    expect(last.tables).toEqual({ ...first.tables, audit: 2_000 });
    expect(last.tables).toMatchObject({ user: 1, session: 0, course: 0, enrolment: 0 });
    expect(Math.max(...later.map(({ heap }) => heap))).toBeLessThan(first.heap * SWING);
    // Two rounds at most: what came since the last snapshot, and what is just being cut off.
    expect(Math.max(...later.map(({ disk }) => disk))).toBeLessThan(last.logged / 2);
    const [again] = await use(0);
    expect(again?.tables).toEqual(last.tables);
  },
  2 * LONG_MS,
);
