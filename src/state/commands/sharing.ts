/** Sharing one's PC counts (N11), and what one used counts too (S4). */
import * as z from 'zod';
import { define } from '../definition.ts';
import { LabmeshError } from '../errors.ts';
import { idSchema } from '../ids.ts';

export const userDeclineShare = define(z.object({}), () => {
  throw new LabmeshError('command.fault', { type: 'user.decline_share', reason: 'not built yet' });
});

/** Books what running VMs have used since they were last booked. */
export const usageBook = define(z.object({ vmIds: z.array(idSchema).min(1).max(256) }), () => {
  throw new LabmeshError('command.fault', { type: 'usage.book', reason: 'not built yet' });
});
