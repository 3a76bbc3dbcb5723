/** Images on their way from PC to PC (I11). */
import * as z from 'zod';
import type { NodeTransfer } from '../../node/interface.ts';
import { type CloudState, mayUseImage } from '../../state/index.ts';
import { transfersOf } from '../transfers.ts';
import { route } from './route.ts';
import { refSchema } from './schemas.ts';

const transferSchema = z.object({
  node: refSchema.describe('the PC that fetches it'),
  image: refSchema,
  version: z.number().nullable().describe('null: the saved work of a VM'),
  versionId: z.string(),
  done: z.number().describe('bytes that are there, of those that are not zeros'),
  total: z.number().describe('0 until known'),
  rate: z.number().nullable().describe('bytes per second'),
  etaMs: z.number().nullable(),
  from: z
    .array(
      z.object({
        node: refSchema,
        bytes: z.number(),
        rate: z.number().nullable(),
        state: z.enum(['asked', 'resting', 'idle', 'lied', 'failing']),
      }),
    )
    .describe('the PCs that sent most'),
});

export const transferRoutes = [
  route({
    method: 'GET',
    path: '/transfers',
    summary: 'Images on their way from PC to PC, of all PCs; gossip tells of them every few seconds',
    who: 'person',
    answer: z.array(transferSchema),
    run: ({ node, state, actor }) => {
      const sees = (imageId: string) => {
        const image = state.tables.image.get(imageId);
        return image !== undefined && mayUseImage(state, actor, image);
      };
      return transfersOf(node, sees).map((one) => viewOf(state, one));
    },
  }),
];

function viewOf(state: CloudState, { nodeId, versionId, from, ...rest }: NodeTransfer) {
  const version = state.tables.version.get(versionId);
  const imageId = version?.imageId ?? '';
  return {
    node: nodeRef(state, nodeId),
    image: { id: imageId, name: state.tables.image.get(imageId)?.name ?? '' },
    version: version === undefined || version.kind === 'work' ? null : version.number,
    versionId,
    ...rest,
    from: from.map(({ nodeId: sender, ...one }) => ({ node: nodeRef(state, sender), ...one })),
  };
}

const nodeRef = (state: CloudState, id: string) => ({ id, name: state.tables.node.get(id)?.name ?? id });
