/** Where a waiting VM goes: filter the nodes that can take it, score them, take the best. */
import {
  type CloudState,
  hosts,
  limitsOf,
  type Node,
  needOf,
  offered,
  type Resources,
  shortOn,
  usedOn,
  type Vm,
} from '../state/index.ts';
import { penalty, weightsOf } from './penalty.ts';

/** What is promised on nodes while one plan is made: the state's, plus what this plan has already given away. */
export class Promises {
  readonly #state: CloudState;
  readonly #extra = new Map<string, Resources>();

  constructor(state: CloudState) {
    this.#state = state;
  }

  used(nodeId: string, vmId: string): Resources {
    const used = usedOn(this.#state, nodeId, vmId);
    const extra = this.#extra.get(nodeId);
    return extra ? add(used, extra) : used;
  }

  give(nodeId: string, need: Resources): void {
    const extra = this.#extra.get(nodeId);
    this.#extra.set(nodeId, extra ? add(extra, need) : need);
  }
}

/** The node for a VM, or null when none has room; equal penalties go to the lower id. */
export function choosePlace(state: CloudState, vm: Vm, promises: Promises): Node | null {
  const need = needOf(vm);
  const weights = weightsOf(state);
  let best: { node: Node; fp: number } | null = null;
  for (const node of candidates(state, vm)) {
    const used = promises.used(node.id, vm.id);
    if (shortOn(limitsOf(state, node), used, need).length > 0) continue;
    const fp = penalty(offered(node), used, need, weights);
    if (!best || fp < best.fp) best = { node, fp }; // nodes come in order of id, so the first of equals stays
  }
  return best?.node ?? null;
}

/** The VM's home (its disks are there), the node it is pinned to, or every node; only those that host. */
function candidates(state: CloudState, vm: Vm): Node[] {
  const only = vm.homeNodeId ?? vm.pinnedNodeId;
  return state.tables.node.all().filter((node) => hosts(node) && (only === null || node.id === only));
}

function add(a: Resources, b: Resources): Resources {
  return {
    vcpus: a.vcpus + b.vcpus,
    ramMiB: a.ramMiB + b.ramMiB,
    storageGiB: a.storageGiB + b.storageGiB,
    tempGiB: a.tempGiB + b.tempGiB,
  };
}
