/** Every page of labmesh. */
import { Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import type { WebEnv } from '../env.ts';
import { accountPages } from './account.tsx';
import { auditPages } from './audit.tsx';
import { coursePages } from './courses.tsx';
import { helpPages } from './help.tsx';
import { imagePages } from './images.tsx';
import { labPages } from './labs.tsx';
import { nodePages } from './nodes.tsx';
import { messagePages, operationPages } from './operations.tsx';
import { peoplePages } from './people.tsx';
import { queuePages } from './queue.tsx';
import { reservationPages } from './reservations.tsx';
import { settingPages } from './settings.tsx';
import { sharePages } from './share.tsx';
import { doorPages } from './sign-in.tsx';
import { vmPages } from './vm.tsx';

export { renderError } from './error.tsx';

/** Every page, mounted at the root. */
export function pageRoutes(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use('*', async (c, next) => {
      // A language chosen at the door holds until the account says otherwise.
      const visitor = c.get('visitor');
      const chosen = getCookie(c, 'lang');
      const own = visitor.kind === 'person' && visitor.user.language !== null;
      if (!own && (chosen === 'en' || chosen === 'es')) c.set('lang', chosen);
      await next();
    })
    .get('/', (c) => c.redirect('/labs', 303))
    .route('/', doorPages())
    .route('/labs', labPages())
    .route('/vms', vmPages())
    .route('/images', imagePages())
    .route('/courses', coursePages())
    .route('/people', peoplePages())
    .route('/nodes', nodePages())
    .route('/share', sharePages())
    .route('/operations', operationPages())
    .route('/notifications', messagePages())
    .route('/queue', queuePages())
    .route('/reservations', reservationPages())
    .route('/settings', settingPages())
    .route('/audit', auditPages())
    .route('/account', accountPages())
    .route('/help', helpPages());
}
