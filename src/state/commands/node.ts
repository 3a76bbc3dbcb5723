/** PCs of the cloud: what they say of themselves, and what admins change about them. */
import * as z from 'zod';
import { offered, usedOn } from '../capacity.ts';
import { type Context, needFreeName, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { type Node, newNode } from '../entities/index.ts';
import {
  meshAddressesField,
  nameField,
  peerIdField,
  problemField,
  protocolField,
  versionField,
} from '../fields.ts';
import { idSchema } from '../ids.ts';
import { needSpeaks, raiseLevel } from '../level.ts';
import { freeSubnet, needNodeInUse, needOwnNode, putReach, refuseNodeState } from '../nodes.ts';
import { Refusal } from '../refusals.ts';

const announced = {
  name: nameField,
  address: z.string().min(1).max(255),
  version: versionField,
  capacity: z.object({
    cores: z.int().min(0).max(4096),
    ramMiB: z.int().min(0).max(16_777_216),
    storageGiB: z.int().min(0).max(1_048_576),
    tempGiB: z.int().min(0).max(1_048_576),
  }),
  accel: z.enum(['kvm', 'tcg', 'none']),
  hostProblem: problemField.nullable(),
  // Left out by a node that has no mesh, and in logs written before there was one: what is known stays.
  peerId: peerIdField.or(z.literal('')).optional(),
  meshAddresses: meshAddressesField.optional(),
  protocol: protocolField.optional(),
};

/**
 * A node says what it is and has; it repeats this whenever one of these facts changes. The first time makes it ready.
 * @throws Refusal `node.retired`, `node.too_old`, `name.taken`
 */
export const nodeRegister = define(z.object(announced), (context, facts) => {
  const id = context.needNode();
  const known = context.state.tables.node.get(id);
  if (known) needNodeInUse(context, id);
  needFreeName(context, 'node', facts.name, id);
  const base = known ?? beginner(context, id);
  const node: Node = {
    ...base,
    ...facts,
    state: base.state === 'joining' ? 'ready' : base.state,
    // Another key is this node's all the same: only the node itself speaks for itself. It has one after a backup was restored.
    peerId: facts.peerId ?? base.peerId,
    meshAddresses: facts.meshAddresses ?? base.meshAddresses,
    protocol: facts.protocol ?? base.protocol,
    changedAt: context.now,
  };
  needSpeaks(context, node.name, node.protocol);
  context.put('node', node);
  raiseLevel(context);
  return { target: refTo('node', node) };
});

/** The first node of a cloud, which nobody could admit. */
function beginner(
  context: Context,
  id: string,
): Omit<Node, 'name' | 'address' | 'version' | 'capacity' | 'accel' | 'hostProblem'> {
  return {
    ...newNode,
    id,
    state: 'ready',
    subnet: freeSubnet(context),
    registeredAt: context.now,
    changedAt: context.now,
    reach: { state: 'up', since: context.now },
  };
}

/** Renames a PC. */
export const nodeRename = define(z.object({ id: idSchema, name: nameField }), (context, { id, name }) => {
  context.needAdmin();
  const node = needNodeInUse(context, id);
  needFreeName(context, 'node', name, id);
  context.put('node', { ...node, name, changedAt: context.now });
  return { target: refTo('node', { id, name }) };
});

/**
 * Changes the share of a PC that VMs may use (G18), in percent: by admins, and by whose PC it is (N11).
 * @throws Refusal `node.share_in_use` when what runs there holds more
 */
export const nodeConfigure = define(
  z.object({
    id: idSchema,
    share: z.int().min(0).max(100),
    /** Who shares this PC (admins); null: it is the lab's. Left out: as it is. */
    ownerId: idSchema.nullable().optional(),
  }),
  (context, { id, share, ownerId }) => {
    const node = needOwnNode(context, id);
    if (ownerId !== undefined && ownerId !== node.ownerId) {
      context.needAdmin();
      if (ownerId !== null) context.need('user', ownerId);
    }
    if (node.state === 'joining') refuseNodeState(node, 'configure');
    const { cores, ramMiB } = offered({ ...node, share });
    const used = usedOn(context.state, id);
    // Only what runs binds: disks lie where they lie, whatever the share.
    if (share < node.share && (used.vcpus > cores || used.ramMiB > ramMiB)) {
      throw new Refusal('node.share_in_use', {
        node: node.name,
        share,
        vms: context.state.tables.vm.countBy('compute', id),
      });
    }
    const owned = ownerId === undefined ? node.ownerId : ownerId;
    context.put('node', { ...node, share, ownerId: owned, changedAt: context.now });
    return { target: refTo('node', node) };
  },
);

/** Promotes (`always`), demotes (`never`), or lets the cloud choose its voters (N8). */
export const nodeVote = define(
  z.object({ id: idSchema, vote: z.enum(['auto', 'always', 'never']) }),
  (context, { id, vote }) => {
    context.needAdmin();
    const node = needNodeInUse(context, id);
    if (node.state === 'joining') refuseNodeState(node, 'vote');
    context.put('node', { ...node, vote, changedAt: context.now });
    return { target: refTo('node', node) };
  },
);

/** What the master's failure detector found. */
export const nodeReach = define(
  z.object({ id: idSchema, state: z.enum(['up', 'unreachable', 'lost']) }),
  (context, { id, state }) => {
    context.needScheduler();
    const node = needNodeInUse(context, id);
    if (node.reach.state !== state) putReach(context, node, state);
    return { target: refTo('node', node) };
  },
);
