/** Joins and leaves, again and again, in a process of their own: what is held must not grow. */
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import * as z from 'zod';
import type { Held } from './soak.ts';

/** MESH_SOAK_ROUNDS=3000 for the long one, of some half an hour. */
const ROUNDS = Number(process.env.MESH_SOAK_ROUNDS ?? 20);
/** A round takes 0.5 s, on a starved PC ten times that. */
const ROUND_MS = 6_000;
/** One node holds some 800 objects; what one more message or timer under way holds is less than twice as much. */
const SWING = 1_500;

const count = z.number().int().min(0);
const heldSchema: z.ZodType<Held[]> = z.array(
  z.object({ objects: count, parts: count, open: count, connected: count, announced: count }),
);

async function soak(): Promise<Held[]> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'soak.ts'), String(ROUNDS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: ROUNDS * ROUND_MS,
    killSignal: 'SIGKILL',
  });
  const said = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return heldSchema.parse(JSON.parse(said));
}

test(
  'joins and leaves leave nothing behind',
  async () => {
    const rounds = await soak();
    expect(rounds.length).toBe(ROUNDS);
    const [warm, late] = [rounds.slice(ROUNDS / 4, ROUNDS / 2), rounds.slice((ROUNDS * 3) / 4)];
    const most = (key: 'objects' | 'parts' | 'open') => Math.max(...warm.map((held) => held[key]));
    const least = (key: 'objects' | 'parts' | 'open') => Math.min(...late.map((held) => held[key]));
    console.log(
      `${ROUNDS} joins and leaves: ${most('objects')} objects at most, later ${least('objects')} at least`,
    );
    // What leaks is there at every later look; what swings is not.
    expect(least('objects')).toBeLessThan(most('objects') + SWING);
    expect(least('open')).toBeLessThanOrEqual(most('open'));
    expect(least('parts')).toBeLessThanOrEqual(most('parts'));
    expect(rounds.at(-1)).toMatchObject({ announced: 3, connected: 2 });
  },
  ROUNDS * ROUND_MS + 10_000,
);
