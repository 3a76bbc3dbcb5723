/** Reservations (S6): made, removed, warned of. */
import * as z from 'zod';
import { define } from '../definition.ts';
import { LabmeshError } from '../errors.ts';
import { problemField } from '../fields.ts';
import { idSchema } from '../ids.ts';

export const reservationAdd = define(
  z.object({
    id: idSchema,
    /** Left out: the image's name. */
    label: z.string().trim().max(63).optional(),
    courseId: idSchema.nullable(),
    /** Left out: the author. Teachers and admins reserve for others. */
    userId: idSchema.optional(),
    /** A VM of that person to be started instead of a new one. */
    vmId: idSchema.optional(),
    imageId: idSchema,
    sizeId: idSchema,
    count: z.number(),
    /** Left out: `class` for a course, `personal` for a person. */
    kind: z.enum(['exam', 'class', 'personal']).optional(),
    hours: z.number(),
    local: z.string().max(32),
    zone: z.string().max(64),
    starts: z.array(z.number()).max(1000),
  }),
  () => {
    throw new LabmeshError('command.fault', { type: 'reservation.add', reason: 'not built yet' });
  },
);

export const reservationRemove = define(z.object({ id: idSchema }), () => {
  throw new LabmeshError('command.fault', { type: 'reservation.remove', reason: 'not built yet' });
});

export const reservationWarn = define(z.object({ id: idSchema, warning: problemField.nullable() }), () => {
  throw new LabmeshError('command.fault', { type: 'reservation.warn', reason: 'not built yet' });
});
