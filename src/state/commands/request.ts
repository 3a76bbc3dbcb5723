/** A request is a VM that waits for a place. */
import * as z from 'zod';
import { define } from '../definition.ts';
import { LabmeshError } from '../errors.ts';
import { idSchema } from '../ids.ts';

export const requestCancel = define(z.object({ id: idSchema }), () => {
  throw new LabmeshError('command.fault', { type: 'request.cancel', reason: 'not built yet' });
});
