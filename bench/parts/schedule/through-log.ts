/** Places from end to end: three members in processes of their own keep one log, the master plans, and a place counts once a majority has it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startMembers } from '../members.ts';

const Ran = z.object({ askMs: z.number(), placeMs: z.number(), entries: z.number(), index: z.number() });
const Digest = z.object({ hash: z.string(), placed: z.number() });

export interface ThroughLog {
  /** Requests a second through the door, checked, durable on a majority and carried out. */
  readonly asked: number;
  /** Places a second, planned, checked, durable on a majority and carried out. */
  readonly placed: number;
  /** Log entries that the places took. */
  readonly entries: number;
}

/** People who ask at once. */
const WRITERS = 64;

/** @throws Error when the members disagree in the end, or somebody has no place */
export async function measureThroughLog(pcs: number, requests: number): Promise<ThroughLog> {
  const folder = mkdtempSync(join(process.env.LABMESH_BENCH_DIR ?? tmpdir(), 'labmesh-bench-schedule-'));
  try {
    mkdirSync(join(folder, 'members'));
    const script = { file: 'schedule/member.ts', rest: [String(pcs)] };
    const members = await startMembers(join(folder, 'members'), 3, script);
    try {
      const ran = Ran.parse(await members.master.ask({ op: 'run', requests, writers: WRITERS }));
      const found = await Promise.all(
        members.clients.map(async (client) =>
          Digest.parse(await client.ask({ op: 'digest', index: ran.index })),
        ),
      );
      const [first] = found;
      if (!first || found.some(({ hash }) => hash !== first.hash)) throw new Error('the members disagree');
      if (first.placed !== requests) throw new Error(`${first.placed} of ${requests} have a place`);
      return {
        asked: (requests / ran.askMs) * 1000,
        placed: (requests / ran.placeMs) * 1000,
        entries: ran.entries,
      };
    } finally {
      await members.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
