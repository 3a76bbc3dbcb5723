/** The JSON API under /api/v1: from the table to routes. */
import { Hono } from 'hono';
import * as z from 'zod';
import { isAdmin, LabmeshError, Refusal } from '../../state/index.ts';
import { actorOf, authorOf, type WebContext, type WebEnv } from '../env.ts';
import { WebError } from '../errors.ts';
import { limitBody, withDeadline } from '../middleware/limits.ts';
import { openApiDocument } from './openapi.ts';
import type { ApiRoute, Call, Who } from './route.ts';
import { apiTable } from './table.ts';

export type { ApiRoute } from './route.ts';
export { apiTable } from './table.ts';

/** Keys of scripts: a UUID, a job's name. */
const MAX_KEY = 128;

export function apiRoutes(): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  let document: object | null = null;
  app.get('/openapi.json', (c) => {
    document ??= openApiDocument(apiTable, c.var.node.me.version);
    return c.json(document);
  });
  for (const one of apiTable) {
    const path = one.path.replace(/\{(\w+)\}/g, ':$1');
    app.on(one.method, [path], (c) => answer(c, one));
  }
  return app;
}

async function answer(c: WebContext, one: ApiRoute): Promise<Response> {
  needWho(c, one.who);
  // Streams and waits outlast the server's patience with silent connections; our own deadline bounds them.
  if (one.maxSeconds > 30) c.var.connection.setIdleTimeout?.(c.req.raw, 0);
  const work = async () => one.run(await callOf(c, one));
  const result = await withDeadline(work(), one.maxSeconds);
  if (result instanceof Response) return result;
  return c.json(result as object, one.status === 204 ? 200 : one.status);
}

/** @throws LabmeshError `access.signed_out`, `access.denied`; WebError `web.control_only` */
function needWho(c: WebContext, who: Who): void {
  if (who === 'anyone') return;
  const actor = actorOf(c);
  if (who === 'local' && actor !== null) throw new WebError('web.control_only', {});
  if (who === 'admin' && !isAdmin(actor)) throw new LabmeshError('access.denied', { need: 'admin' });
  if (who === 'teacher' && !isAdmin(actor) && actor?.role !== 'teacher') {
    throw new LabmeshError('access.denied', { need: 'teacher' });
  }
}

async function callOf(c: WebContext, one: ApiRoute): Promise<Call> {
  const query = one.query ? check(one.query, c.req.query()) : {};
  const body = await bodyOf(c, one);
  const { node } = c.var;
  const key = keyOf(c);
  return {
    c,
    node,
    state: node.state,
    get actor() {
      return actorOf(c);
    },
    get author() {
      return authorOf(c);
    },
    // A key belongs to one kind of command: the same key on another route is another request.
    once: (type) => (key === null ? {} : { key: `${type} ${key}` }),
    param: (name) => c.req.param(name) ?? '',
    query,
    body,
  };
}

/** @throws WebError `web.too_large`, `web.media_type`, `web.body`; Refusal `payload.invalid` */
async function bodyOf(c: WebContext, one: ApiRoute): Promise<unknown> {
  if (one.method === 'GET') return {};
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (one.takes !== null) {
    if (type !== one.takes)
      throw new WebError('web.media_type', { got: type.slice(0, 80), expected: one.takes });
    // Pieces of files are streamed: only a body of unknown length is held in memory to be measured.
    await limitBody(c, one.maxBytes);
    return {};
  }
  await limitBody(c, one.maxBytes);
  const text = await c.req.text();
  if (text !== '' && type !== 'application/json') {
    throw new WebError('web.media_type', { got: type.slice(0, 80), expected: 'application/json' });
  }
  const value = text === '' ? {} : parse(text);
  return one.body ? check(one.body, value) : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WebError('web.body', { reason: 'JSON' });
  }
}

function check(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const extra = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = (extra ?? issue?.path.map(String).join('.') ?? '').slice(0, 80);
  throw new Refusal('payload.invalid', { field, problem: (issue?.message ?? 'invalid').slice(0, 200) });
}

function keyOf(c: WebContext): string | null {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return null;
  const result = z
    .string()
    .min(1)
    .max(MAX_KEY)
    .regex(/^[\x20-\x7e]+$/)
    .safeParse(key);
  if (!result.success)
    throw new Refusal('payload.invalid', {
      field: 'Idempotency-Key',
      problem: `Too big: expected string to have <=${MAX_KEY} characters`,
    });
  return key;
}
