/** One who waits for a place, with all that the passes ask of it. */
import { needOf, type Resources, type Vm } from '../state/index.ts';
import { type Amounts, amounts } from './spot.ts';

export interface Request {
  readonly vm: Vm;
  /** What a PC must have free for it. */
  readonly need: Resources;
  readonly asked: Amounts;
  /** Requests of one shape fit in the same places: those of one VM that may go anywhere have the same need. */
  readonly shape: string;
  /** The only PC on which it may run: where its disks lie, or where it is pinned to. Null: any. */
  readonly only: string | null;
  /** For how long it will hold its place, ms. */
  readonly leaseMs: number;
  /** See `priority.ts`. */
  readonly base: number;
  readonly total: number;
  readonly overdue: boolean;
  /** Since when it has waited. */
  readonly since: number;
}

/** What a waiting VM still has to be given: on its home its disks are counted already, with all that it has ever got. */
export function needAt(vm: Vm): Resources {
  return vm.homeNodeId === null ? needOf(vm) : { ...needOf(vm), storageGiB: 0, tempGiB: 0 };
}

export function requestOf(vm: Vm, claim: Pick<Request, 'base' | 'total' | 'overdue'>, now: number): Request {
  const need = needAt(vm);
  return {
    vm,
    need,
    asked: amounts(need),
    shape: `${need.vcpus} ${need.ramMiB} ${need.storageGiB} ${need.tempGiB}`,
    only: vm.homeNodeId ?? vm.pinnedNodeId,
    leaseMs: leaseLeft(vm, now),
    ...claim,
    since: waitsSince(vm),
  };
}

/** Since when it has waited for a place: for those who gave theirs away, since then. */
export function waitsSince(vm: Vm): number {
  return vm.held?.by === 'preempted' ? vm.held.since : vm.queuedAt;
}

function leaseLeft(vm: Vm, now: number): number {
  if (vm.leaseEndsAt === null) return vm.leaseHours * 3_600_000;
  // The lease of a held VM stands still: it goes on with what it had left.
  return Math.max(0, vm.leaseEndsAt - (vm.held?.since ?? now));
}

/** Better claims first; equals in the order in which they came (S3). */
export function byClaim(a: Request, b: Request): number {
  return b.total - a.total || a.since - b.since || (a.vm.id < b.vm.id ? -1 : 1);
}
