/** Every route of the API. */
import type { ApiRoute } from './route.ts';
import { imageEditRoutes } from './routes-image-edit.ts';
import { imageRoutes } from './routes-images.ts';
import { meRoutes } from './routes-me.ts';
import { meshRoutes } from './routes-mesh.ts';
import { nodeRoutes } from './routes-nodes.ts';
import { peopleRoutes } from './routes-people.ts';
import { planRoutes } from './routes-plan.ts';
import { reservationRoutes } from './routes-reservations.ts';
import { savedWorkRoutes } from './routes-saved-work.ts';
import { transferRoutes } from './routes-transfers.ts';
import { vmRoutes } from './routes-vms.ts';
import { workRoutes } from './routes-work.ts';

/** In the order in which the document lists them; fixed paths stand before those with a parameter. */
export const apiTable: readonly ApiRoute[] = [
  ...nodeRoutes,
  ...meshRoutes,
  ...vmRoutes,
  ...planRoutes,
  ...reservationRoutes,
  ...imageRoutes,
  ...imageEditRoutes,
  ...transferRoutes,
  ...savedWorkRoutes,
  ...peopleRoutes,
  ...workRoutes,
  ...meRoutes,
];
