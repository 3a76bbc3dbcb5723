import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { freshDir, withLog } from './support/temp.ts';

const proposer = join(import.meta.dir, 'support/proposer.ts');
const KILLS = 20;

/** Runs a proposer until it has confirmed `until` entries, kills it a little later, returns what it confirmed. */
async function killedAfter(
  dir: string,
  first: number,
  confirmations: number,
  laterMs: number,
): Promise<string[]> {
  const child = Bun.spawn([process.execPath, proposer, dir, String(first), '8'], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 30_000);
  let text = '';
  let lines = 0;
  let doomed = false;
  for await (const chunk of child.stdout) {
    const part = Buffer.from(chunk).toString();
    text += part;
    lines += part.split('\n').length - 1;
    if (lines < confirmations || doomed) continue;
    doomed = true;
    setTimeout(() => child.kill('SIGKILL'), laterMs);
  }
  await child.exited;
  clearTimeout(giveUp);
  expect(lines).toBeGreaterThanOrEqual(confirmations);
  // A line cut off by the kill says nothing.
  return text.split('\n').slice(0, -1);
}

test(`D1 ${KILLS} times kill -9 in the midst of proposing: every confirmed entry is there, in order, once`, async () => {
  const dir = freshDir();
  const confirmed: string[] = [];
  let first = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    confirmed.push(...(await killedAfter(dir, first, 1 + kill * 17, kill % 7)));
    first += 1_000_000;
  }
  await withLog(dir, async ({ machine, log }) => {
    const indexes = machine.applied.map(({ index }) => index);
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    expect(new Set(indexes).size).toBe(indexes.length);
    const found = new Set(
      machine.applied.map(({ index, command }) => `${index} ${(command as { number: number }).number}`),
    );
    expect(confirmed.filter((line) => !found.has(line))).toEqual([]);
    expect(confirmed.length).toBeGreaterThan(KILLS);
    // Per run at most what was under way (8) may be there without a confirmation that reached us; the pipe adds a little.
    expect(log.status().term).toBe(KILLS + 1);
  });
}, 240_000);
