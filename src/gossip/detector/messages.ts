/** What detectors say to one another, as JSON over their channel. */
import * as z from 'zod';

const nodeId = z.string().max(40);
const serial = z.number().int().min(0);
/** A node's own counter: it exceeds every doubt about itself by raising it. Begins with its clock, so a restart raises it, too. */
const incarnation = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const probeSchema = z.discriminatedUnion('t', [
  /** Are you there? `doubt`: the incarnation at which the sender takes the receiver for suspect or dead. */
  z.object({ t: z.literal('ping'), n: serial, doubt: incarnation.optional() }),
  z.object({ t: z.literal('ack'), n: serial }),
  /** Is `target` there? Ask it for me. */
  z.object({ t: z.literal('ask'), n: serial, target: nodeId }),
  /** I am asking, and have no answer yet: so the one that asks knows that at least we two can talk. */
  z.object({ t: z.literal('nack'), n: serial }),
]);

export const updateSchema = z.discriminatedUnion('kind', [
  /** `from` got no answer from `target`, directly or through others. */
  z.object({ kind: z.literal('suspect'), target: nodeId, inc: incarnation, from: nodeId }),
  /** `target` says that it lives. */
  z.object({ kind: z.literal('alive'), target: nodeId, inc: incarnation, from: nodeId }),
]);

export type Probe = z.infer<typeof probeSchema>;
export type Update = z.infer<typeof updateSchema>;
