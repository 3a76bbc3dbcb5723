import {
  type ElectionSettings,
  type MemberChange,
  type MeshedAgreement,
  openMeshedAgreement,
  type Timing,
} from '../../../../src/election/index.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import type { Hub } from './hub.ts';
import { type ListMachine, listMachine } from './list-machine.ts';
import { codeOf, freshDir, soon, until } from './temp.ts';

export interface Node {
  id: string;
  dir: string;
  log: MeshedAgreement<number>;
  machine: ListMachine;
}

const running: MeshedAgreement<number>[] = [];
/** Stops all that were opened; for `afterEach`. */
export async function closeNodes(): Promise<void> {
  await Promise.all(running.splice(0).map((log) => log.stop()));
}

interface Options {
  joins?: boolean;
  dir?: string;
  settings?: Partial<ElectionSettings>;
  timing?: Partial<Timing>;
}

/** A started node on real LevelDB, stopped by `closeNodes`. */
export async function openNode(
  hub: Hub,
  id: string,
  { joins = false, dir = freshDir(), settings, timing }: Options = {},
): Promise<Node> {
  const machine = listMachine();
  const log = openMeshedAgreement({
    dir,
    nodeId: id,
    machine,
    logger: silentLogger,
    clock: Date.now,
    transport: hub.transport(id),
    joins,
    ...(settings === undefined ? {} : { settings }),
    ...(timing === undefined ? {} : { timing }),
  });
  running.push(log);
  await log.start();
  return { id, dir, log, machine };
}

/** A founder and others that were added and made voters. */
export async function trio(hub: Hub, options: Options = {}): Promise<Node[]> {
  const founder = await openNode(hub, 'a', options);
  const nodes = [founder];
  for (const id of ['b', 'c']) {
    nodes.push(await openNode(hub, id, { ...options, joins: true }));
    await admit(founder, id);
  }
  return nodes;
}

/** Changes the members as soon as the change before this one is committed. */
export async function changed(master: Node, change: MemberChange): Promise<void> {
  await until(async () => {
    const code = await codeOf(master.log.changeMembers(change, soon));
    if (code !== 'no error' && code !== 'log.change_refused') throw code;
    return code === 'no error';
  }, `${change.op} ${change.nodeId}`);
}

/** Adds a node and makes it a voter as soon as it holds the log. */
export async function admit(master: Node, nodeId: string): Promise<void> {
  await changed(master, { op: 'add', nodeId });
  await changed(master, { op: 'promote', nodeId });
}

export function standsBy(master: Node, nodeId: string): Promise<void> {
  return changed(master, { op: 'add', nodeId, standby: true });
}

export const commands = ({ machine }: Node) => machine.applied.map(({ command }) => command);

export async function masterOf(nodes: readonly Node[]): Promise<Node> {
  let found: Node | undefined;
  await until(() => {
    found = nodes.find(({ log }) => log.status().role === 'leader');
    return found !== undefined;
  }, 'a master');
  if (found === undefined) throw new Error('no master');
  return found;
}

/** Proposes at whoever leads until it is confirmed, as a forwarder will. */
export async function write(nodes: readonly Node[], command: unknown): Promise<void> {
  await until(async () => {
    const master = nodes.find(({ log }) => log.status().role === 'leader');
    return master !== undefined && (await codeOf(master.log.propose(command, soon))) === 'no error';
  }, 'a confirmed write');
}
