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

/** A node takes its copies with it: what it was to delete is deleted by that, what it was importing will not come. */
export function forgetCopies(context: Context, node: Node): void {
  const { image, version } = context.state.tables;
  for (const one of version.all()) {
    if (!one.nodeIds.includes(node.id)) continue;
    const nodeIds = one.nodeIds.filter((id) => id !== node.id);
    const isDone = nodeIds.length === 0 && image.get(one.imageId)?.state === 'deleting';
    if (isDone) forgetVersion(context, one);
    else context.put('version', { ...one, nodeIds });
  }
  const cause = { code: 'image.import_lost', data: { node: node.name } };
  for (const one of image.all())
    if (one.state === 'importing' && one.importNodeId === node.id) failImport(context, one, cause);
}
