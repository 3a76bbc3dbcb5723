/** The web app: every route of the page, the API, the events and the consoles, behind one chain of checks. */
import { Hono } from 'hono';
import type { NodeServices } from '../node/interface.ts';
import type { WebApp, WebEnv } from './env.ts';
import { pageRoutes } from './pages/index.ts';
import { createServices, type WebOptions } from './services.ts';

export function createWebApp(node: NodeServices, options: WebOptions = {}): WebApp {
  const services = createServices(node, options);
  const app = new Hono<WebEnv>();
  app.use(async (c, next) => {
    c.set('node', node);
    c.set('services', services);
    c.set('connection', { door: 'https', address: 'unknown', upgrade: null, setIdleTimeout: null, ...c.env });
    c.set('visitor', { kind: 'anonymous' });
    c.set('lang', 'en');
    c.set('csrf', '');
    c.set('requestId', node.newId());
    await next();
  });
  app.route('/', pageRoutes());
  return app;
}
