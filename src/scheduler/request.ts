/** One who waits for a place, with all that the passes ask of it. */
import {
  type CloudState,
  hosts,
  leaseLeft,
  needOf,
  needOn,
  type Resources,
  roams,
  type Vm,
} from '../state/index.ts';
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
  /** The same without that bond, for a VM that is at home there by habit only: its work is saved, so it may start anywhere. */
  readonly anywhere: Request | null;
  /** For how long it will hold its place, ms. */
  readonly leaseMs: number;
  /** See `priority.ts`. */
  readonly base: number;
  readonly total: number;
  readonly overdue: boolean;
  /** Since when it has waited. */
  readonly since: number;
}

type Claim = Pick<Request, 'base' | 'total' | 'overdue'>;

export function requestOf(state: CloudState, vm: Vm, claim: Claim, now: number): Request {
  const isFree = vm.homeNodeId === null || roams(state, vm);
  const home = state.tables.node.get(vm.homeNodeId ?? '');
  if (!isFree) return made(vm, vm.homeNodeId, claim, now);
  const anywhere = made(vm, vm.pinnedNodeId, claim, now);
  if (!home || !hosts(home) || (vm.pinnedNodeId ?? home.id) !== home.id) return anywhere;
  // Where it was last its disk is ready: elsewhere only what does not fit there.
  return { ...made(vm, home.id, claim, now), anywhere: vm.pinnedNodeId === null ? anywhere : null };
}

function made(vm: Vm, only: string | null, claim: Claim, now: number): Request {
  // On its home its disks are counted already; elsewhere it is to get some.
  const need = only !== null && only === vm.homeNodeId ? needOn(vm, only) : needOf(vm);
  return {
    vm,
    need,
    asked: amounts(need),
    shape: `${need.vcpus} ${need.ramMiB} ${need.storageGiB} ${need.tempGiB}`,
    only,
    anywhere: null,
    leaseMs: leaseLeft(vm, now),
    ...claim,
    since: vm.queuedAt,
  };
}

/** Better claims first; equals in the order in which they came (S3). */
export function byClaim(a: Request, b: Request): number {
  return b.total - a.total || a.since - b.since || (a.vm.id < b.vm.id ? -1 : 1);
}
