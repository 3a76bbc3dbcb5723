/** What the log has promised on each PC, added up without the code under test: never more than the PC has. */
import { type CloudState, setting, type Vm } from '../../../src/state/index.ts';
import { Broken } from '../support/checks.ts';

/** @throws Broken when a PC is promised more of anything than it has */
export function promised(state: CloudState, nodeIds: readonly string[] = state.tables.node.ids()): void {
  const excess = setting(state, 'scheduler.cpu_excess');
  for (const nodeId of nodeIds) {
    const node = state.tables.node.get(nodeId);
    if (!node) continue;
    let [vcpus, ramMiB, storageGiB, tempGiB] = [0, 0, 0, 0];
    for (const vm of state.tables.vm.by('node', nodeId)) {
      if (!mayRun(vm)) continue;
      vcpus += vm.vcpus;
      ramMiB += vm.ramMiB;
    }
    for (const vm of state.tables.vm.by('disk', nodeId)) {
      storageGiB += vm.osDiskGiB;
      tempGiB += vm.dataDiskGiB;
    }
    const { capacity } = node;
    const used = { vcpus, ramMiB, storageGiB, tempGiB };
    const most = { ...capacity, vcpus: capacity.cores * (1 + excess) };
    for (const what of ['vcpus', 'ramMiB', 'storageGiB', 'tempGiB'] as const) {
      if (used[what] <= most[what] + 1e-6) continue;
      throw new Broken('over-commit', `${node.name} is promised for ${used[what]} ${what} of ${most[what]}`);
    }
  }
}

/** It is wanted there, or was seen there and not yet gone. */
function mayRun(vm: Vm): boolean {
  if (vm.desired === 'running' && vm.held === null) return true;
  return ['starting', 'running', 'resuming', 'suspending', 'stopping'].includes(vm.observed.state);
}
