/** What can be seen of running VMs. */
import { isLibvirtError } from '../errors.ts';
import { vmIdOf } from '../names.ts';
import type { VmStats } from '../types.ts';
import { errorNumber, listDomains } from '../wire/constants.ts';
import * as libvirt from '../wire/procedures.ts';
import type { TypedParams } from '../wire/typed-params.ts';
import { isActive, onDomain, refOf, stateOf, type VmContext } from './context.ts';
import { ppmToPng } from './png.ts';

/** virIPAddrType */
const ipv4 = 0;

/** Of all running VMs of this cloud, in one question to libvirt. */
export async function statsAll(context: VmContext): Promise<Map<string, VmStats>> {
  const records = await libvirt.getAllStats(context.host().rpc, listDomains.active);
  const stats = new Map<string, VmStats>();
  for (const { domain, params } of records) {
    const vmId = vmIdOf(context.cloudId, domain);
    if (vmId !== null) stats.set(vmId, readStats(params));
  }
  return stats;
}

function readStats(params: TypedParams): VmStats {
  const number = (name: string) => Number(params.get(name) ?? 0);
  const sum = (kind: 'block' | 'net', field: string) => {
    let total = 0;
    for (let index = 0; index < number(`${kind}.count`); index++)
      total += number(`${kind}.${index}.${field}`);
    return total;
  };
  const available = params.get('balloon.available');
  const unused = params.get('balloon.usable') ?? params.get('balloon.unused');
  return {
    cpuNs: number('cpu.time'),
    ramKiB: number('balloon.rss'),
    guestRamKiB: available === undefined || unused === undefined ? null : Number(available) - Number(unused),
    diskReadBytes: sum('block', 'rd.bytes'),
    diskWriteBytes: sum('block', 'wr.bytes'),
    netReceivedBytes: sum('net', 'rx.bytes'),
    netSentBytes: sum('net', 'tx.bytes'),
  };
}

/** The guest's IPv4 address: from the network's DHCP leases, else from its agent; null while there is none. */
export async function addressOf(context: VmContext, vmId: string): Promise<string | null> {
  if (!isActive(await stateOf(context, vmId))) return null;
  return (await addressFrom(context, vmId, 'lease')) ?? (await addressFrom(context, vmId, 'agent'));
}

async function addressFrom(
  context: VmContext,
  vmId: string,
  source: 'lease' | 'agent',
): Promise<string | null> {
  const { rpc } = context.host();
  try {
    const interfaces = await onDomain(vmId, () =>
      libvirt.interfaceAddresses(rpc, refOf(context, vmId), source),
    );
    const addresses = interfaces.flatMap((one) => one.addresses).filter((one) => one.type === ipv4);
    return addresses.find((one) => !one.address.startsWith('127.'))?.address ?? null;
  } catch (error) {
    if (
      isLibvirtError(error, errorNumber.agentUnresponsive) ||
      isLibvirtError(error, errorNumber.operationInvalid)
    )
      return null;
    throw error;
  }
}

/** The screen as PNG, or null when the VM is off. */
export async function screenshot(context: VmContext, vmId: string): Promise<Uint8Array | null> {
  if (!isActive(await stateOf(context, vmId))) return null;
  const { rpc } = context.host();
  const { mime, bytes } = await onDomain(vmId, () => libvirt.screenshot(rpc, refOf(context, vmId)));
  if (bytes.length === 0) return null;
  return mime === 'image/png' ? bytes : ppmToPng(bytes);
}
