/** PCs, join tokens and the cloud's power, as `schemas-nodes.ts` has them. */
import {
  type Actor,
  type CloudState,
  type DrainEntry,
  drainView,
  mayUseImage,
  type Node,
  type NodeProblem,
  type Token,
  tokenState,
  usedOn,
  vmState,
} from '../../state/index.ts';
import { maySeeToken } from '../resolve.ts';
import { problemView, type Reader, type Shape } from './views.ts';

export function nodeView(reader: Reader, node: Node): Shape<'nodeSchema'> {
  const { state, me } = reader.node;
  const { cores, ramMiB, storageGiB, tempGiB } = node.capacity;
  const used = usedOn(state, node.id);
  const isMe = node.id === me.nodeId;
  const peer = reader.node.peer(node.id);
  const cause = causeOf(reader, node);
  const { version, image, user } = state.tables;
  const held = version.all().filter((one) => one.nodeIds.includes(node.id));
  const images = image.resolve([...new Set(held.map((one) => one.imageId))]);
  return {
    id: node.id,
    name: node.name,
    state: isMe && reader.node.retirement() !== null ? 'retired' : stateOf(node),
    cause: cause === null ? null : problemView(reader, cause),
    role: roleOf(reader, node.id),
    vote: node.vote,
    address: node.address,
    cores,
    ramMiB,
    diskGiB: storageGiB + tempGiB,
    accel: node.accel,
    used: { vcpus: used.vcpus, ramMiB: used.ramMiB, diskGiB: used.storageGiB + used.tempGiB },
    vms: state.tables.vm.countBy('node', node.id),
    images: images.filter((one) => mayUseImage(state, reader.actor, one)).map((one) => one.name),
    version: peer?.version ?? node.version,
    seenMs: isMe ? 0 : (peer?.seenMs ?? null),
    hostProblem: node.hostProblem === null ? null : problemView(reader, node.hostProblem),
    load: isMe ? reader.node.load() : (peer?.load ?? null),
    drain: drainOf(reader, node),
    owner: node.ownerId === null ? null : { id: node.ownerId, name: user.get(node.ownerId)?.name ?? '' },
    share: node.share,
  };
}

/** The state as people see it: a member that does not answer is that before all else. */
function stateOf({ state, reach }: Node): Shape<'nodeSchema'>['state'] {
  return state === 'retired' || reach.state === 'up' ? state : reach.state;
}

function causeOf(reader: Reader, node: Node): NodeProblem | null {
  const { state } = reader.node;
  const now = Math.max(reader.node.now(), state.now);
  const { name, reach, drain } = node;
  const retirement = node.id === reader.node.me.nodeId ? reader.node.retirement() : null;
  if (retirement !== null) return { code: 'node.retired_here', data: { ...retirement } };
  const shown = stateOf(node);
  if (shown === 'unreachable' || shown === 'lost') {
    return { code: `node.${shown}`, data: { node: name, seconds: Math.max(0, now - reach.since) / 1000 } };
  }
  if (shown === 'joining') return { code: 'node.joining', data: { node: name } };
  if (shown !== 'draining' || drain === null) return null;
  const vms = state.tables.vm.countBy('compute', node.id);
  const seconds = Math.max(0, drain.deadlineAt - now) / 1000;
  return { code: 'node.draining', data: { node: name, vms, seconds } };
}

function roleOf({ node }: Reader, id: string): Shape<'nodeSchema'>['role'] {
  const { masterId, voters, standbys } = node.quorum();
  if (id === masterId) return 'master';
  if (voters.includes(id)) return 'voter';
  return standbys.includes(id) ? 'standby' : 'worker';
}

function drainOf({ node: { state } }: Reader, node: Node): Shape<'nodeSchema'>['drain'] {
  const { drain, blocking, kept } = drainView(state, node);
  if (drain === null) return null;
  const { how, startedAt, deadlineAt } = drain;
  const { user } = state.tables;
  const entryOf = ({ vm, fate }: DrainEntry) => {
    const owner = user.get(vm.ownerId)?.name ?? '';
    return { id: vm.id, name: vm.name, owner, state: vmState(vm), fate };
  };
  const done = node.state === 'drained';
  return { how, startedAt, deadlineAt, done, blocking: blocking.map(entryOf), kept: kept.map(entryOf) };
}

export function powerView({ node }: Reader): Shape<'powerSchema'> {
  const { state } = node;
  const { state: power = 'on', deadlineAt = null } = state.cloud?.power ?? {};
  const pcs = state.tables.node.all().filter((one) => one.state !== 'retired');
  const running = pcs.reduce((sum, one) => sum + state.tables.vm.countBy('compute', one.id), 0);
  return { state: power, deadlineAt, running };
}

/** Join tokens that the actor may see, newest first. */
export function tokensOf(state: CloudState, actor: Actor): Token[] {
  return state.tables.token
    .all()
    .filter((one) => maySeeToken(actor, one))
    .reverse();
}

export function tokenView({ node }: Reader, token: Token): Shape<'joinTokenSchema'> {
  const { tables, now } = node.state;
  const { id, label, createdBy, createdAt, expiresAt, maxUses, usedBy, sharedBy } = token;
  const nodeOf = (nodeId: string) => ({ id: nodeId, name: tables.node.get(nodeId)?.name ?? nodeId });
  const by = tables.user.get(createdBy)?.name ?? tables.node.get(createdBy)?.name ?? createdBy;
  return {
    id,
    label,
    state: tokenState(token, Math.max(node.now(), now)),
    createdBy: { id: createdBy, name: by },
    createdAt,
    expiresAt,
    maxUses,
    nodes: usedBy.map(nodeOf),
    shared: sharedBy !== null,
  };
}
