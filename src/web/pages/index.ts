/** Stub until the pages are here: one line instead of each page. */
import { Hono } from 'hono';
import type { WebContext, WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';

/** Every page, mounted at the root. */
export function pageRoutes(): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/', (c) => c.text('labmesh'));
}

/** The page that says a problem to a browser. `server.ts` sets the status and the headers. */
export function renderError(c: WebContext, problem: Problem): Response | Promise<Response> {
  return c.text(`${problem.message} ${problem.hint} (${problem.code})`, problem.status);
}
