/** What all VMs hold of their PCs, in one walk over them: `usedOn` reckons the same for one PC. */
import { type CloudState, holdsCompute, keptGiB, type Node } from '../state/index.ts';

export interface Promised {
  /** Four for each PC, in the order of `RESOURCES`. */
  readonly used: Float64Array;
  /** VMs that compute there, by PC. */
  readonly vms: Uint32Array;
}

/** For these PCs, in their order. */
export function promised(state: CloudState, nodes: readonly Node[]): Promised {
  const ranks = new Map(nodes.map(({ id }, rank) => [id, rank]));
  const used = new Float64Array(4 * nodes.length);
  const vms = new Uint32Array(nodes.length);
  const add = (at: number, amount: number) => {
    used[at] = (used[at] ?? 0) + amount;
  };
  for (const vm of state.tables.vm.rows()) {
    const { homeNodeId, placement } = vm;
    const home = homeNodeId === null ? undefined : ranks.get(homeNodeId);
    if (placement !== null && holdsCompute(vm)) {
      const rank = placement.nodeId === homeNodeId ? home : ranks.get(placement.nodeId);
      if (rank !== undefined) {
        vms[rank] = (vms[rank] ?? 0) + 1;
        add(4 * rank, vm.vcpus);
        add(4 * rank + 1, vm.ramMiB);
      }
    }
    if (home === undefined) continue;
    add(4 * home + 2, vm.osDiskGiB);
    add(4 * home + 3, keptGiB(vm));
  }
  return { used, vms };
}
