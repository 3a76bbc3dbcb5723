/** The queue as people see it (S3): places, claims term by term, expected starts, and what each waits for. */
import type { CloudState, Vm } from '../state/index.ts';
import { askingFor, decide } from './placements.ts';
import type { Placing } from './placing.ts';
import { Claims } from './priority.ts';
import type { Request } from './request.ts';
import { shortage } from './shortage.ts';
import { expectedStarts } from './simulate.ts';
import type { Loads, QueueEntry, QueueView, Reason } from './views.ts';

/** The present queue with all its figures: one computation for all entries. */
export function queueOf(state: CloudState, loads: Loads, now: number): QueueView {
  return { entries: lookAhead(state, loads, now, askingFor(state)).entries };
}

export interface LookAhead {
  readonly placing: Placing;
  readonly entries: readonly QueueEntry[];
}

/** What a plan would do with those who ask, and when the others would start. Decisions stand in `placing`. */
export function lookAhead(state: CloudState, loads: Loads, now: number, asking: readonly Vm[]): LookAhead {
  const placing = decide(state, loads, now, asking);
  const claims = new Claims(state, now);
  const shorts = new Map<string, Reason>();
  const short = (request: Request) => {
    const key = request.only === null ? request.shape : `${request.shape} ${request.only}`;
    const known = shorts.get(key) ?? shortage(state, placing.room, request);
    shorts.set(key, known);
    return known;
  };
  const told = placing.queue.map((request) => {
    const blockedBy = placing.blockedBy(request);
    return { blockedBy, short: placing.hasPlace(request) || blockedBy !== null ? null : short(request) };
  });
  const starts = expectedStarts(placing, now);
  const entries = placing.queue.map(({ vm }, at): QueueEntry => {
    return {
      vmId: vm.id,
      position: at + 1,
      priority: claims.explain(vm),
      expectedStart: starts.get(vm.id) ?? null,
      short: told[at]?.short ?? null,
      blockedBy: told[at]?.blockedBy ?? null,
    };
  });
  return { placing, entries };
}
