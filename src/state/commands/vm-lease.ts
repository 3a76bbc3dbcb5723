/** Warnings before a lease ends, use of a VM, and taking back what nobody uses (S5). */
import * as z from 'zod';
import { define } from '../definition.ts';
import { LabmeshError } from '../errors.ts';
import { idSchema } from '../ids.ts';

export const vmWarnLease = define(
  z.object({ id: idSchema, minutes: z.union([z.literal(5), z.literal(15)]) }),
  () => {
    throw new LabmeshError('command.fault', { type: 'vm.warn_lease', reason: 'not built yet' });
  },
);

export const vmReclaim = define(z.object({ id: idSchema, why: z.enum(['idle', 'never_opened']) }), () => {
  throw new LabmeshError('command.fault', { type: 'vm.reclaim', reason: 'not built yet' });
});

/** A node says that a VM is used: `connected` when its console is open. At most every two minutes. */
export const vmTouch = define(z.object({ id: idSchema, connected: z.boolean() }), () => {
  throw new LabmeshError('command.fault', { type: 'vm.touch', reason: 'not built yet' });
});
