/** What the operations on VMs work with. */
import type { Logger } from '../../state/logger.ts';
import { HypervisorError, isLibvirtError } from '../errors.ts';
import type { ReadyHost } from '../host-connection.ts';
import type { Layout } from '../layout.ts';
import { checkVmId, domainName, domainUuid } from '../names.ts';
import type { DomainState } from '../types.ts';
import { domainState, errorNumber, pausedIoError, shutoffByFault } from '../wire/constants.ts';
import { getState, lookupByUuid, type StateAnswer } from '../wire/procedures.ts';
import type { DomainRef } from '../wire/refs.ts';

export interface VmContext {
  cloudId: string;
  dataDir: string;
  layout: Layout;
  logger: Logger;
  /** Throws why libvirt cannot be used now. */
  host(): ReadyHost;
  /** Makes the network ready for a start. */
  network(): Promise<void>;
}

/** The domain's handle; its UUID follows from cloud and VM, so nothing of others can be meant. */
export function refOf(context: VmContext, vmId: string): DomainRef {
  return { name: domainName(checkVmId(vmId)), uuid: domainUuid(context.cloudId, vmId) };
}

export async function findDomain(context: VmContext, vmId: string): Promise<DomainRef | null> {
  try {
    return await lookupByUuid(context.host().rpc, refOf(context, vmId).uuid);
  } catch (error) {
    if (isLibvirtError(error, errorNumber.noDomain)) return null;
    throw error;
  }
}

/** Runs one libvirt call on a VM; an unknown domain becomes `vm_unknown`. */
export async function onDomain<T>(vmId: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isLibvirtError(error, errorNumber.noDomain))
      throw new HypervisorError('hypervisor.vm_unknown', { vmId }, { cause: error });
    throw error;
  }
}

export async function stateOf(context: VmContext, vmId: string): Promise<DomainState> {
  const { rpc } = context.host();
  return stateName(await onDomain(vmId, () => getState(rpc, refOf(context, vmId))));
}

export function stateName({ state, reason }: StateAnswer): DomainState {
  switch (state) {
    case domainState.running:
    case domainState.blocked:
      return 'running';
    case domainState.paused:
      return reason === pausedIoError ? 'paused-io-error' : 'paused';
    case domainState.shutdown:
      return 'shutting-down';
    case domainState.shutoff:
      return shutoffByFault.has(reason) ? 'crashed' : 'off';
    case domainState.crashed:
      return 'crashed';
    default:
      return 'other';
  }
}

/** The domain has a QEMU process. */
export function isActive(state: DomainState): boolean {
  return state !== 'off' && state !== 'crashed';
}
