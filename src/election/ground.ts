import type { Held } from './held.ts';
import type { Outbox } from './outbox.ts';
import type { Timing } from './timing.ts';

/** What the parts of one core share: `core.ts` makes it and sets the moment at each step; they only read it. */
export interface Ground {
  readonly nodeId: string;
  readonly timing: Timing;
  /** Milliseconds of the node's own clock; 0 before the first moment. */
  readonly now: number;
  /** The random wait for an election that begins in this step, in ms. */
  readonly timeoutMs: number;
  readonly held: Held;
  readonly out: Outbox;
}
