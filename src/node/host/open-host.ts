/** This PC as a member: known to the log, with a guest subnet of its own, and the hypervisor on it. */
import { type HostStatus, type Hypervisor, openHypervisor } from '../../hypervisor/index.ts';
import { type Cloud, LabmeshError, type Node } from '../../state/index.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { PROTOCOL } from '../cluster/protocol.ts';
import type { HostState } from '../interface.ts';
import type { NodeParts } from '../parts.ts';
import { defaultName, hostCapacity } from './facts.ts';
import { hostFacts, hostState } from './host-state.ts';
import { Registration } from './registration.ts';

/** More than any PC has; what the log takes. */
const MAX_ADDRESSES = 16;

export interface HostParts extends NodeParts {
  readonly cloud: Cloud;
  readonly mesh: Cluster['mesh'];
}

export interface Host {
  /** Its entry in the log, as it was registered. */
  readonly me: Node;
  readonly hypervisor: Hypervisor;
  readonly state: () => HostState;
}

export async function openHost(parts: HostParts): Promise<Host> {
  const { options, nodeId, machine, submit, soft, life, now, logger, cloud, mesh } = parts;
  const { dataDir } = options;
  const capacity = await hostCapacity(dataDir);
  let status: HostStatus | null = options.host ? { state: 'connecting', sinceMs: now() } : null;
  const state = () => hostState(status, now());
  const registration = new Registration({
    nodeId,
    machine,
    submit,
    name: options.name ?? defaultName(),
    facts: async () => ({
      address: options.address,
      version: options.version,
      capacity,
      ...hostFacts(state()),
      peerId: mesh.identity.peerId,
      meshAddresses: mesh.host.addresses().slice(0, MAX_ADDRESSES),
      protocol: PROTOCOL,
    }),
    logger,
  });
  await registration.introduce();
  life.atEnd(() => registration.stop());
  life.atEnd(mesh.host.onAddresses(() => registration.refresh()));
  const me = machine.state.tables.node.get(nodeId);
  if (me === undefined) throw new LabmeshError('not_found', { kind: 'node', id: nodeId });

  const hypervisor = openHypervisor({
    ...(options.libvirtSocket === null ? {} : { socket: options.libvirtSocket }),
    cloudId: cloud.id,
    dataDir,
    subnet: me.subnet,
    accel: options.accel,
    logger,
  });
  const unlisten = hypervisor.onStatus((news) => {
    status = news;
    if (news.state !== 'connecting') registration.refresh();
    soft.tell('node', nodeId);
  });
  life.atEnd(unlisten);
  if (options.host) {
    await hypervisor.start();
    life.atEnd(() => hypervisor.stop());
  } else registration.refresh();
  return { me, hypervisor, state };
}
