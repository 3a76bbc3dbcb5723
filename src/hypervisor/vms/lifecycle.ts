/** Start and stop in all their forms. Each asks for the wanted state and is content when it is there already. */
import { HypervisorError, isLibvirtError } from '../errors.ts';
import { makeVmFolders } from '../layout.ts';
import { blockJobAbort } from '../wire/block-procedures.ts';
import { errorNumber } from '../wire/constants.ts';
import * as libvirt from '../wire/procedures.ts';
import { disksOf } from './block-jobs.ts';
import { isActive, onDomain, refOf, stateOf, type VmContext } from './context.ts';

/** Starts it, from its saved memory when there is some; a paused one goes on. */
export async function startVm(context: VmContext, vmId: string): Promise<void> {
  const { rpc, qemu } = context.host();
  const ref = refOf(context, vmId);
  const before = await stateOf(context, vmId);
  if (before === 'running' || before === 'shutting-down') return;
  if (isActive(before)) return resumePaused(context, vmId);
  // The sockets' folder may lie on a tmpfs, which a reboot empties.
  await Promise.all([makeVmFolders(context.dataDir, context.layout, vmId, qemu), context.network()]);
  try {
    await onDomain(vmId, () => libvirt.createDomain(rpc, ref));
  } catch (error) {
    // Another start was quicker.
    if (isLibvirtError(error, errorNumber.operationInvalid) && isActive(await stateOf(context, vmId))) return;
    throw error;
  }
  // A VM saved while it was paused comes back paused.
  if ((await stateOf(context, vmId)) === 'paused') await resumePaused(context, vmId);
}

/** Asks the guest to shut down: its agent when it has one, else the power button. Returns at once. */
export async function shutdownVm(context: VmContext, vmId: string): Promise<void> {
  const { rpc } = context.host();
  await contentWhenOff(context, vmId, () => libvirt.shutdownDomain(rpc, refOf(context, vmId), 0));
}

/** Cuts the power. A suspended VM loses its saved memory: it is off, too. */
export async function forceOffVm(context: VmContext, vmId: string): Promise<void> {
  const { rpc } = context.host();
  const ref = refOf(context, vmId);
  await contentWhenOff(context, vmId, () => libvirt.destroyDomain(rpc, ref));
  if (await libvirt.hasManagedSave(rpc, ref)) await libvirt.removeManagedSave(rpc, ref);
}

/** Asks the guest to restart. Throws `vm_not_running`. */
export async function rebootVm(context: VmContext, vmId: string): Promise<void> {
  await mustRun(context, vmId);
  await onDomain(vmId, () => libvirt.rebootDomain(context.host().rpc, refOf(context, vmId)));
}

/** The reset button: one that stands still over its disk runs again, too. Throws `vm_not_running`. */
export async function resetVm(context: VmContext, vmId: string): Promise<void> {
  await mustRun(context, vmId);
  await onDomain(vmId, () => libvirt.resetDomain(context.host().rpc, refOf(context, vmId)));
  await resumePaused(context, vmId);
}

/** Saves its memory to disk and ends QEMU. Content when that was done before; throws `vm_not_running` when it is off. */
export async function suspendVm(context: VmContext, vmId: string): Promise<void> {
  const { rpc } = context.host();
  const ref = refOf(context, vmId);
  const state = await stateOf(context, vmId);
  if (!isActive(state)) {
    if (await libvirt.hasManagedSave(rpc, ref)) return;
    throw new HypervisorError('hypervisor.vm_not_running', { vmId, state });
  }
  await endJobs(context, vmId);
  await onDomain(vmId, () => libvirt.managedSave(rpc, ref));
}

/** libvirt saves no VM while a job works on its disk, as of a node that fell. Before its pivot a job has changed nothing: it is begun anew later. */
async function endJobs(context: VmContext, vmId: string): Promise<void> {
  const { rpc } = context.host();
  for (const { target, mirror } of await disksOf(context, vmId, 'active'))
    if (mirror) await onDomain(vmId, () => blockJobAbort(rpc, refOf(context, vmId), target, 0));
}

/** Lets a paused VM go on, e.g. after an I/O error whose cause is gone. Content when it runs. */
export async function resumePaused(context: VmContext, vmId: string): Promise<void> {
  const { rpc } = context.host();
  const state = await stateOf(context, vmId);
  if (state === 'running') return;
  if (!isActive(state)) throw new HypervisorError('hypervisor.vm_not_running', { vmId, state });
  await onDomain(vmId, () => libvirt.resumeDomain(rpc, refOf(context, vmId)));
}

async function mustRun(context: VmContext, vmId: string): Promise<void> {
  const state = await stateOf(context, vmId);
  if (!isActive(state)) throw new HypervisorError('hypervisor.vm_not_running', { vmId, state });
}

async function contentWhenOff(context: VmContext, vmId: string, call: () => Promise<void>): Promise<void> {
  if (!isActive(await stateOf(context, vmId))) return;
  try {
    await onDomain(vmId, call);
  } catch (error) {
    // It went off by itself in between.
    if (isLibvirtError(error, errorNumber.operationInvalid) && !isActive(await stateOf(context, vmId)))
      return;
    throw error;
  }
}
