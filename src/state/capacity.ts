/** What nodes have, what VMs hold of it, and what is short. One arithmetic for the scheduler and for the log's re-check. */
import type { CloudState } from './cloud-state.ts';
import type { Node, NodeCapacity, Vm } from './entities/index.ts';
import { type CapacityShort, Refusal } from './refusals.ts';
import { setting } from './settings.ts';
import { keepsMemory } from './vm-state.ts';

/** The four resources of the placement penalty (S8). */
export interface Resources {
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly storageGiB: number;
  readonly tempGiB: number;
}

export type Resource = keyof Resources;

const RESOURCES: readonly Resource[] = ['vcpus', 'ramMiB', 'storageGiB', 'tempGiB'];
const NOTHING: Resources = { vcpus: 0, ramMiB: 0, storageGiB: 0, tempGiB: 0 };
const SHORT_CODE = {
  vcpus: 'capacity.vcpus',
  ramMiB: 'capacity.ram',
  storageGiB: 'capacity.storage',
  tempGiB: 'capacity.temp',
} as const;

/** What a VM asks of its node. */
export function needOf(vm: Pick<Vm, 'vcpus' | 'ramMiB' | 'osDiskGiB' | 'dataDiskGiB'>): Resources {
  return { vcpus: vm.vcpus, ramMiB: vm.ramMiB, storageGiB: vm.osDiskGiB, tempGiB: vm.dataDiskGiB };
}

/** Disk that a VM's memory takes on its home while it is suspended, whole GiB. */
export function savedGiB(vm: Pick<Vm, 'ramMiB'>): number {
  return Math.ceil(vm.ramMiB / 1024);
}

/** Disk that a VM takes of its home's second pool: its data, and its memory while it is suspended. */
export function keptGiB(vm: Vm): number {
  return vm.dataDiskGiB + (keepsMemory(vm) ? savedGiB(vm) : 0);
}

/** What a VM asks of this node beyond what it holds there already: at home its disks are counted, whether it runs or not. */
export function needOn(vm: Vm, nodeId: string): Resources {
  const need = needOf(vm);
  return vm.homeNodeId === nodeId ? { ...need, storageGiB: 0, tempGiB: 0 } : need;
}

/** What the VMs on a node hold of it. A VM's own share can be left out, to see what its restart would find. */
export function usedOn(state: CloudState, nodeId: string, withoutVmId?: string): Resources {
  const used = { vcpus: 0, ramMiB: 0, storageGiB: 0, tempGiB: 0 };
  const vms = state.tables.vm; // asked for each place: ids are looked up one by one instead of listing VMs first
  for (const id of vms.idsBy('compute', nodeId)) {
    const vm = id === withoutVmId ? undefined : vms.get(id);
    if (!vm) continue;
    used.vcpus += vm.vcpus;
    used.ramMiB += vm.ramMiB;
  }
  for (const id of vms.idsBy('disk', nodeId)) {
    const vm = id === withoutVmId ? undefined : vms.get(id);
    if (!vm) continue;
    used.storageGiB += vm.osDiskGiB;
    used.tempGiB += keptGiB(vm);
  }
  return used;
}

/** What a node gives to VMs: its capacity, cut to its share (G18). */
export function offered({ capacity, share }: Pick<Node, 'capacity' | 'share'>): NodeCapacity {
  const part = (amount: number) => Math.floor((amount * share) / 100);
  return {
    cores: (capacity.cores * share) / 100, // half a core is worth something, as vCPUs may be over-committed
    ramMiB: part(capacity.ramMiB),
    storageGiB: part(capacity.storageGiB),
    tempGiB: part(capacity.tempGiB),
  };
}

/** What a node may promise in all: only vCPUs may be over-committed, by the excess (S8). */
export function limitsOf(state: CloudState, node: Node): Resources {
  const { cores, ramMiB, storageGiB, tempGiB } = offered(node);
  return { vcpus: cores * (1 + setting(state, 'scheduler.cpu_excess')), ramMiB, storageGiB, tempGiB };
}

