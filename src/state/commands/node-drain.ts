/** Emptying a PC, taking it back, and taking it out for good (N8): by admins, and by whose PC it is (N11). */
import * as z from 'zod';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import type { Node } from '../entities/index.ts';
import { idSchema } from '../ids.ts';
import { raiseLevel } from '../level.ts';
import { needNodeInUse, needOwnNode, refuseNodeState, retireNode } from '../nodes.ts';
import { Refusal } from '../refusals.ts';
import { setting } from '../settings.ts';
import { restsInWork } from '../work.ts';

/** A week: who waits longer does not empty the PC. */
const MAX_DEADLINE_MS = 7 * 24 * 3_600_000;
/** Names in a refusal; the page lists all. */
const MAX_NAMES = 10;

/** Empties a PC; once more changes how and until when. Without a deadline, that of the setting `node.drain_deadline`. */
export const nodeDrain = define(
  z.object({
    id: idSchema,
    deadlineMs: z.int().min(0).max(MAX_DEADLINE_MS).optional(),
    how: z.enum(['move', 'suspend', 'wait']),
  }),
  (context, { id, deadlineMs, how }) => {
    const node = needOwnNode(context, id);
    if (node.state !== 'ready' && node.state !== 'draining') refuseNodeState(node, 'drain');
    const limit = deadlineMs ?? setting(context.state, 'node.drain_deadline') * 60_000;
    const startedAt = node.drain?.startedAt ?? context.now;
    const drain = { how, startedAt, deadlineAt: context.now + limit, askedBy: context.authorId };
    return putState(context, node, { state: 'draining', drain });
  },
);

/** Takes VMs again; those that the drain suspended resume. */
export const nodeUndrain = define(z.object({ id: idSchema }), (context, { id }) => {
  const node = needOwnNode(context, id);
  if (node.state !== 'draining' && node.state !== 'drained') refuseNodeState(node, 'undrain');
  return putState(context, node, { state: 'ready', drain: null });
});

/** Nothing computes there any more. @throws Refusal `node.busy` naming what does */
export const nodeDrained = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needScheduler();
  const node = needNodeInUse(context, id);
  if (node.state !== 'draining') refuseNodeState(node, 'drained');
  const busy = context.state.tables.vm.by('compute', id).map((vm) => vm.name);
  if (busy.length > 0) {
    throw new Refusal('node.busy', { node: node.name, vms: busy.slice(0, MAX_NAMES), count: busy.length });
  }
  return putState(context, node, { state: 'drained' });
});

/**
 * Takes a PC out for good; its name is free again. By force also one that holds work: what lay on it alone is lost.
 * @throws Refusal `node.last`, `node.wrong_state`, `node.has_disks`, `node.only_copy`
 */
export const nodeRetire = define(z.object({ id: idSchema, force: z.boolean() }), (context, { id, force }) => {
  const node = needOwnNode(context, id);
  if (force) context.needAdmin(); // what others left there is not the owner's to lose
  const others = context.state.tables.node.all().filter((one) => one.state !== 'retired' && one.id !== id);
  if (others.length === 0) throw new Refusal('node.last', { node: node.name });
  if (!force) needEmpty(context, node);
  retireNode(context, node);
  raiseLevel(context);
  return { target: refTo('node', node) };
});

function needEmpty(context: Context, node: Node): void {
  if (node.state !== 'drained') refuseNodeState(node, 'retire');
  const { vm, version, image } = context.state.tables;
  // What is all in its saved work starts elsewhere; that the work has other copies is asked below.
  const disks = vm
    .by('disk', node.id)
    .filter((one) => !restsInWork(one))
    .map((one) => one.name);
  if (disks.length > 0) {
    throw new Refusal('node.has_disks', {
      node: node.name,
      vms: disks.slice(0, MAX_NAMES),
      count: disks.length,
    });
  }
  const only = version.all().filter(({ nodeIds }) => nodeIds.length === 1 && nodeIds[0] === node.id);
  if (only.length === 0) return;
  const images = [...new Set(only.map((one) => image.get(one.imageId)?.name ?? one.imageId))];
  throw new Refusal('node.only_copy', {
    node: node.name,
    images: images.slice(0, MAX_NAMES),
    count: images.length,
  });
}

function putState(context: Context, node: Node, change: Partial<Pick<Node, 'state' | 'drain'>>) {
  context.put('node', { ...node, ...change, changedAt: context.now });
  return { target: refTo('node', node) };
}
