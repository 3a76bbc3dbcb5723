/** Who is a PC of the cloud and what it does there: join tokens, votes, draining, the cloud's own power. */
import * as z from 'zod';
import type { CommandType, Payload } from '../../state/index.ts';
import { resolveNode, resolveToken } from '../resolve.ts';
import { type Call, route } from './route.ts';
import { joinTokenSchema, nodeSchema, powerSchema } from './schemas-nodes.ts';
import { readerOf } from './views.ts';
import { nodeView, powerView, tokensOf, tokenView } from './views-mesh.ts';
import { becomesVoter } from './wait.ts';

const MINUTE = 60;
const DAY = 86_400;
/** A newcomer that is to vote first catches up with the log; a lab's log takes seconds. */
const CATCH_UP_SECONDS = 20;

const seconds = (min: number, max: number) => z.number().int().min(min).max(max);

/** Submits a command about the PC of the path, and answers with the PC as it is then. */
async function changeNode<T extends CommandType>(call: Call, type: T, payload: (id: string) => Payload<T>) {
  const { c, node, state, actor, author, once, param } = call;
  const { id } = resolveNode(state, param('id'));
  await node.submit(type, payload(id), author, once(type));
  return nodeView(readerOf(c, actor), resolveNode(state, id));
}

/** Submits a command about the cloud, and answers with its power. */
async function changePower<T extends CommandType>(call: Call, type: T, payload: Payload<T>) {
  const { c, node, actor, author, once } = call;
  await node.submit(type, payload, author, once(type));
  return powerView(readerOf(c, actor));
}

export const meshRoutes = [
  route({
    method: 'GET',
    path: '/tokens',
    summary: 'Join tokens: all for admins, one’s own for others',
    who: 'person',
    answer: z.array(joinTokenSchema),
    run: ({ c, state, actor }) => tokensOf(state, actor).map((one) => tokenView(readerOf(c, actor), one)),
  }),
  route({
    method: 'POST',
    path: '/tokens',
    summary: 'Make a join token; it is told once. Admins for any PC, everybody else to share one’s own',
    who: 'person',
    body: z.strictObject({
      ttlSeconds: seconds(MINUTE, 30 * DAY)
        .default(10_800)
        .describe('how long it is valid; 3 hours'),
      uses: z.number().int().min(1).max(1000).default(1).describe('how many PCs it lets in'),
      label: z.string().trim().max(63).default(''),
      share: z.boolean().default(false).describe('one shares a PC of one’s own'),
    }),
    answer: z.object({
      id: z.string(),
      token: z.string(),
      command: z.string().describe('the line to run on the new PC'),
      expiresAt: z.number(),
      uses: z.number(),
    }),
    status: 201,
    run: async ({ node, author, body }) => {
      const { ttlSeconds, uses, label, share } = body;
      const made = await node.createToken({ ttlMs: ttlSeconds * 1000, uses, label, share }, author);
      return { ...made, command: `labmesh join ${made.token}` };
    },
  }),
  route({
    method: 'DELETE',
    path: '/tokens/{id}',
    summary: 'Revoke a join token; the PCs that it let in stay',
    who: 'person',
    run: async ({ c, node, state, actor, author, param, once }) => {
      const { id } = resolveToken(state, actor, param('id'));
      await node.submit('token.revoke', { id }, author, once('token.revoke'));
      return c.body(null, 204);
    },
  }),
  route({
    method: 'POST',
    path: '/nodes/{id}/promote',
    summary: 'Let a PC vote always, and make it the master if asked',
    who: 'admin',
    body: z.strictObject({ master: z.boolean().default(false) }),
    answer: nodeSchema,
    maxSeconds: 60,
    run: async (call) => {
      const view = await changeNode(call, 'node.vote', (id) => ({ id, vote: 'always' }));
      if (!call.body.master) return view;
      const { c, node, state, actor } = call;
      await becomesVoter(node, view.id, CATCH_UP_SECONDS, c.req.raw.signal);
      await node.makeMaster(view.id);
      return nodeView(readerOf(c, actor), resolveNode(state, view.id));
    },
  }),
  route({
    method: 'POST',
    path: '/nodes/{id}/demote',
    summary: 'Let a PC follow without a vote',
    who: 'admin',
    answer: nodeSchema,
    run: (call) => changeNode(call, 'node.vote', (id) => ({ id, vote: 'never' })),
  }),
  route({
    method: 'POST',
    path: '/nodes/{id}/drain',
    summary: 'Empty a PC of running VMs by a deadline; it takes no new ones meanwhile; its owner and admins',
    who: 'person',
    body: z.strictObject({
      how: z.enum(['move', 'suspend', 'wait']).default('move'),
      deadlineSeconds: seconds(0, 7 * DAY)
        .optional()
        .describe('default: the setting node.drain_deadline'),
    }),
    answer: nodeSchema,
    run: (call) => {
      const { how, deadlineSeconds } = call.body;
      const deadline = deadlineSeconds === undefined ? {} : { deadlineMs: deadlineSeconds * 1000 };
      return changeNode(call, 'node.drain', (id) => ({ id, how, ...deadline }));
    },
  }),
  route({
    method: 'POST',
    path: '/nodes/{id}/undrain',
    summary: 'Let a PC run VMs again; those that were suspended for the drain resume; its owner and admins',
    who: 'person',
    answer: nodeSchema,
    run: (call) => changeNode(call, 'node.undrain', (id) => ({ id })),
  }),
  route({
    method: 'POST',
    path: '/nodes/{id}/share',
    summary: 'How much of a PC VMs may use; its owner and admins',
    who: 'person',
    body: z.strictObject({ share: z.number().int().min(0).max(100).describe('percent; 0: no VMs') }),
    answer: nodeSchema,
    run: (call) => changeNode(call, 'node.configure', (id) => ({ id, share: call.body.share })),
  }),
  route({
    method: 'POST',
    path: '/nodes/{id}/retire',
    summary:
      'Take a PC out of the cloud for good; with force also when VMs’ disks are lost with it (admins); its owner and admins',
    who: 'person',
    body: z.strictObject({ force: z.boolean().default(false) }),
    answer: nodeSchema,
    run: (call) => changeNode(call, 'node.retire', (id) => ({ id, force: call.body.force })),
  }),
  route({
    method: 'POST',
    path: '/cloud/shutdown',
    summary: 'Suspend every VM, at once or after a wait; start nothing until the startup',
    who: 'admin',
    body: z.strictObject({ waitSeconds: seconds(0, DAY).default(0) }),
    answer: powerSchema,
    run: (call) => changePower(call, 'cloud.shutdown', { waitMs: call.body.waitSeconds * 1000 }),
  }),
  route({
    method: 'POST',
    path: '/cloud/startup',
    summary: 'Start VMs again after a shutdown; those that were suspended for it resume',
    who: 'admin',
    answer: powerSchema,
    run: (call) => changePower(call, 'cloud.startup', {}),
  }),
  route({
    method: 'POST',
    path: '/cloud/recover',
    summary: 'Go on from this PC’s copy when most voters are lost for good',
    who: 'local',
    maxSeconds: 60,
    run: async ({ c, node }) => {
      await node.recover();
      return c.body(null, 204);
    },
  }),
];
