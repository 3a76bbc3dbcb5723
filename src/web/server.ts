/** The web app: every route of the page, the API, the events and the consoles, behind one chain of checks. */
import { Hono } from 'hono';
import type { NodeServices } from '../node/interface.ts';
import { answerError, answerUnknown } from './answer-problem.ts';
import { apiRoutes } from './api/index.ts';
import { assetRoutes } from './assets/serve.ts';
import { findVisitor, languageOf, needOwnPassword } from './auth/index.ts';
import { consoleRoutes } from './console/index.ts';
import type { WebApp, WebEnv } from './env.ts';
import { eventRoutes } from './events/index.ts';
import { compress, limitPage, needOwnHost, needOwnPage, secureHeaders } from './middleware/index.ts';
import { pageRoutes } from './pages/index.ts';
import { createServices, type WebOptions } from './services.ts';

/** A connection of which nothing is known, as in tests: from the network, nothing to upgrade. */
const UNKNOWN = { door: 'https', address: 'unknown', upgrade: null, setIdleTimeout: null } as const;

export function createWebApp(node: NodeServices, options: WebOptions = {}): WebApp {
  const services = createServices(node, options);
  const app = new Hono<WebEnv>();

  app.use(async (c, next) => {
    c.set('node', node);
    c.set('services', services);
    c.set('connection', { ...UNKNOWN, ...c.env });
    c.set('visitor', { kind: 'anonymous' });
    c.set('lang', languageOf(c, { kind: 'anonymous' }));
    c.set('csrf', '');
    c.set('requestId', node.newId());
    await next();
  });
  app.use(secureHeaders);
  app.use(compress);
  app.use(needOwnHost);
  // The files of the page are the same for everybody: they need no session, and cost no look-up of one.
  app.route('/', assetRoutes());
  app.use(async (c, next) => {
    const { visitor, csrf } = findVisitor(c);
    c.set('visitor', visitor);
    c.set('csrf', csrf);
    c.set('lang', languageOf(c, visitor));
    await next();
  });
  app.use(limitPage);
  app.use(needOwnPage);
  app.use(async (c, next) => {
    needOwnPassword(c);
    await next();
  });
  app.route('/api/v1', apiRoutes());
  app.route('/', eventRoutes());
  app.route('/', consoleRoutes());
  app.route('/', pageRoutes());
  app.onError((error, c) => answerError(error, c));
  app.notFound(answerUnknown(app));
  return app;
}
