/** Where things are, as the log says. */
import { type CloudState, LabmeshError } from '../../state/index.ts';

/** The node that has a VM's screen, log and history: where it runs, else where its disks are; null while it is nowhere yet. */
export function placeOf(state: CloudState, vmId: string): string | null {
  const vm = state.tables.vm.get(vmId);
  if (!vm) throw new LabmeshError('not_found', { kind: 'vm', id: vmId });
  return vm.placement?.nodeId ?? vm.homeNodeId;
}

export function nodeName(state: CloudState, nodeId: string): string {
  return state.tables.node.get(nodeId)?.name ?? nodeId;
}

export function vmName(state: CloudState, vmId: string): string {
  return state.tables.vm.get(vmId)?.name ?? vmId;
}
