/** The occurrences of a reservation: at its hour its VMs are started, at its end they are suspended. */
import * as z from 'zod';
import { define } from '../definition.ts';
import { LabmeshError } from '../errors.ts';
import { idSchema } from '../ids.ts';

/** Begins the n-th occurrence, counted from 0. `vmIds`: at least as many new ids as it has people (`peopleOf`). */
export const reservationBegin = define(
  z.object({ id: idSchema, nth: z.int().min(0), vmIds: z.array(idSchema).max(500) }),
  () => {
    throw new LabmeshError('command.fault', { type: 'reservation.begin', reason: 'not built yet' });
  },
);

export const reservationEnd = define(z.object({ id: idSchema }), () => {
  throw new LabmeshError('command.fault', { type: 'reservation.end', reason: 'not built yet' });
});
