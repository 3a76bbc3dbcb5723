/** Where a request stands in the queue, in words. */
import type { QueueEntry, Reason } from '../../scheduler/index.ts';
import type { Vm } from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import type { View } from './view.ts';

/** The queue as one drawing of a page sees it: worked out once, and only when somebody on the page waits. */
const seen = new WeakMap<View, ReadonlyMap<string, QueueEntry>>();

export function queueEntry(v: View, vmId: string): QueueEntry | null {
  const known = seen.get(v) ?? new Map(v.node.queue().entries.map((entry) => [entry.vmId, entry]));
  seen.set(v, known);
  return known.get(vmId) ?? null;
}

/** So near a start is no waiting that people plan by: the scheduler has only to speak. */
const MOMENT_MS = 5_000;

/** "Number 3 in line, about 14:20"; null for one that does not wait, or only for a moment. */
export function placeInLine(v: View, entry: QueueEntry | null): string | null {
  if (entry === null || isMoment(v, entry)) return null;
  const words = v.t.plan.queued;
  const when = entry.expectedStart === null ? words.someTime : words.about(v.f.time(entry.expectedStart));
  return `${words.number(entry.position)}, ${when}`;
}

function isMoment(v: View, { short, blockedBy, expectedStart }: QueueEntry): boolean {
  return (
    short === null &&
    blockedBy === null &&
    expectedStart !== null &&
    expectedStart <= v.node.now() + MOMENT_MS
  );
}

/** Why it does not start now. */
export function shortWords(v: View, entry: QueueEntry): string | null {
  if (entry.blockedBy !== null) return v.t.plan.queued.behind;
  return entry.short === null ? null : reasonWords(v, entry.short);
}

/** The sentence of a reason, without its hint. */
export function reasonWords(v: View, { code, data }: Reason): string {
  return describe(code, data, v.lang).message;
}

/** A sentence of its own about a VM that waits. */
export function waitingSentence(v: View, vm: Vm): string {
  const words = v.t.plan.queued;
  const entry = queueEntry(v, vm.id);
  const place = placeInLine(v, entry);
  if (entry === null || place === null) return words.moment;
  // One that was suspended for others lost nothing; one that never ran has nothing to lose.
  const state = vm.observed.state === 'suspended' ? words.again : v.t.vmShort.waiting;
  const why = shortWords(v, entry);
  return `${state}: ${lower(place)}.${why === null ? '' : ` ${why}`}`;
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
