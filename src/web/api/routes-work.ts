/** Operations, messages, the audit log, settings. */
import * as z from 'zod';
import {
  type AuditEntry,
  isSettingKey,
  maySeeOperation,
  nameKey,
  type Operation,
  pageOf,
  Refusal,
} from '../../state/index.ts';
import { csvLine } from '../actions/index.ts';
import { personOf } from '../env.ts';
import { resolveOperation } from '../resolve.ts';
import { type Call, nameOrId, pageFields, pageOfSchema, route } from './route.ts';
import { auditSchema, notificationSchema, operationSchema, settingSchema } from './schemas.ts';
import { auditView, operationView, problemView, readerOf, settingKeys, settingView } from './views.ts';
import { operationEnd } from './wait.ts';

const auditFilter = {
  author: nameOrId.optional().describe('name or id'),
  action: z.string().max(64).optional().describe('a command, or the beginning of one: `vm.`'),
  outcome: z.enum(['ok', 'refused']).optional(),
  since: z.coerce.number().optional(),
  until: z.coerce.number().optional(),
};
type AuditFilter = z.output<z.ZodObject<typeof auditFilter>>;

function auditMatches(entry: AuditEntry, { author, action, outcome, since, until }: AuditFilter): boolean {
  if (author !== undefined && nameKey(entry.author.name) !== nameKey(author) && entry.author.id !== author)
    return false;
  if (action !== undefined && !entry.action.startsWith(action)) return false;
  if (outcome !== undefined && (entry.outcome === 'ok') !== (outcome === 'ok')) return false;
  return (since === undefined || entry.at >= since) && (until === undefined || entry.at < until);
}

function settingOf(text: string) {
  if (!isSettingKey(text)) throw new Refusal('setting.unknown', { key: text.slice(0, 80) });
  return text;
}

function operationOf({ state, actor, param }: Call): Operation {
  return resolveOperation(state, actor, param('id'));
}

export const workRoutes = [
  route({
    method: 'GET',
    path: '/operations',
    summary: 'Operations that one may see',
    who: 'person',
    query: z.strictObject({
      ...pageFields,
      state: z.enum(['running', 'done', 'failed', 'cancelled']).optional(),
      target: z.string().max(64).optional().describe('id of the VM or image'),
    }),
    answer: pageOfSchema(operationSchema),
    run: ({ c, state, actor, query }) => {
      const { state: wanted, target, ...request } = query;
      const { operation } = state.tables;
      const ids =
        target !== undefined
          ? operation.idsBy('target', target.toUpperCase())
          : wanted !== undefined
            ? operation.idsBy('state', wanted)
            : operation.ids();
      const page = pageOf(
        ids,
        (id) => operation.get(id),
        request,
        (one) => {
          return (wanted === undefined || one.state === wanted) && maySeeOperation(state, actor, one);
        },
      );
      const reader = readerOf(c, actor);
      return { ...page, items: page.items.map((one) => operationView(reader, one)) };
    },
  }),
  route({
    method: 'GET',
    path: '/operations/{id}',
    summary: 'One operation; with `wait`, its end is waited for',
    who: 'person',
    query: z.strictObject({
      wait: z.coerce.number().min(0).max(30).default(0).describe('seconds to wait for its end'),
    }),
    answer: operationSchema,
    maxSeconds: 60,
    run: async (call) => {
      const { c, node, actor, query } = call;
      const { id } = operationOf(call);
      await operationEnd(node, id, query.wait, AbortSignal.any([c.req.raw.signal, c.var.services.stopping]));
      return operationView(readerOf(c, actor), operationOf(call));
    },
  }),
  route({
    method: 'GET',
    path: '/notifications',
    summary: 'One’s own messages',
    who: 'person',
    query: z.strictObject({ ...pageFields, unread: z.enum(['true', 'false']).default('false') }),
    answer: pageOfSchema(notificationSchema),
    run: ({ c, state, actor, query }) => {
      const { unread, ...request } = query;
      const { user } = personOf(c);
      const { notification } = state.tables;
      const ids = notification.idsBy(unread === 'true' ? 'unread' : 'user', user.id);
      const page = pageOf(ids, (id) => notification.get(id), request);
      const reader = readerOf(c, actor);
      const items = page.items.map(({ id, at, readAt, ...one }) => ({
        id,
        at,
        readAt,
        ...problemView(reader, one),
      }));
      return { ...page, items };
    },
  }),
  route({
    method: 'POST',
    path: '/notifications/read',
    summary: 'Mark messages as read; without ids, all of them',
    who: 'person',
    body: z.strictObject({ ids: z.array(z.string().max(32)).max(1000).nullable().default(null) }),
    run: async ({ c, node, author, body, once }) => {
      await node.submit('notification.read', { ids: body.ids }, author, once('notification.read'));
      return c.body(null, 204);
    },
  }),
  route({
    method: 'GET',
    path: '/audit',
    summary: 'Who did what from where, newest first',
    who: 'admin',
    query: z.strictObject({ ...pageFields, ...auditFilter }),
    answer: pageOfSchema(auditSchema),
    run: ({ state, query }) => {
      const { limit, after, order, ...filter } = query;
      const { audit } = state.tables;
      const keep = (entry: AuditEntry) => auditMatches(entry, filter);
      const page = pageOf(audit.ids(), (id) => audit.get(id), { limit, after, order }, keep);
      return { ...page, items: page.items.map(auditView) };
    },
  }),
  route({
    method: 'GET',
    path: '/audit.csv',
    summary: 'The audit log as a table, oldest first',
    who: 'admin',
    query: z.strictObject(auditFilter),
    gives: 'text/csv',
    run: ({ c, state, query }) => {
      const lines = [csvLine(['time', 'author', 'kind', 'from', 'action', 'target', 'name', 'outcome'])];
      for (const entry of state.tables.audit.all()) {
        if (!auditMatches(entry, query)) continue;
        const { at, author, from, action, target, outcome } = entry;
        const time = new Date(at).toISOString();
        lines.push(
          csvLine([
            time,
            author.name,
            author.kind,
            from,
            action,
            target?.kind ?? '',
            target?.name ?? '',
            outcome,
          ]),
        );
      }
      c.header('content-disposition', 'attachment; filename="audit.csv"');
      return c.body(lines.join(''), 200, { 'content-type': 'text/csv; charset=utf-8' });
    },
  }),
  route({
    method: 'GET',
    path: '/settings',
    summary: 'Every setting with its value, default and bounds',
    who: 'admin',
    answer: z.array(settingSchema),
    run: ({ c, actor }) => settingKeys().map((key) => settingView(readerOf(c, actor), key)),
  }),
  route({
    method: 'GET',
    path: '/settings/{key}',
    summary: 'One setting',
    who: 'admin',
    answer: settingSchema,
    run: ({ c, actor, param }) => settingView(readerOf(c, actor), settingOf(param('key'))),
  }),
  route({
    method: 'PUT',
    path: '/settings/{key}',
    summary: 'Change a setting; null puts it back to its default',
    who: 'admin',
    body: z.strictObject({ value: z.union([z.string().max(1024), z.number(), z.boolean(), z.null()]) }),
    answer: settingSchema,
    run: async ({ c, node, actor, author, param, body, once }) => {
      const key = settingOf(param('key'));
      await node.submit('setting.set', { key, value: body.value }, author, once('setting.set'));
      return settingView(readerOf(c, actor), key);
    },
  }),
];