/** Resources of which the node has too little for the need, given what is used. What is not asked for is not short. */
export function shortOn(limits: Resources, used: Resources, need: Resources): Resource[] {
  // A sum of shares such as 0.2 is not exact in binary: a VM that fits exactly must not be refused for 1e-16.
  return RESOURCES.filter((key) => need[key] > 0 && need[key] + used[key] > limits[key] + 1e-9);
}

function inService(node: Node): boolean {
  return node.state === 'ready' && node.reach.state === 'up';
}

/** Why a node hosts nothing, as a code. */
function whyNot(node: Node): string {
  if (node.state !== 'ready') return `node.${node.state}`;
  return node.reach.state === 'up' ? (node.hostProblem?.code ?? 'node.ready') : `node.${node.reach.state}`;
}

/** True when VMs may be placed on the node. */
export function hosts(node: Node): boolean {
  return inService(node) && node.hostProblem === null;
}

/** True when it hosts, or will as soon as it has found out how: in the first seconds after its start. */
export function hostsSoon(node: Node): boolean {
  return hosts(node) || (inService(node) && node.hostProblem?.code === 'node.host_starting');
}

/** True when it may host some day: it does, or it is only out of reach, emptied or starting. */
function couldHost(node: Node): boolean {
  if (node.state === 'retired' || node.state === 'joining') return false;
  return node.hostProblem === null || node.hostProblem.code === 'node.host_starting';
}

/** Why none of the nodes could ever hold the VM, were it alone there: told of the one that comes closest. Null when one could. */
export function whyNever(state: CloudState, vm: Vm, nodes: readonly Node[]): Refusal | null {
  let closest: { node: Node; resource: Resource; share: number } | null = null;
  for (const node of nodes.filter(couldHost)) {
    const need = needOn(vm, node.id);
    const limits = limitsOf(state, node);
    const short = shortOn(limits, NOTHING, need);
    const share = (resource: Resource) => limits[resource] / need[resource];
    const [worst] = short.sort((a, b) => share(a) - share(b));
    if (worst === undefined) return null;
    if (!closest || share(worst) > closest.share) closest = { node, resource: worst, share: share(worst) };
  }
  if (!closest) return null;
  const { node, resource } = closest;
  const largest = Math.floor(limitsOf(state, node)[resource]);
  return new Refusal('capacity.never', { resource, asked: needOf(vm)[resource], largest, node: node.name });
}

/** Room for a VM's memory on the disk of the node on which it runs. @throws Refusal `capacity.temp` */
export function needRoomToSave(state: CloudState, vm: Vm): void {
  const node = state.tables.node.get(vm.placement?.nodeId ?? '');
  if (!node || keepsMemory(vm)) return;
  const used = usedOn(state, node.id).tempGiB;
  const limit = limitsOf(state, node).tempGiB;
  const asked = savedGiB(vm);
  if (asked + used <= limit) return;
  throw new Refusal('capacity.temp', { asked, free: Math.max(0, limit - used), largest: limit });
}

/** Why no node can take the need now: the scarcest resource with figures (S12), or that no node hosts. */
export function whyNowhere(state: CloudState, need: Resources, nodes: readonly Node[]): Refusal {
  const able = nodes.filter(hostsSoon);
  if (able.length === 0) {
    const reasons = nodes.map(whyNot);
    return new Refusal('capacity.no_host', { nodes: nodes.length, reasons: [...new Set(reasons)] });
  }
  let scarcest: { resource: Resource; short: CapacityShort } | null = null;
  for (const resource of RESOURCES) {
    const short = { asked: need[resource], free: 0, largest: 0 };
    for (const node of able) {
      const limit = limitsOf(state, node)[resource];
      short.free = Math.max(short.free, limit - usedOn(state, node.id)[resource]);
      short.largest = Math.max(short.largest, limit);
    }
    const ratio = (one: CapacityShort) => one.free / Math.max(one.asked, Number.EPSILON);
    if (!scarcest || ratio(short) < ratio(scarcest.short)) scarcest = { resource, short };
  }
  const { resource, short } = scarcest ?? {
    resource: 'ramMiB' as const,
    short: { asked: 0, free: 0, largest: 0 },
  };
  return new Refusal(SHORT_CODE[resource], { ...short, free: Math.max(0, Math.floor(short.free)) });
}
