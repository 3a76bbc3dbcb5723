/** The cookie that names a browser's session. */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { WebContext } from '../env.ts';
import { isSecret } from './secrets.ts';

// `__Host-`: browsers take it only over HTTPS, for this very host, from the whole site; no neighbour in the domain can set it.
const SECURE_NAME = '__Host-labmesh';
// Plain HTTP on the loopback address cannot have that name; another one keeps the two doors of `localhost` apart.
const LOOPBACK_NAME = 'labmesh-local';

export function readSessionCookie(c: WebContext): string | null {
  const value = getCookie(c, nameOf(c));
  return value !== undefined && isSecret(value) ? value : null;
}

/** @param hours how long the browser keeps it: as long as the session */
export function setSessionCookie(c: WebContext, secret: string, hours: number): void {
  setCookie(c, nameOf(c), secret, { ...attributes(c), maxAge: Math.round(hours * 3600) });
}

export function dropSessionCookie(c: WebContext): void {
  deleteCookie(c, nameOf(c), attributes(c));
}

function nameOf(c: WebContext): string {
  return c.get('connection').door === 'https' ? SECURE_NAME : LOOPBACK_NAME;
}

function attributes(c: WebContext) {
  const secure = c.get('connection').door === 'https';
  return { path: '/', httpOnly: true, sameSite: 'Strict', secure } as const;
}
