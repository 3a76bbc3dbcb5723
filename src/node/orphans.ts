/** Domains of this PC's libvirt that no VM of the log accounts for: shown, and removed only when somebody says so (V10, R5). */
import type { Hypervisor } from '../hypervisor/index.ts';
import type { CloudState } from '../state/index.ts';
import { NodeError } from './errors.ts';
import type { Orphan } from './interface.ts';

export async function findOrphans(
  hypervisor: Hypervisor,
  state: CloudState,
  nodeId: string,
): Promise<Orphan[]> {
  if (hypervisor.status().state !== 'ready') return [];
  const domains = await hypervisor.domains();
  return domains
    .filter((domain) => {
      const vm = domain.owner === 'ours' && domain.vmId ? state.tables.vm.get(domain.vmId) : undefined;
      // What was left behind when this PC was lost is not nobody's: it is put aside for the VM's owner.
      if (vm?.strays.some((one) => one.nodeId === nodeId)) return false;
      return !vm || (vm.placement?.nodeId !== nodeId && vm.homeNodeId !== nodeId);
    })
    .map(({ uuid, name, state: domainState, owner, vmId }) => {
      const running = domainState !== 'off' && domainState !== 'crashed';
      return { uuid, name, running, owner, ...(owner === 'ours' && vmId ? { vmId } : {}) };
    });
}

/** @throws NodeError `orphan.unknown`, or `orphan.not_ours` for a domain that this cloud did not make */
export async function removeOrphan(
  hypervisor: Hypervisor,
  state: CloudState,
  nodeId: string,
  uuid: string,
): Promise<void> {
  const orphan = (await findOrphans(hypervisor, state, nodeId)).find((one) => one.uuid === uuid);
  if (!orphan) throw new NodeError('orphan.unknown', { uuid });
  const domain = (await hypervisor.domains()).find((one) => one.uuid === uuid);
  if (orphan.owner !== 'ours' || !domain?.vmId) throw new NodeError('orphan.not_ours', { name: orphan.name });
  await hypervisor.removeVm(domain.vmId);
  // Whoever copied one of our domains by hand made another of the same VM: what was not removed is not called removed.
  const left = (await hypervisor.domains()).some((one) => one.uuid === uuid);
  if (left) throw new NodeError('orphan.not_ours', { name: orphan.name });
}
