/** The saved work of a VM as people are told of it: by page, API and command line alike. */
import {
  type CloudState,
  canRestore,
  isWorkCurrent,
  type Node,
  type NodeProblem,
  type Vm,
} from '../state/index.ts';

/** The newest saved work. */
export interface WorkView {
  /** When the disk looked so, ms. */
  readonly at: number;
  /** PCs that have it. */
  readonly nodes: readonly string[];
  /** The disk holds nothing more: the VM was off, and has not run since. */
  readonly current: boolean;
}

/** A copy of a disk that a lost PC still had. */
export interface RecoveredView {
  readonly versionId: string;
  readonly node: string;
  /** When the VM went on without it, ms. */
  readonly lostAt: number;
  readonly bytes: number;
}

export interface VmWork {
  readonly saved: WorkView | null;
  /** It is being saved now: whoever turns its PC off now, turns off the only one that has it. */
  readonly saving: boolean;
  readonly failed: { readonly at: number; readonly cause: NodeProblem } | null;
  /** PCs that are away, and may still have more than was saved. */
  readonly strays: readonly { readonly node: string; readonly at: number }[];
  readonly recovered: readonly RecoveredView[];
  /** Set when its PC is lost and it can go on elsewhere; `before`: how long before the loss its work was saved, ms. */
  readonly recoverable: {
    readonly node: string;
    readonly lostAt: number;
    readonly before: number | null;
  } | null;
  /**
   * Set when its PC is lost and it cannot go on elsewhere for now: nobody in reach has its work, nothing of it was ever saved, or (`pinned`) it may
   * run on that PC only.
   */
  readonly stuck: {
    readonly node: string;
    readonly waitsFor: readonly string[];
    readonly pinned: boolean;
  } | null;
}

/** What there is of it; a VM that starts clean each time has none of it but a way to start afresh. */
export function workOf(state: CloudState, vm: Vm): VmWork {
  const { version, node } = state.tables;
  const nameOf = (id: string) => node.get(id)?.name ?? id;
  const saved = vm.work && version.get(vm.work.versionId);
  return {
    saved:
      vm.work && saved
        ? { at: vm.work.at, nodes: saved.nodeIds.map(nameOf), current: isWorkCurrent(vm) }
        : null,
    saving: isSaving(state, vm),
    failed: vm.saveFailed,
    strays: vm.strays.map(({ nodeId, at }) => ({ node: nameOf(nodeId), at })),
    recovered: vm.recovered.map(({ versionId, nodeId, lostAt }) => {
      return { versionId, node: nameOf(nodeId), lostAt, bytes: version.get(versionId)?.storedBytes ?? 0 };
    }),
    recoverable: recoverableOf(state, vm),
    stuck: stuckOf(state, vm),
  };
}

/**
 * Whether its work is being saved now, as far as the log tells: somebody asked for it, or it is off and its PC has yet to say that all of it is
 * saved. What a PC saves by itself while the VM runs it tells when that is done.
 */
export function isSaving(state: CloudState, vm: Vm): boolean {
  if (!vm.persistent || vm.desired === 'deleted' || vm.publishing !== null) return false;
  const { operation, node } = state.tables;
  const isAsked = operation
    .by('target', vm.id)
    .some(({ kind, state }) => kind === 'vm.save' && state === 'running');
  if (isAsked) return true;
  const isOff = vm.observed.state === 'stopped' && vm.observed.epoch === vm.epoch;
  // A disk that no guest has begun to use has nothing to be saved; what failed is told as failed.
  if (!isOff || vm.ranEpoch === 0 || isWorkCurrent(vm)) return false;
  const hasFailed = vm.saveFailed !== null && vm.saveFailed.cause.code !== 'vm.work_alone';
  return !hasFailed && node.get(vm.homeNodeId ?? '')?.reach.state === 'up';
}

function lostNodeOf(state: CloudState, vm: Vm): Node | null {
  const node = state.tables.node.get(vm.placement?.nodeId ?? vm.homeNodeId ?? '');
  if (!node || vm.desired === 'deleted' || isWorkCurrent(vm)) return null;
  return node.state === 'retired' || node.reach.state === 'lost' ? node : null;
}

function stuckOf(state: CloudState, vm: Vm): VmWork['stuck'] {
  const node = lostNodeOf(state, vm);
  if (node === null || !isBound(state, vm)) return null;
  const { tables } = state;
  const holders = vm.work === null ? [] : (tables.version.get(vm.work.versionId)?.nodeIds ?? []);
  const waitsFor = tables.node.resolve(holders).map(({ name }) => name);
  return { node: node.name, waitsFor, pinned: vm.pinnedNodeId === node.id };
}

/** Only its lost PC can go on with it. */
function isBound(state: CloudState, vm: Vm): boolean {
  const isPinned = vm.pinnedNodeId !== null && vm.pinnedNodeId === lostNodeOf(state, vm)?.id;
  return isPinned || (vm.persistent && !canRestore(state, vm));
}

/** Whether it can go on elsewhere because its PC is lost; null: no. */
export function recoverableOf(state: CloudState, vm: Vm): VmWork['recoverable'] {
  const node = lostNodeOf(state, vm);
  if (node === null || isBound(state, vm)) return null;
  const lostAt = node.reach.since;
  return {
    node: node.name,
    lostAt,
    before: vm.work && vm.persistent ? Math.max(0, lostAt - vm.work.at) : null,
  };
}
