/** Bounds on what a request may bring and how long it may take. */
import type { Next } from 'hono';
import type { WebContext } from '../env.ts';
import { WebError } from '../errors.ts';

/**
 * Lets a body of at most `bytes` through. A body that says its length is judged by it, any other is read up to the bound.
 * @throws WebError `web.too_large`
 */
export async function limitBody(c: WebContext, bytes: number): Promise<void> {
  const { raw } = c.req;
  if (!raw.body) return;
  const length = raw.headers.get('content-length');
  if (length !== null && !raw.headers.has('transfer-encoding')) {
    if (Number(length) > bytes) throw new WebError('web.too_large', { limitBytes: bytes });
    return;
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of raw.body) {
    size += piece.length;
    if (size > bytes) throw new WebError('web.too_large', { limitBytes: bytes });
    pieces.push(piece);
  }
  c.req.raw = new Request(raw, { body: Buffer.concat(pieces) });
}

/** Forms of pages; the largest is a list of people as CSV. */
const PAGE_BODY = 2 * 1024 * 1024;
/** A page reads the local state and submits at most a command or two, each of which waits at most 10 s. */
const PAGE_SECONDS = 30;

/** For pages: the API's routes have bounds of their own, streams have none. */
export async function limitPage(c: WebContext, next: Next): Promise<void> {
  if (/^\/(api|events|console\/ws)(\/|$)/.test(c.req.path)) return next();
  await limitBody(c, PAGE_BODY);
  await withDeadline(next(), PAGE_SECONDS);
}

/** @throws WebError `web.timeout`; what was begun goes on and may still take effect */
export async function withDeadline<T>(work: Promise<T> | T, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new WebError('web.timeout', { seconds })), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
