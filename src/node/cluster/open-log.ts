/** The log of this node's cloud and the door to it: the cloud is founded, joined, or gone on with. */
import { type Cloud, CloudMachine, LabmeshError } from '../../state/index.ts';
import { type FirstAdmin, makeCloud, watchInitialPassword } from '../birth.ts';
import type { SteadyClock } from '../clock.ts';
import { openDoor, type Submit } from '../door.ts';
import { defaultName } from '../host/facts.ts';
import type { NodeServices } from '../interface.ts';
import type { NodeParts } from '../parts.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { PROTOCOL } from './protocol.ts';
import { leaveOthersOut } from './restored.ts';
import { Standing, whileMember } from './standing.ts';

export interface LogParts extends Omit<NodeParts, 'machine' | 'submit' | 'now' | 'logger'> {
  readonly clock: SteadyClock;
}

export interface CloudLog {
  readonly machine: CloudMachine;
  readonly cluster: Cluster;
  /** Closed with the reason once this PC is retired. */
  readonly submit: Submit;
  readonly retirement: NodeServices['retirement'];
  readonly cloud: Cloud;
  /** Not null when this start made the cloud. */
  readonly firstAdmin: FirstAdmin | null;
}

/** @throws as `openCluster`; LabmeshError `node.too_old` */
export async function openLog({ options, nodeId, clock, newId, soft, life }: LogParts): Promise<CloudLog> {
  const { dataDir, logger } = options;
  const { now } = clock;
  const machine = new CloudMachine();
  const { state } = machine;
  let firstAdmin: FirstAdmin | null = null;
  const cluster = await openCluster({
    options,
    nodeId,
    machine,
    life,
    now,
    logger,
    name: options.name ?? defaultName(),
    found: async (alone) => {
      clock.atLeast(state.now);
      const propose: Submit = openDoor({
        propose: (command, given) => alone.propose(command, given),
        newId,
        now,
      });
      firstAdmin = await makeCloud({ dataDir, nodeId, machine, submit: propose, newId });
      return existing(state.cloud).id;
    },
  });
  clock.atLeast(state.now);
  const { agreement, mesh, bulk } = cluster;
  const onChange = () => soft.tell('node', nodeId);
  const standing = new Standing({ nodeId, machine, agreement, bulk, logger, onChange });
  life.run(standing);
  const retirement = () => standing.retirement();
  const submit = openDoor({ propose: whileMember(cluster.propose, retirement), newId, now });
  life.atEnd(
    watchInitialPassword(dataDir, machine, (error) =>
      logger.warn('a stale password file stays', { error: String(error) }),
    ),
  );
  await leaveOthersOut({ nodeId, peerId: mesh.identity.peerId, state, agreement, submit });
  const cloud = existing(state.cloud);
  needSpoken(cloud, state.tables.node.get(nodeId)?.name ?? defaultName());
  return { machine, cluster, submit, retirement, cloud, firstAdmin };
}

/** A build older than the cloud's level would misread its log (N10). @throws LabmeshError `node.too_old` */
function needSpoken({ level }: Cloud, node: string): void {
  if (PROTOCOL < level) throw new LabmeshError('node.too_old', { node, protocol: PROTOCOL, level });
}

function existing(cloud: Cloud | undefined): Cloud {
  if (cloud === undefined) throw new LabmeshError('not_found', { kind: 'cloud', id: '' });
  return cloud;
}
