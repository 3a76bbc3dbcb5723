/** Requests that other sites made a browser send. */
import type { Next } from 'hono';
import { sameToken } from '../auth/secrets.ts';
import type { WebContext } from '../env.ts';
import { WebError } from '../errors.ts';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;
const FORM = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

/**
 * The plain-HTTP door answers to its own names alone, so that no site whose name points to 127.0.0.1 can reach it.
 * @throws WebError `web.host`
 */
export async function needOwnHost(c: WebContext, next: Next): Promise<void> {
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  if (c.var.connection.door === 'loopback' && !LOOPBACK_HOST.test(host)) {
    throw new WebError('web.host', { host: host.slice(0, 100) });
  }
  await next();
}

/**
 * Changes need a request that our own page sent (`Origin`, `Sec-Fetch-Site`), and within a browser's session its token as well.
 * Programs send neither header; bearer tokens and the control socket cannot be used by another site.
 * @throws WebError `web.origin`, `web.csrf`
 */
export async function needOwnPage(c: WebContext, next: Next): Promise<void> {
  if (SAFE.has(c.req.method)) return next();
  checkOrigin(c);
  const { visitor, csrf } = c.var;
  if (visitor.kind === 'person' && visitor.session.kind === 'web') {
    const given = c.req.header('x-csrf-token') ?? (await fieldOf(c));
    if (!sameToken(given, csrf)) throw new WebError('web.csrf', {});
  }
  await next();
}

/** @throws WebError `web.origin` when another site is behind the request */
export function checkOrigin(c: WebContext): void {
  if (c.var.connection.door === 'control') return;
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  const foreign =
    origin !== undefined && hostOf(origin) !== (c.req.header('host') ?? new URL(c.req.url).host);
  // `none`: the person's own doing, such as a bookmark. `same-site` is another host of the domain: a neighbour, not we.
  if (foreign || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
    throw new WebError('web.origin', { origin: (origin ?? site ?? '').slice(0, 100) });
  }
}

async function fieldOf(c: WebContext): Promise<string> {
  if (!FORM.test(c.req.header('content-type') ?? '')) return '';
  const { csrf } = await c.req.parseBody().catch(() => {
    throw new WebError('web.body', { reason: 'form' });
  });
  return typeof csrf === 'string' ? csrf : '';
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
