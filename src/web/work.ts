/** The saved work of a VM as people are told of it: by page, API and command line alike. */
import { type CloudState, isWorkCurrent, type NodeProblem, type Vm } from '../state/index.ts';

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
    failed: vm.saveFailed,
    strays: vm.strays.map(({ nodeId, at }) => ({ node: nameOf(nodeId), at })),
    recovered: vm.recovered.map(({ versionId, nodeId, lostAt }) => {
      return { versionId, node: nameOf(nodeId), lostAt, bytes: version.get(versionId)?.storedBytes ?? 0 };
    }),
    recoverable: recoverableOf(state, vm),
  };
}

/** Whether it can go on elsewhere because its PC is lost; null: no. */
export function recoverableOf(state: CloudState, vm: Vm): VmWork['recoverable'] {
  const node = state.tables.node.get(vm.placement?.nodeId ?? vm.homeNodeId ?? '');
  if (!node || vm.desired === 'deleted' || isWorkCurrent(vm)) return null;
  if (node.state !== 'retired' && node.reach.state !== 'lost') return null;
  if (vm.persistent && vm.work === null) return null;
  const lostAt = node.reach.since;
  return {
    node: node.name,
    lostAt,
    before: vm.work && vm.persistent ? Math.max(0, lostAt - vm.work.at) : null,
  };
}
