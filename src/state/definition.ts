/** How a command is declared: the shape of its payload and the reducer that decides it. */
import type * as z from 'zod';
import type { Context } from './context.ts';
import type { Ref } from './entities/index.ts';

/** What a reducer says when it did not refuse. */
export interface Done {
  /** What was acted on, for the audit log. */
  readonly target?: Ref;
  /** The operation that goes on, when the work is not over with this command. */
  readonly operationId?: string;
}

export interface Definition<P> {
  readonly payload: z.ZodType<P>;
  /** Decides the command. Writes through the context only; throws a `Refusal` to refuse, then nothing is written. */
  reduce(context: Context, payload: P): Done;
}

/** Declares a command; the payload's type follows from its schema. */
export function define<P>(
  payload: z.ZodType<P>,
  reduce: (context: Context, payload: P) => Done,
): Definition<P> {
  return { payload, reduce };
}
