/** What emptying a PC means for its VMs: for the page and for `labmesh node drain`. */
import type { CloudState } from '../cloud-state.ts';
import type { Drain, DrainHow, Node, Vm } from '../entities/index.ts';
import { restsInWork } from '../work.ts';

/**
 * What happens to one VM:
 * `waits` until the deadline, then it is suspended; `suspends` now or next; `ending`: its owner stops, suspends or deletes it;
 * `unreachable`: nothing, until its PC is back; `kept`: suspended by the drain, goes on when the PC takes labs again.
 */
export type DrainFate = 'waits' | 'suspends' | 'ending' | 'unreachable' | 'kept';

export interface DrainEntry {
  readonly vm: Vm;
  readonly fate: DrainFate;
  /** For `waits`: when it is suspended. */
  readonly at: number | null;
}

export interface DrainView {
  /** Null while the PC is not being emptied: then the rest is what would happen with `how`. */
  readonly drain: Drain | null;
  /** VMs that still compute there: the PC is not empty before the list is. */
  readonly blocking: readonly DrainEntry[];
  /** VMs that the drain suspended. */
  readonly kept: readonly DrainEntry[];
  /** VMs whose disks lie there, and nothing of them elsewhere: they bar retiring it without force. */
  readonly disks: readonly Vm[];
}

/** @param how for a PC that is not being emptied: what to tell of, `suspend` unless given */
export function drainView(state: CloudState, node: Node, how: DrainHow = 'suspend'): DrainView {
  const { vm } = state.tables;
  const computing = vm.by('compute', node.id);
  const kept = vm
    .by('held', 'yes')
    .filter((one) => one.placement?.nodeId === node.id && one.held?.by === 'drain')
    .filter((one) => !computing.includes(one));
  return {
    drain: node.drain,
    blocking: computing.map((one) => entryOf(one, node, how, state.now)),
    kept: kept.map((one) => ({ vm: one, fate: 'kept', at: null })),
    disks: vm.by('disk', node.id).filter((one) => !restsInWork(one)),
  };
}

function entryOf(vm: Vm, { drain, reach }: Node, wouldBe: DrainHow, now: number): DrainEntry {
  if (reach.state !== 'up') return { vm, fate: 'unreachable', at: null };
  if (vm.desired !== 'running') return { vm, fate: 'ending', at: null };
  const waits =
    vm.held === null && (drain?.how ?? wouldBe) === 'wait' && (drain === null || drain.deadlineAt > now);
  return waits ? { vm, fate: 'waits', at: drain?.deadlineAt ?? null } : { vm, fate: 'suspends', at: null };
}
