/** libvirt's procedures for networks, typed. */
import type { ProcedureName } from './constants.ts';
import { deadline } from './deadlines.ts';
import { type NetworkRef, readNetwork, writeNetwork } from './refs.ts';
import type { Rpc } from './rpc.ts';
import { XdrWriter } from './xdr.ts';

async function act(rpc: Rpc, name: ProcedureName, network: NetworkRef, ms: number): Promise<void> {
  (await rpc.call(name, writeNetwork(new XdrWriter(), network), ms)).end();
}

export async function defineNetwork(rpc: Rpc, xml: string): Promise<NetworkRef> {
  return readNetwork(await rpc.call('networkDefineXml', new XdrWriter().string(xml), deadline.query));
}

/** Starts it: bridge, dnsmasq, firewall. */
export function createNetwork(rpc: Rpc, network: NetworkRef): Promise<void> {
  return act(rpc, 'networkCreate', network, deadline.destroy);
}

export function destroyNetwork(rpc: Rpc, network: NetworkRef): Promise<void> {
  return act(rpc, 'networkDestroy', network, deadline.destroy);
}

export function undefineNetwork(rpc: Rpc, network: NetworkRef): Promise<void> {
  return act(rpc, 'networkUndefine', network, deadline.query);
}

export async function lookupNetwork(rpc: Rpc, name: string): Promise<NetworkRef> {
  return readNetwork(await rpc.call('networkLookupByName', new XdrWriter().string(name), deadline.query));
}

export async function networkIsActive(rpc: Rpc, network: NetworkRef): Promise<boolean> {
  return (
    (await rpc.call('networkIsActive', writeNetwork(new XdrWriter(), network), deadline.query)).int() === 1
  );
}

export async function getNetworkXml(rpc: Rpc, network: NetworkRef): Promise<string> {
  const args = writeNetwork(new XdrWriter(), network).uint(0);
  return (await rpc.call('networkGetXmlDesc', args, deadline.query)).string();
}
