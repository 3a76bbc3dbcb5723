/** What several reducers do with nodes. */
import type { Context } from './context.ts';
import { forgetCopies } from './copies.ts';
import { endPublishing } from './edits.ts';
import type { Cloud, Node, Placement, Reach, Vm } from './entities/index.ts';
import { Refusal } from './refusals.ts';

/** Guest subnets are 10.x.y.0/24 cut from one /16 by this number, see `hypervisor/`: 250 leaves room for special ones. */
const MAX_SUBNETS = 250;

/** @throws Refusal `not_found` before the cloud is made */
export function needCloud(context: Context): Cloud {
  const { cloud } = context.state;
  if (!cloud) throw new Refusal('not_found', { kind: 'cloud', id: '' });
  return cloud;
}

/** Nothing starts while the cloud stops or is off. @throws Refusal `cloud.not_on` */
export function needPower(cloud: Cloud | undefined): void {
  const state = cloud?.power.state ?? 'on';
  if (state !== 'on') throw new Refusal('cloud.not_on', { state });
}

/** A node that is still of the cloud. @throws Refusal `not_found`, `node.retired` */
export function needNodeInUse(context: Context, id: string): Node {
  const node = context.need('node', id);
  if (node.state === 'retired') throw new Refusal('node.retired', { node: node.name });
  return node;
}

/** A node that its owner or an admin changes. @throws Refusal `access.denied`, `not_found`, `node.retired` */
export function needOwnNode(context: Context, id: string): Node {
  const mine =
    context.author.kind === 'user' && context.state.tables.node.get(id)?.ownerId === context.author.id;
  if (mine) context.person();
  else context.needAdmin();
  return needNodeInUse(context, id);
}

/** @throws Refusal `node.wrong_state` */
export function refuseNodeState(node: Node, action: string): never {
  throw new Refusal('node.wrong_state', { node: node.name, state: node.state, action });
}

/**
 * A guest subnet that no other node has: one that nobody ever had, else one of a retired node.
 * @throws Refusal `cloud.full`
 */
export function freeSubnet(context: Context): number {
  const nodes = context.state.tables.node.all();
  const ever = new Set(nodes.map((node) => node.subnet));
  const inUse = new Set(nodes.filter((node) => node.state !== 'retired').map((node) => node.subnet));
  for (const taken of [ever, inUse]) {
    for (let n = 1; n <= MAX_SUBNETS; n++) if (!taken.has(n)) return n;
  }
  throw new Refusal('cloud.full', { nodes: MAX_SUBNETS });
}

/** Puts a node with its reach; its VMs follow. */
export function putReach(context: Context, node: Node, state: Reach['state']): void {
  context.put('node', { ...node, reach: { state, since: context.now } });
  const outOfReach = state !== 'up';
  for (const vm of context.state.tables.vm.by('node', node.id)) {
    if (vm.outOfReach !== outOfReach) context.put('vm', { ...vm, outOfReach });
  }
}

/** A VM with a new place. */
export function placed(context: Context, vm: Vm, placement: Placement): Vm {
  const node = context.state.tables.node.get(placement.nodeId);
  return { ...vm, placement, epoch: placement.epoch, outOfReach: node?.reach.state !== 'up' };
}

/** Takes a node out of the cloud for good. What lay on it alone is out of reach with it. */
export function retireNode(context: Context, node: Node): void {
  putReach(
    context,
    { ...node, state: 'retired', drain: null, vote: 'never', changedAt: context.now },
    'lost',
  );
  for (const vm of context.state.tables.vm.by('disk', node.id)) {
    if (vm.publishing === null) continue;
    endPublishing(context, vm, 'failed', { code: 'image.publish_lost', data: { node: node.name } });
    context.put('vm', { ...vm, publishing: null });
  }
  forgetCopies(context, node);
}
