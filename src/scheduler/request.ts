/** One who waits for a place, with all that the passes ask of it. */
import { leaseLeft, needOn, type Resources, type Vm } from '../state/index.ts';
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

export function requestOf(vm: Vm, claim: Pick<Request, 'base' | 'total' | 'overdue'>, now: number): Request {
  // On its home its disks are counted already; where it has none, it is to get some.
  const need = needOn(vm, vm.homeNodeId ?? '');
  return {
    vm,
    need,
    asked: amounts(need),
    shape: `${need.vcpus} ${need.ramMiB} ${need.storageGiB} ${need.tempGiB}`,
    only: vm.homeNodeId ?? vm.pinnedNodeId,
    leaseMs: leaseLeft(vm, now),
    ...claim,
    since: vm.queuedAt,
  };
}

/** Better claims first; equals in the order in which they came (S3). */
export function byClaim(a: Request, b: Request): number {
  return b.total - a.total || a.since - b.since || (a.vm.id < b.vm.id ? -1 : 1);
}
