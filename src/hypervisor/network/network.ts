/** The node's NAT network: defined, running, and guarded. */

import { isLibvirtError } from '../errors.ts';
import { bridgeName, networkName } from '../names.ts';
import { errorNumber } from '../wire/constants.ts';
import * as libvirt from '../wire/network-procedures.ts';
import type { Rpc } from '../wire/rpc.ts';
import { networkXml, type Subnet } from '../xml/network-xml.ts';
import { parseXml } from '../xml/xml.ts';

/**
 * Makes it if it is missing, starts it if it is down, and gives it other addresses if the node's subnet changed and no
 * guest uses the former ones. Not autostarted: the node starts it before the first VM that needs it.
 */
export async function ensureNetwork(
  rpc: Rpc,
  cloudId: string,
  subnet: Subnet,
  inUse: () => Promise<boolean>,
): Promise<void> {
  const name = networkName(cloudId);
  const xml = networkXml(name, bridgeName(cloudId), subnet);
  let network = await libvirt.lookupNetwork(rpc, name).catch((error) => {
    if (isLibvirtError(error, errorNumber.noNetwork)) return null;
    throw error;
  });
  if (network !== null && (await gatewayOf(rpc, network)) !== subnet.gateway && !(await inUse())) {
    if (await libvirt.networkIsActive(rpc, network)) await libvirt.destroyNetwork(rpc, network);
    await libvirt.undefineNetwork(rpc, network);
    network = null;
  }
  network ??= await libvirt.defineNetwork(rpc, xml);
  if (await libvirt.networkIsActive(rpc, network)) return;
  await libvirt.createNetwork(rpc, network).catch(async (error) => {
    // Another call was quicker.
    if (network !== null && (await libvirt.networkIsActive(rpc, network))) return;
    throw error;
  });
}

async function gatewayOf(rpc: Rpc, network: { name: string; uuid: string }): Promise<string | null> {
  return parseXml(await libvirt.getNetworkXml(rpc, network))
    .child('network')
    .child('ip')
    .attribute('address');
}
