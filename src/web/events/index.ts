/** Server-sent events: what changed, so that pages ask anew. See topics.ts for the contract. */
import { Hono } from 'hono';
import { Refusal } from '../../state/index.ts';
import { needVisitor } from '../auth/index.ts';
import type { WebEnv } from '../env.ts';
import { isTopic, MAX_TOPICS, type Topic } from './topics.ts';

export { EventHub } from './hub.ts';
export * from './topics.ts';

export function eventRoutes(): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/events', (c) => {
    needVisitor(c);
    const topics = topicsFrom(c.req.query('topics') ?? '');
    const { visitor, services, connection } = c.var;
    const body = services.events.open(visitor, topics, countFrom(c.req.query('drawn')));
    connection.setIdleTimeout?.(c.req.raw, 0); // the keepalive notices a browser that is gone
    return c.body(body, 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
  });
}

/** Undefined: the page was not drawn here, or does not say. */
function countFrom(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** @throws Refusal `payload.invalid` */
function topicsFrom(text: string): ReadonlySet<Topic> {
  const names = text.slice(0, 4096).split(',').filter(Boolean);
  const topics = names.filter(isTopic);
  if (names.length === 0 || names.length > MAX_TOPICS || topics.length < names.length) {
    throw new Refusal('payload.invalid', { field: 'topics', problem: 'Invalid string' });
  }
  return new Set(topics);
}
