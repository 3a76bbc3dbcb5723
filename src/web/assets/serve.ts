/** Hands out the files of static/. */
import { Hono } from 'hono';
import type { WebEnv } from '../env.ts';
import { WebError } from '../errors.ts';
import { assets } from './assets.ts';
import type { Encoding } from './describe.ts';

/** With `?v=…` in its address a file never changes: the pages put its tag there. A year is what browsers understand as for ever. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Without it the browser asks each time and gets a 304. */
const ASK = 'public, no-cache';
const BEST_FIRST: readonly Encoding[] = ['br', 'zstd', 'gzip'];

export function assetRoutes(): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/static/*', (c) => {
    const asset = assets.get(c.req.path);
    if (!asset) throw new WebError('web.not_found', { path: c.req.path.slice(0, 200) });
    c.header('etag', asset.etag);
    c.header('vary', 'accept-encoding');
    c.header('cache-control', c.req.query('v') === undefined ? ASK : FOR_EVER);
    if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304);
    c.header('content-type', asset.type);
    const accepted = c.req.header('accept-encoding') ?? '';
    const encoding = BEST_FIRST.find(
      (one) => asset.encoded.has(one) && new RegExp(`\\b${one}\\b`).test(accepted),
    );
    if (encoding === undefined) return c.body(asset.bytes());
    c.header('content-encoding', encoding);
    return c.body(asset.encoded.get(encoding)?.() ?? asset.bytes());
  });
}
