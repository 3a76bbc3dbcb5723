/** Where copies of images are: deployed, taken back, given up, told of when they could not be had (I6, I10). */
import * as z from 'zod';
import { type Context, refTo } from '../context.ts';
import { leaveVersion } from '../copies.ts';
import { define } from '../definition.ts';
import type { Image, ImageDeploy, ImageVersion, Node, NodeProblem, Operation } from '../entities/index.ts';
import { problemField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { needNodeInUse } from '../nodes.ts';
import { beginOperation, endOperation, runningOn } from '../operations.ts';
import { Refusal } from '../refusals.ts';
import {
  copiesOf,
  deploymentOf,
  holdersOf,
  isConcluded,
  mayKeep,
  mayRelease,
  safeHolders,
  surplusVersions,
  usersThere,
} from '../replicas.ts';
import { needOwnImage, needReady } from './image.ts';

/** A day: the largest disk to a whole lab over the slowest link that anybody would wait for. */
const DEPLOY_LIMIT_MS = 24 * 3_600_000;
/** Names in what people are told; the page lists all. */
const MAX_NAMES = 10;
/** PCs of the largest cloud. */
const MAX_NODES = 1000;

const nodeIdsField = z.array(idSchema).max(MAX_NODES).default([]);

/**
 * Says where an image is to be, beyond the copies that keep it safe (I6): on so many PCs, on all, on named ones. What is left out stays as it
 * was; `drop` takes the copies of all its versions off a PC. A new wish replaces an operation under way, and what that has reached stays (GF16).
 * @throws Refusal `image.not_ready`, `node.retired`, `node.not_ready`, `image.no_node_left`, `image.not_on_node`, `image.used_there`,
 *   `image.last_copies`
 */
export const imageDeploy = define(
  z.object({
    id: idSchema,
    copies: z.union([z.int().min(1).max(MAX_NODES), z.literal('all'), z.null()]).optional(),
    add: nodeIdsField,
    drop: nodeIdsField,
  }),
  (context, { id, copies, add, drop }) => {
    const image = needReadyImage(context, id);
    const added = add.filter((one) => !drop.includes(one));
    for (const one of added) needKeeper(context, one);
    const keepers = context.state.tables.node.all().filter(mayKeep);
    const asked = copies === undefined ? image.deploy.copies : copies;
    if (typeof asked === 'number' && copies !== undefined) needNodes(context, image, keepers, added, asked);
    // All but some are those that there are now: named, so that the others keep theirs.
    const isAllBut = asked === 'all' && drop.length > 0;
    const hosts = keepers.filter(({ hostProblem }) => hostProblem === null).map((one) => one.id);
    const before = isAllBut ? [...hosts, ...image.deploy.nodeIds] : image.deploy.nodeIds;
    const nodeIds = [...new Set([...before, ...added])].filter((one) => !drop.includes(one)).sort();
    const deploy: ImageDeploy = {
      copies: isAllBut ? null : asked,
      nodeIds,
      ...awaitedBy(context, image, copies === undefined ? [...added, ...drop] : null),
    };
    for (const one of drop) needDroppable(context, image, keepers, drop, one);
    const target = refTo('image', image);
    context.put('image', { ...image, deploy });
    for (const version of context.state.tables.version.by('image', id)) {
      if (version.vmId !== null || version.leaving) continue;
      const fresh = replanned(version, added, drop);
      // A wish for a number may be met by any PC: also by one that could not before.
      context.put('version', copies === undefined ? fresh : { ...fresh, failures: [] });
    }
    return { target, operationId: beginOperation(context, 'image.deploy', target, DEPLOY_LIMIT_MS) };
  },
);

/** Which PCs the operation waits for: with those of an earlier one that still runs. `null`: all. */
function awaitedBy(
  context: Context,
  { id, deploy }: Image,
  nodeIds: readonly string[] | null,
): Pick<ImageDeploy, 'awaited'> {
  const isRunning = runningOn(context, id).some(({ kind }) => kind === 'image.deploy');
  if (nodeIds === null || (isRunning && deploy.awaited === undefined)) return {};
  return { awaited: [...new Set([...(isRunning ? (deploy.awaited ?? []) : []), ...nodeIds])].sort() };
}

/** Who is asked again may try again; who is to give it up is marked, and does so once enough others have it. */
function replanned(version: ImageVersion, added: readonly string[], drop: readonly string[]): ImageVersion {
  const leavers = drop.filter((one) => version.nodeIds.includes(one));
  const stays = (one: string) => !added.includes(one);
  return {
    ...version,
    wantedOn: version.wantedOn.filter((one) => !drop.includes(one)),
    leavingOn: [...new Set([...version.leavingOn.filter(stays), ...leavers])].sort(),
    failures: version.failures.filter(({ nodeId }) => stays(nodeId)),
  };
}

/** Gives a running deployment up (I8): what has arrived stays, what has not is not wanted any more. */
export const imageCancelDeploy = define(z.object({ id: idSchema }), (context, { id }) => {
  const image = needReadyImage(context, id);
  const running = runningOn(context, id).filter((one) => one.kind === 'image.deploy');
  if (running.length === 0) throw new Refusal('image.deploy_not_running', { image: image.name });
  for (const operation of running) endOperation(context, operation, 'cancelled', null);
  const current = context.state.tables.version.get(image.currentVersionId ?? '');
  const nodeIds = image.deploy.nodeIds.filter((one) => current?.nodeIds.includes(one));
  context.put('image', { ...image, deploy: { copies: null, nodeIds } });
  for (const version of context.state.tables.version.by('image', id)) {
    // Who has given up its copy already still deletes it; who has not keeps it.
    const leavingOn = version.leavingOn.filter((one) => !version.nodeIds.includes(one));
    context.put('version', { ...version, leavingOn });
  }
  return { target: refTo('image', image) };
});

/**
 * A node asks to give up its copy, before it deletes it: from here on nobody counts on it. Then `image.dropped` follows.
 * @throws Refusal `image.not_on_node`, `image.used_there`, `image.last_copies`
 */
export const imageRelease = define(z.object({ versionId: idSchema }), (context, { versionId }) => {
  const node = context.need('node', context.needNode());
  const version = context.need('version', versionId);
  const image = context.need('image', version.imageId);
  if (!version.nodeIds.includes(node.id))
    throw new Refusal('image.not_on_node', { image: image.name, node: node.name });
  needUnusedThere(context, image, [version], node);
  if (!mayRelease(context.state, version, node.id, context.now)) {
    const copies = Math.max(1, copiesOf(context.state, version));
    throw new Refusal('image.last_copies', { image: image.name, copies });
  }
  context.put('version', {
    ...version,
    nodeIds: version.nodeIds.filter((one) => one !== node.id),
    leavingOn: [...new Set([...version.leavingOn, node.id])].sort(),
  });
  return { target: refTo('image', image) };
});

/** Deletes one version everywhere: not the one that new VMs take, and none that a VM uses. */
export const imageRemoveVersion = define(
  z.object({ id: idSchema, versionId: idSchema }),
  (context, { id, versionId }) => {
    const image = needReadyImage(context, id);
    const version = context.need('version', versionId);
    const { number, imageId, vmId } = version;
    if (imageId !== id || vmId !== null) throw new Refusal('not_found', { kind: 'version', id: versionId });
    if (version.leaving) throw new Refusal('image.version_leaving', { image: image.name, number });
    if (image.currentVersionId === versionId)
      throw new Refusal('image.version_current', { image: image.name, number });
    const vms = context.state.tables.vm.countBy('version', versionId);
    if (vms > 0) throw new Refusal('image.version_in_use', { image: image.name, number, vms });
    leaveVersion(context, version);
    return { target: refTo('image', image) };
  },
);

/** The master found versions that nobody needs: old ones beyond `image.keep_versions`, saved work of VMs that are gone (I10). */
export const imageExpire = define(z.object({ versionId: idSchema }), (context, { versionId }) => {
  context.needScheduler();
  const version = context.need('version', versionId);
  const image = context.need('image', version.imageId);
  const isOrphan = version.vmId !== null && !context.state.tables.vm.get(version.vmId) && !version.leaving;
  if (!isOrphan && !surplusVersions(context.state, image).some(({ id }) => id === versionId)) {
    const vms = context.state.tables.vm.countBy('version', versionId);
    throw new Refusal('image.version_in_use', { image: image.name, number: version.number, vms });
  }
  leaveVersion(context, version);
  return { target: refTo('image', image) };
});

/** A node cannot fetch what it is to have: the plan chooses another where it can, and the deployment tells (GF24). */
export const imageFetchFailed = define(
  z.object({ versionId: idSchema, cause: problemField }),
  (context, { versionId, cause }) => {
    const nodeId = context.needNode();
    const version = context.need('version', versionId);
    const image = context.need('image', version.imageId);
    const target = refTo('image', image);
    if (version.nodeIds.includes(nodeId) || !context.state.tables.node.get(nodeId)) return { target };
    const others = version.failures.filter((one) => one.nodeId !== nodeId);
    context.put('version', { ...version, failures: [...others, { nodeId, cause, at: context.now }] });
    return { target };
  },
);

/** The master ends a deployment or deletion for which nothing can be waited for any more; who is left out is named (GF30, GF31). */
export const imageConclude = define(z.object({ operationId: idSchema }), (context, { operationId }) => {
  context.needScheduler();
  const operation = context.need('operation', operationId);
  if (operation.state !== 'running' || !isConcluded(context.state, operation, context.now))
    throw new Refusal('operation.not_running', { state: operation.state });
  const image = context.need('image', operation.target.id);
  const error =
    operation.kind === 'image.remove' ? removalError(context, image) : deployError(context, image);
  conclude(context, operation, error);
  return { target: operation.target };
});

function conclude(context: Context, operation: Operation, error: NodeProblem | null): void {
  endOperation(context, operation, error ? 'failed' : 'done', error);
  if (error) context.notify(operation.author, error.code, error.data);
}

function removalError(context: Context, image: Image): NodeProblem | null {
  const names = holdersOf(context.state, image.id).map((id) => nameOf(context, id));
  if (names.length === 0) return null;
  const data = { image: image.name, nodes: names.slice(0, MAX_NAMES), count: names.length };
  return { code: 'image.remove_waits', data };
}

function deployError(context: Context, image: Image): NodeProblem | null {
  const { done, total, missing, short } = deploymentOf(context.state, image, context.now);
  if (missing.length === 0 && short === 0) return null;
  const away = { code: 'image.node_away', data: {} };
  const nodes = missing.slice(0, MAX_NAMES).map(({ nodeId, failure }) => ({
    node: nameOf(context, nodeId),
    cause: failure === 'away' ? away : failure.cause,
  }));
  if (short > 0) nodes.push({ node: '', cause: { code: 'image.no_more_nodes', data: { copies: short } } });
  const data = { image: image.name, done, total, nodes, count: missing.length };
  return { code: 'image.deploy_partly', data };
}

function nameOf(context: Context, nodeId: string): string {
  return context.state.tables.node.get(nodeId)?.name ?? nodeId;
}

function needReadyImage(context: Context, id: string): Image {
  const image = needOwnImage(context, id);
  needReady(image);
  return image;
}

/** A PC that may get copies. One that does not answer now gets its own when it is back (GF25). */
function needKeeper(context: Context, id: string): void {
  const node = needNodeInUse(context, id);
  if (!mayKeep(node)) throw new Refusal('node.not_ready', { node: node.name, state: node.state });
}

/** GF35: copies are put on PCs that run VMs; others count where they have one, or are named. */
function needNodes(
  context: Context,
  image: Image,
  keepers: readonly Node[],
  added: readonly string[],
  asked: number,
): void {
  const current = context.state.tables.version.get(image.currentVersionId ?? '');
  const others = new Set([...(current?.nodeIds ?? []), ...image.deploy.nodeIds, ...added]);
  const nodes = keepers.filter(({ id, hostProblem }) => hostProblem === null || others.has(id)).length;
  if (asked > nodes) throw new Refusal('image.no_node_left', { image: image.name, asked, nodes });
}

/** GF23; and never below what keeps the image safe. */
function needDroppable(
  context: Context,
  image: Image,
  keepers: readonly Node[],
  drop: readonly string[],
  nodeId: string,
): void {
  const node = needNodeInUse(context, nodeId);
  const { tables } = context.state;
  const versions = tables.version
    .by('image', image.id)
    .filter(({ vmId, leaving }) => vmId === null && !leaving);
  const there = versions.filter(({ nodeIds }) => nodeIds.includes(nodeId));
  const isMeant =
    image.deploy.nodeIds.includes(nodeId) || versions.some(({ wantedOn }) => wantedOn.includes(nodeId));
  if (there.length === 0 && !isMeant && image.deploy.copies !== 'all')
    throw new Refusal('image.not_on_node', { image: image.name, node: node.name });
  needUnusedThere(context, image, there, node);
  const able = keepers.filter(({ hostProblem, reach }) => hostProblem === null && reach.state === 'up');
  for (const version of there) {
    const copies = Math.max(1, copiesOf(context.state, version));
    const others = new Set([
      ...able.map(({ id }) => id),
      ...safeHolders(context.state, version, context.now),
    ]);
    for (const id of [...drop, ...version.leavingOn]) others.delete(id);
    if (others.size < copies) throw new Refusal('image.last_copies', { image: image.name, copies });
  }
}

function needUnusedThere(
  context: Context,
  image: Image,
  versions: readonly ImageVersion[],
  node: Node,
): void {
  const vms = versions.flatMap(({ id }) => usersThere(context.state, id, node.id));
  if (vms.length === 0) return;
  const some = { vms: vms.slice(0, MAX_NAMES), count: vms.length };
  throw new Refusal('image.used_there', { image: image.name, node: node.name, ...some });
}
