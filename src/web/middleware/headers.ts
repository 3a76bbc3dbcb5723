/** Headers of every answer. */
import type { Next } from 'hono';
import type { WebContext } from '../env.ts';

/**
 * Nothing but our own files runs, loads or is talked to. Pictures may also be made in the page (`blob:` for screens, `data:` for
 * the cursor of the console). WebSockets to the own host are part of 'self'.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page uses none of these; the console uses the clipboard and full screen. */
const PERMISSIONS = [
  'accelerometer=()',
  'camera=()',
  'display-capture=()',
  'geolocation=()',
  'gyroscope=()',
  'microphone=()',
  'midi=()',
  'payment=()',
  'usb=()',
  'fullscreen=(self)',
  'clipboard-read=(self)',
  'clipboard-write=(self)',
].join(', ');

/** Half a year: long enough to matter, short enough for a PC that is given away. Sub-domains are not ours. */
const HSTS_SECONDS = 180 * 86_400;

const FIXED: readonly (readonly [string, string])[] = [
  ['content-security-policy', POLICY],
  ['permissions-policy', PERMISSIONS],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  // Not `no-referrer`: with it browsers say `Origin: null` on our own forms, and the check of the origin would refuse them.
  ['referrer-policy', 'same-origin'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
];

export async function secureHeaders(c: WebContext, next: Next): Promise<void> {
  await next();
  const { headers } = c.res;
  for (const [name, value] of FIXED) headers.set(name, value);
  // What a page says depends on who asks and changes by the second; only files of static/ say otherwise.
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  if (c.var.connection.door === 'https') headers.set('strict-transport-security', `max-age=${HSTS_SECONDS}`);
}
