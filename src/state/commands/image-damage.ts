/** Disks that forget bits (I2): what a PC found of its copy, and that it was mended. */
import * as z from 'zod';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import type { Image } from '../entities/index.ts';
import { idSchema } from '../ids.ts';

const payload = z.object({
  versionId: idSchema,
  chunks: z
    .int()
    .min(1)
    .max(2 ** 31),
});

/**
 * A PC found parts of its copy damaged: it counts as a holder no more, unless nobody else has the version. Told to the image's owner and to
 * the admins, as a disk that forgets bits goes on forgetting.
 */
export const imageDamaged = define(payload, (context, { versionId, chunks }) => {
  const nodeId = context.needNode();
  const version = context.need('version', versionId);
  const image = context.need('image', version.imageId);
  const others = version.nodeIds.filter((one) => one !== nodeId);
  if (others.length > 0 && others.length < version.nodeIds.length)
    context.put('version', { ...version, nodeIds: others });
  const code = others.length > 0 ? 'image.damaged' : 'image.damaged_last';
  tell(context, image, code, { node: context.need('node', nodeId).name, chunks });
  return { target: refTo('image', image) };
});

/** What was damaged came anew from another PC: the copy is whole again. */
export const imageRepaired = define(payload, (context, { versionId, chunks }) => {
  const nodeId = context.needNode();
  const version = context.need('version', versionId);
  const image = context.need('image', version.imageId);
  if (!version.nodeIds.includes(nodeId) && image.state !== 'deleting' && !version.leaving)
    context.put('version', { ...version, nodeIds: [...version.nodeIds, nodeId] });
  tell(context, image, 'image.repaired', { node: context.need('node', nodeId).name, chunks });
  return { target: refTo('image', image) };
});

function tell(context: Context, image: Image, code: string, data: { node: string; chunks: number }): void {
  const admins = context.state.tables.user.idsBy('role', 'admin');
  for (const id of new Set([image.ownerId, ...admins]))
    context.notify(id, code, { image: image.name, ...data });
}
