/** Hours that are kept free for a course or a person. */
import * as z from 'zod';
import { maySeeReservation, pageOf, type Reservation } from '../../state/index.ts';
import { reserve } from '../actions/index.ts';
import { resolveReservation } from '../resolve.ts';
import { amountField, nameOrId, pageFields, pageOfSchema, route } from './route.ts';
import { reservationSchema } from './schemas-plan.ts';
import { readerOf } from './views.ts';
import { reservationView } from './views-plan.ts';

/** Where this PC is. */
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const reservationRoutes = [
  route({
    method: 'GET',
    path: '/reservations',
    summary: 'Reservations that one may see: one’s own and those of one’s courses, all for admins',
    who: 'person',
    query: z.strictObject({
      ...pageFields,
      order: z.enum(['newest', 'oldest']).default('oldest'),
      state: z.enum(['active', 'over', 'cancelled']).optional(),
    }),
    answer: pageOfSchema(reservationSchema),
    run: ({ c, state, actor, query }) => {
      const { state: wanted, ...request } = query;
      const { reservation } = state.tables;
      const ids = wanted === undefined ? reservation.ids() : reservation.idsBy('state', wanted);
      const seen = (one: Reservation) => maySeeReservation(state, actor, one);
      const page = pageOf(ids, (id) => reservation.get(id), request, seen);
      const reader = readerOf(c, actor);
      return { ...page, items: page.items.map((one) => reservationView(reader, one)) };
    },
  }),
  route({
    method: 'POST',
    path: '/reservations',
    summary: 'Keep room free for set hours; refused with the next free hour where there is none',
    who: 'person',
    body: z.strictObject({
      image: nameOrId,
      size: nameOrId.optional(),
      at: z.string().max(64).describe('local date and time of the first start: 2027-03-01T09:00'),
      zone: z.string().max(64).optional().describe('IANA name; left out: that of this PC'),
      hours: amountField.optional().describe('whole hours, within the settings'),
      count: amountField.optional().describe('VMs to set aside; left out: the course’s places, else 1'),
      course: nameOrId.optional().describe('for its students, one VM each'),
      user: nameOrId.optional().describe('for this person; left out: oneself'),
      weekly: amountField.optional().describe('every week at the same local time, so many times'),
      exam: z.boolean().optional(),
      label: z.string().max(64).optional(),
    }),
    answer: reservationSchema,
    status: 201,
    run: async ({ c, node, state, actor, author, body, once }) => {
      const { weekly, zone, ...rest } = body;
      const { targetId } = await reserve(
        node,
        actor,
        author,
        { ...rest, zone: zone ?? HERE, weeks: weekly },
        once('reservation.add'),
      );
      return reservationView(readerOf(c, actor), resolveReservation(state, actor, targetId ?? ''));
    },
  }),
  route({
    method: 'GET',
    path: '/reservations/{id}',
    summary: 'One reservation',
    who: 'person',
    answer: reservationSchema,
    run: ({ c, state, actor, param }) =>
      reservationView(readerOf(c, actor), resolveReservation(state, actor, param('id'))),
  }),
  route({
    method: 'DELETE',
    path: '/reservations/{id}',
    summary: 'Cancel a reservation with all its hours still to come',
    who: 'person',
    answer: reservationSchema,
    run: async ({ c, node, state, actor, author, param, once }) => {
      const one = resolveReservation(state, actor, param('id'));
      await node.submit('reservation.remove', { id: one.id }, author, once('reservation.remove'));
      return reservationView(readerOf(c, actor), state.tables.reservation.get(one.id) ?? one);
    },
  }),
];
