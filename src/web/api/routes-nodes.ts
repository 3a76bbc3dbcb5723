/** The cloud and its PCs. */
import * as z from 'zod';
import { listVms, type Node } from '../../state/index.ts';
import { WebError } from '../errors.ts';
import { resolveNode } from '../resolve.ts';
import { type Call, route } from './route.ts';
import { spanField } from './routes-vms.ts';
import { checkSchema, usageSchema } from './schemas.ts';
import { nodeSchema, statusSchema } from './schemas-nodes.ts';
import { problemView, readerOf } from './views.ts';
import { nodeView, powerView } from './views-mesh.ts';

/** States that are always told; others when a VM is in them. */
const TOLD = ['running', 'suspended', 'stopped', 'waiting', 'failed'] as const;
const PASSING = [
  'placing',
  'fetching',
  'starting',
  'suspending',
  'resuming',
  'stopping',
  'moving',
  'unreachable',
] as const;

/** A file of this PC: an absolute path without steps back. */
export const fileField = z
  .string()
  .min(2)
  .max(4096)
  .regex(/^\/[^\0]*$/)
  .refine((path) => !path.split('/').includes('..'), 'path.dots');

export const nodeRoutes = [
  route({
    method: 'GET',
    path: '/status',
    summary: 'The cloud, this PC, the master, the PCs, and how many VMs are in which state',
    who: 'person',
    answer: statusSchema,
    run: ({ c, node, state, actor }) => {
      const reader = readerOf(c, actor);
      const quorum = node.quorum();
      const isShown = (one: Node) => one.state !== 'retired' || one.id === node.me.nodeId;
      const nodes = state.tables.node.all().filter(isShown);
      const views = nodes.map((one) => nodeView(reader, one));
      const me = views.find((one) => one.id === node.me.nodeId);
      const master = views.find((one) => one.id === quorum.masterId);
      const { cloud } = state;
      return {
        cloud: { id: cloud?.id ?? '', name: cloud?.name ?? '', level: cloud?.level ?? 1 },
        me: {
          id: node.me.nodeId,
          name: me?.name ?? node.me.name,
          state: me?.state ?? 'joining',
          cause: me?.cause ?? null,
          role: me?.role ?? 'worker',
          version: node.me.version,
        },
        master: master
          ? { id: master.id, name: master.name, term: quorum.term, since: quorum.masterSince }
          : null,
        quorum: {
          voters: quorum.voters.length,
          alive: quorum.alive.length,
          mayFail: quorum.mayFail,
          warnings: quorum.warnings.map((warning) => problemView(reader, warning)),
        },
        power: powerView(reader),
        nodes: views,
        vms: countsOf({ state, actor }),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/doctor',
    summary: 'Checks of this PC, each with its mend',
    who: 'admin',
    answer: z.array(checkSchema),
    maxSeconds: 60,
    run: async ({ c, node, actor }) => {
      const reader = readerOf(c, actor);
      const checks = await node.doctor();
      return checks.map(({ id, status, code, data }) => ({
        id,
        status,
        ...problemView(reader, { code, data }),
      }));
    },
  }),
  route({
    method: 'GET',
    path: '/nodes',
    summary: 'The PCs of the cloud',
    who: 'person',
    answer: z.array(nodeSchema),
    run: ({ c, state, actor }) => {
      const reader = readerOf(c, actor);
      return state.tables.node.all().map((one) => nodeView(reader, one));
    },
  }),
  route({
    method: 'GET',
    path: '/nodes/{id}',
    summary: 'One PC',
    who: 'person',
    answer: nodeSchema,
    run: ({ c, state, actor, param }) => nodeView(readerOf(c, actor), resolveNode(state, param('id'))),
  }),
  route({
    method: 'PATCH',
    path: '/nodes/{id}',
    summary: 'Rename a PC',
    who: 'admin',
    body: z.strictObject({ name: z.string().max(64) }),
    answer: nodeSchema,
    run: async ({ c, node, state, actor, author, param, body, once }) => {
      const { id } = resolveNode(state, param('id'));
      await node.submit('node.rename', { id, name: body.name }, author, once('node.rename'));
      return nodeView(readerOf(c, actor), resolveNode(state, id));
    },
  }),
  route({
    method: 'GET',
    path: '/nodes/{id}/usage',
    summary: 'What a PC was used for, over a span of time',
    who: 'admin',
    query: z.strictObject({ span: spanField }),
    answer: usageSchema,
    run: async ({ node, state, param, query }) => {
      const { id } = resolveNode(state, param('id'));
      return { span: query.span, points: [...(await node.usage(id, query.span))] };
    },
  }),
  route({
    method: 'GET',
    path: '/orphans',
    summary: 'VMs of this PC’s hypervisor that the cloud does not know',
    who: 'admin',
    answer: z.array(
      z.object({
        uuid: z.string(),
        name: z.string(),
        running: z.boolean(),
        owner: z.enum(['ours', 'other-cloud', 'foreign']),
      }),
    ),
    run: async ({ node }) => [...(await node.orphans())],
  }),
  route({
    method: 'DELETE',
    path: '/orphans/{uuid}',
    summary: 'Remove a forgotten VM of this cloud from this PC’s hypervisor',
    who: 'admin',
    run: async ({ c, node, param }) => {
      const uuid = param('uuid').toLowerCase();
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) {
        throw new WebError('web.not_found', { path: c.req.path.slice(0, 200) });
      }
      await node.removeOrphan(uuid);
      return c.body(null, 204);
    },
  }),
  route({
    method: 'POST',
    path: '/cloud/backup',
    summary: 'Write what the cloud agrees on into a file of this PC',
    who: 'local',
    body: z.strictObject({ path: fileField }),
    maxSeconds: 600,
    run: async ({ c, node, body }) => {
      await node.backup(body.path);
      return c.body(null, 204);
    },
  }),
];

function countsOf({ state, actor }: Pick<Call, 'state' | 'actor'>): Record<string, number> {
  const count = (one: (typeof TOLD)[number] | (typeof PASSING)[number]) =>
    listVms(state, actor, { state: one }, { limit: 1 }).total;
  const told = TOLD.map((one) => [one, count(one)] as const);
  const passing = PASSING.map((one) => [one, count(one)] as const).filter(([, number]) => number > 0);
  return Object.fromEntries([...told, ...passing]);
}
