/** Joins and leaves, again and again, in a process of their own: what is held must not grow. `npm run test:soak` does it for longer. */
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import * as z from 'zod';
import type { Held } from './joins.ts';

const SECONDS = 60 * Number(process.env.LABMESH_SOAK_MINUTES ?? 0.3);
/** Beyond the asked time: the fewest rounds on a starved PC, each of which then takes some seconds. */
const SLACK_MS = 120_000;
/** One node holds some 800 objects; what one more message or timer under way holds is less than twice as much. */
const SWING = 1_500;
/** What the engine keeps for itself swings by some 20 MB, whatever we do; a guest that stays has 2 MB. */
const RESIDENT_SWING = 40e6;

const count = z.number().int().min(0);
const heldSchema: z.ZodType<Held> = z.object({
  at: count,
  objects: count,
  parts: count,
  timers: count,
  open: count,
  resident: count,
  peers: count,
  connected: count,
  announced: count,
});

const said = ({ at, objects, timers, open, resident, peers }: Held, round: number) =>
  `${Math.round(at / 1_000)} s, ${round} joins and leaves: ${objects} objects, ${timers} timers, ${open} files and sockets, ` +
  `${peers} peers, ${(resident / 1e6).toFixed(0)} MB`;

async function soak(): Promise<Held[]> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'joins.ts'), String(SECONDS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: SECONDS * 1_000 + SLACK_MS,
    killSignal: 'SIGKILL',
  });
  const rounds: Held[] = [];
  let rest = '';
  let tellAt = 0;
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const held = heldSchema.parse(JSON.parse(line));
      rounds.push(held);
      if (held.at < tellAt) continue;
      console.log(said(held, rounds.length));
      tellAt = held.at + 60_000;
    }
  }
  expect(await child.exited).toBe(0);
  return rounds;
}

test(
  'joins and leaves leave nothing behind',
  async () => {
    const rounds = await soak();
    const last = rounds.at(-1);
    if (last === undefined) throw new Error('no rounds');
    console.log(said(last, rounds.length));
    const quarter = Math.floor(rounds.length / 4);
    const [warm, late] = [rounds.slice(quarter, 2 * quarter), rounds.slice(-quarter)];
    type Key = 'objects' | 'parts' | 'timers' | 'open' | 'resident' | 'peers';
    const most = (key: Key) => Math.max(...warm.map((held) => held[key]));
    const least = (key: Key) => Math.min(...late.map((held) => held[key]));
    // What leaks is there at every later look; what swings is not.
    expect(least('objects')).toBeLessThan(most('objects') + SWING);
    expect(least('resident')).toBeLessThan(most('resident') + RESIDENT_SWING);
    for (const key of ['parts', 'timers', 'open', 'peers'] as const)
      expect(least(key), key).toBeLessThanOrEqual(most(key));
    expect(last).toMatchObject({ announced: 3, connected: 2, peers: 2 });
  },
  SECONDS * 1_000 + SLACK_MS + 10_000,
);
