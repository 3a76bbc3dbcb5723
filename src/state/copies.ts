/** What becomes of images whose bytes are gone: the last copy was deleted, or went with a PC that was retired. */
import type { Context } from './context.ts';
import type { Image, ImageVersion, Node, NodeProblem } from './entities/index.ts';
import { endOperation, runningOn } from './operations.ts';

/** Nobody has a byte of the version any more; with its last version an image is gone. */
export function forgetVersion(context: Context, { id, imageId }: ImageVersion): void {
  context.remove('version', id);
  if (context.state.tables.version.countBy('image', imageId) > 0) return;
  context.remove('image', imageId);
  for (const operation of runningOn(context, imageId)) endOperation(context, operation, 'done', null);
}

/** An import ends without an image; its name is free again. */
export function failImport(context: Context, image: Image, cause: NodeProblem): void {
  for (const operation of runningOn(context, image.id)) endOperation(context, operation, 'failed', cause);
  context.remove('image', image.id);
  context.notify(image.ownerId, 'image.import_failed', { image: image.name, cause });
}

/** A node takes its copies with it: what it was to delete is deleted by that, what it was to fetch or was importing will not come. */
export function forgetCopies(context: Context, node: Node): void {
  const { image, version } = context.state.tables;
  const others = (ids: readonly string[]) => ids.filter((id) => id !== node.id);
  for (const one of version.all()) {
    if (![one.nodeIds, one.wantedOn, one.leavingOn].some((ids) => ids.includes(node.id))) continue;
    const nodeIds = others(one.nodeIds);
    const isDone = nodeIds.length === 0 && (one.leaving || image.get(one.imageId)?.state === 'deleting');
    if (isDone) forgetVersion(context, one);
    else {
      const failures = one.failures.filter(({ nodeId }) => nodeId !== node.id);
      const [wantedOn, leavingOn] = [others(one.wantedOn), others(one.leavingOn)];
      context.put('version', { ...one, nodeIds, wantedOn, leavingOn, failures });
    }
  }
  const cause = { code: 'image.import_lost', data: { node: node.name } };
  for (const one of image.all()) {
    if (one.deploy.nodeIds.includes(node.id))
      context.put('image', { ...one, deploy: { ...one.deploy, nodeIds: others(one.deploy.nodeIds) } });
    if (one.state === 'importing' && one.importNodeId === node.id) failImport(context, one, cause);
  }
}

/** Marks a version to be deleted everywhere; at once gone when nobody has a byte of it. */
export function leaveVersion(context: Context, version: ImageVersion): void {
  if (version.nodeIds.length === 0) forgetVersion(context, version);
  else context.put('version', { ...version, leaving: true, wantedOn: [], failures: [] });
}
