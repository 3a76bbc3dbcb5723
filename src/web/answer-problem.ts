/** Errors become answers: JSON for programs, a page for people, a line in the log for faults of ours. */
import { LabmeshError, type Language } from '../state/index.ts';
import type { WebApp, WebContext } from './env.ts';
import { WebError } from './errors.ts';
import { renderError } from './pages/index.ts';
import { type Problem, problemOf } from './problem.ts';

/** Paths that programs read. */
const FOR_PROGRAMS = /^\/(api|events|console\/ws|static)(\/|$)/;

/** Answers an error of a handler. */
export async function answerError(error: unknown, c: WebContext): Promise<Response> {
  const { services, requestId } = c.var;
  const lang: Language = c.var.lang ?? 'en';
  const problem = problemOf(error, lang, requestId);
  if (problem.status === 500) {
    const details =
      error instanceof Error ? { error: error.message, stack: error.stack } : { error: String(error) };
    services.logger.error('request failed', {
      requestId,
      method: c.req.method,
      path: c.req.path,
      ...details,
    });
  }
  const seconds = problem.data.seconds;
  if (problem.status === 429 && typeof seconds === 'number') c.header('retry-after', String(seconds));
  if (problem.status === 413) c.header('connection', 'close'); // the rest of the body is not read
  if (problem.status === 405 && error instanceof LabmeshError) c.header('allow', String(error.data.allowed));
  if (FOR_PROGRAMS.test(c.req.path)) return jsonProblem(c, problem);
  const elsewhere = redirectOf(c, problem);
  if (elsewhere !== null) return elsewhere;
  try {
    return await renderError(c, problem);
  } catch (fault) {
    services.logger.error('error page failed', { requestId, error: String(fault) });
    return c.text(`${problem.message}\n${problem.hint}\n${problem.code}\n`, problem.status);
  }
}

/** Answers a path or method that no route has. @throws never */
export function answerUnknown(app: WebApp): (c: WebContext) => Promise<Response> {
  let patterns: { method: string; pattern: RegExp }[] | null = null;
  return async (c) => {
    patterns ??= app.routes
      .filter((route) => route.method !== 'ALL')
      .map(({ method, path }) => ({ method, pattern: patternOf(path) }));
    const allowed = patterns.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method);
    const error =
      allowed.length > 0
        ? new WebError('web.method', { method: c.req.method, allowed: [...new Set(allowed)] })
        : new WebError('web.not_found', { path: c.req.path.slice(0, 200) });
    return answerError(error, c);
  };
}

function jsonProblem(c: WebContext, { status, code, message, hint, data }: Problem): Response {
  return c.json({ code, message, hint, data }, status);
}

/** Strangers are shown the sign-in, newcomers the form for their password; what they wanted to read is kept. */
function redirectOf(c: WebContext, problem: Problem): Response | null {
  const to =
    problem.code === 'access.signed_out'
      ? '/sign-in'
      : problem.code === 'access.must_change_password'
        ? '/password'
        : null;
  if (to === null || c.req.path === to) return null;
  const { pathname, search } = new URL(c.req.url);
  const next =
    c.req.method === 'GET' && c.req.header('hx-request') === undefined && pathname !== '/'
      ? pathname + search
      : null;
  const target = next === null ? to : `${to}?next=${encodeURIComponent(next)}`;
  if (c.req.header('hx-request') === undefined) return c.redirect(target, 303);
  // htmx follows a 3xx inside the fragment; this header makes the whole page go.
  c.header('hx-redirect', target);
  return c.body(null, 204);
}

function patternOf(path: string): RegExp {
  const source = path
    .split('/')
    .map((part) => {
      if (part === '*') return '.*';
      const wild = /^:\w+(\{(.*)\})?$/.exec(part);
      return wild ? (wild[2] ?? '[^/]+') : part.replace(/[.+()[\]{}^$|\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}$`);
}
