/**
 * The calendar: whether the cloud can honour a reservation beside all that it has promised (S6). At every moment at which the load
 * grows, all that is promised then is packed on the PCs; only what fits is promised.
 */
import type { Resource } from '../capacity.ts';
import type { CloudState } from '../cloud-state.ts';
import type { Reservation, Vm } from '../entities/index.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { leaseLeft } from '../vm-state.ts';
import { type Asked, askedBy, type Load, loadsOf, walkInAsks } from './loads.ts';
import { Pool } from './pack.ts';

const HOUR_MS = 3_600_000;
/** How far ahead another time is looked for. */
const NEXT_WITHIN_MS = 14 * 24 * HOUR_MS;
/** Looks at a PC that one search for another time may cost: about a tenth of a second. */
const MAX_LOOKS = 2_000_000;

/** What is thought of: the same for a new reservation and for one that is there. */
export type CalendarDraft = Pick<
  Reservation,
  'id' | 'starts' | 'hours' | 'count' | 'vcpus' | 'ramMiB' | 'osDiskGiB' | 'dataDiskGiB' | 'vmId'
>;

/** `free`: how many of the VMs would fit at all the times; `nextStart`: when all would, ms, or null when that cannot be foreseen. */
export type Admission =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly resource: Resource;
      readonly free: number;
      readonly nextStart: number | null;
    };

/** Whether a new reservation fits beside everything that is promised. */
export function admits(state: CloudState, draft: CalendarDraft, now: number): Admission {
  const loads = loadsOf(state, now, ({ id }) => id === draft.id);
  const pool = poolFor(state, setting(state, 'reservation.walkin_percent'));
  return decide(pool, loads, draft.starts, draft.hours * HOUR_MS, askedBy(state, draft));
}

/**
 * Whether a reservation that was made can still be honoured at the occurrences to come. The earlier one has the better right: what was
 * reserved after it does not count.
 */
export function honours(state: CloudState, reservation: Reservation, now: number): Admission {
  const loads = loadsOf(state, now, ({ id }) => id >= reservation.id);
  const starts = reservation.starts.slice(reservation.begun);
  const pool = poolFor(state, setting(state, 'reservation.walkin_percent'));
  return decide(pool, loads, starts, reservation.hours * HOUR_MS, askedBy(state, reservation));
}

/** Whether a VM that nobody may suspend leaves reservations what they were promised, from now until its lease ends. */
export function admitsWalkIn(state: CloudState, vm: Vm, now: number): Admission {
  const asked = walkInAsks(vm);
  if (asked.length === 0) return { ok: true };
  const loads = loadsOf(state, now, () => false, vm.id);
  // The part for walk-ins is for walk-ins.
  return decide(poolFor(state, 0), loads, [now], leaseLeft(vm, now), asked);
}

/** @throws Refusal `capacity.reserved` */
export function needUnreserved(state: CloudState, vm: Vm, now: number): void {
  const admission = admitsWalkIn(state, vm, now);
  if (admission.ok) return;
  const { resource, free, nextStart } = admission;
  throw new Refusal('capacity.reserved', { resource, free, nextStart });
}

function poolFor(state: CloudState, percent: number): Pool {
  return new Pool(state, setting(state, 'reservation.node_reserve'), percent);
}

function decide(
  pool: Pool,
  loads: readonly Load[],
  starts: readonly number[],
  ms: number,
  asked: readonly Asked[],
): Admission {
  let short: { resource: Resource; free: number } | null = null;
  for (const start of starts) {
    for (const beside of momentsOf(loads, start, start + ms)) {
      const resource = pool.shortFor([...beside, ...asked]);
      if (resource === null) continue;
      const free = mostOf(pool, beside, asked);
      if (!short || free < short.free) short = { resource, free };
    }
    if (short?.free === 0) break;
  }
  if (!short) return { ok: true };
  return { ok: false, ...short, nextStart: nextStart(pool, loads, starts, ms, asked) };
}

/** What is promised beside, at each moment of [start, end) at which it grows. */
function momentsOf(loads: readonly Load[], start: number, end: number): Load[][] {
  const near = loads.filter((load) => load.start < end && load.end > start);
  const times = new Set([start, ...near.map((load) => load.start).filter((at) => at > start)]);
  return [...times]
    .sort((a, b) => a - b)
    .map((at) => near.filter((load) => load.start <= at && load.end > at));
}

/** How many of the asked VMs would fit, those first that must run where they lie. */
function mostOf(pool: Pool, beside: readonly Asked[], asked: readonly Asked[]): number {
  const total = asked.reduce((sum, { count }) => sum + count, 0);
  let fits = 0;
  let tooMany = total;
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >>> 1;
    if (pool.shortFor([...beside, ...firstOf(asked, middle)]) === null) fits = middle;
    else tooMany = middle;
  }
  return fits;
}

function firstOf(asked: readonly Asked[], count: number): Asked[] {
  let left = count;
  return [...asked].reverse().flatMap((one) => {
    const taken = Math.min(left, one.count);
    left -= taken;
    return taken > 0 ? [{ ...one, count: taken }] : [];
  });
}

/** The first later time at which all would fit, for all occurrences moved alike: something that was in the way ends then. */
function nextStart(
  pool: Pool,
  loads: readonly Load[],
  starts: readonly number[],
  ms: number,
  asked: readonly Asked[],
): number | null {
  const [first] = starts;
  if (first === undefined || pool.shortFor(asked) !== null) return null;
  const within = first + NEXT_WITHIN_MS;
  const ends = [...new Set(loads.map(({ end }) => end))]
    .filter((at) => at > first && at <= within)
    .sort((a, b) => a - b);
  const until = pool.looks + MAX_LOOKS;
  for (const end of ends) {
    const fits = starts.every((start) =>
      momentsOf(loads, start + end - first, start + end - first + ms).every(
        (beside) => pool.looks < until && pool.shortFor([...beside, ...asked]) === null,
      ),
    );
    if (pool.looks >= until) return null;
    if (fits) return end;
  }
  return null;
}
