/** The shapes of the queue, its reasons, reservations and what would be. Times are ms since the epoch. */
import * as z from 'zod';
import { problemSchema, queuedSchema, refSchema } from './schemas.ts';

/** A VM of others is named only to those who may see it. */
const otherVmSchema = z.object({
  id: z.string(),
  name: z.string().nullable().describe('null: it is not yours to see'),
  owner: z.string().nullable(),
});

const termSchema = problemSchema.extend({ points: z.number() });

export const prioritySchema = z.object({
  base: z.number().describe('what counts when room is made by suspending others'),
  total: z.number().describe('with what waiting has added: the order of the queue'),
  terms: z.array(termSchema),
});

export const requestSchema = queuedSchema.extend({
  id: z.string().describe('that of its VM'),
  name: z.string(),
  owner: z.string(),
  ownerId: z.string(),
  image: z.string(),
  size: z.string(),
  vcpus: z.number(),
  ramMiB: z.number(),
  course: z.string().nullable(),
  kind: z.enum(['exam', 'class', 'personal', 'interactive', 'batch']),
  preemptible: z.boolean(),
  since: z.number().describe('when the wait began'),
  blockedBy: otherVmSchema.nullable().describe('it would fit, but must not delay this one'),
  priority: prioritySchema,
});

const candidateSchema = z.object({
  node: z.string(),
  nodeId: z.string(),
  verdict: z.enum(['chosen', 'fits', 'dropped']),
  dropped: problemSchema.nullable().describe('why it was left out'),
  score: z.number().nullable().describe('the least is taken'),
  terms: z.array(termSchema),
});

export const explanationSchema = z.object({
  vm: z.object({ id: z.string(), name: z.string(), state: z.string(), node: z.string().nullable() }),
  priority: prioritySchema,
  position: z.number().nullable().describe('null for a VM that does not wait'),
  expectedStart: z.number().nullable(),
  blockedBy: otherVmSchema.nullable(),
  candidates: z.array(candidateSchema),
  preempts: z
    .object({ node: z.string(), nodeId: z.string(), vms: z.array(otherVmSchema) })
    .nullable()
    .describe('what would be suspended for it now'),
  notPreempting: problemSchema.nullable().describe('why nothing is'),
});

export const forecastSchema = z.object({
  when: z.enum(['now', 'later', 'never']),
  node: z.string().nullable(),
  nodeId: z.string().nullable(),
  position: z.number().nullable(),
  expectedStart: z.number().nullable(),
  preempts: z.array(otherVmSchema),
  reason: problemSchema.nullable().describe('why later or never'),
});

const placeInLineSchema = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  position: z.number(),
  expectedStart: z.number().nullable(),
  priority: z.number(),
});

export const dryRunSchema = z.object({
  before: z.array(placeInLineSchema),
  after: z.array(placeInLineSchema),
  starts: z.array(z.object({ id: z.string(), name: z.string(), node: z.string(), nodeId: z.string() })),
  preempts: z.array(otherVmSchema),
});

export const reservationSchema = z.object({
  id: z.string(),
  label: z.string(),
  owner: refSchema.describe('who reserved'),
  course: refSchema.nullable(),
  user: refSchema.nullable().describe('the person that it is for; null for a course'),
  vm: refSchema.nullable().describe('the VM that is started; null: new ones'),
  image: z.string(),
  imageId: z.string(),
  size: z.string(),
  vcpus: z.number(),
  ramMiB: z.number(),
  count: z.number().describe('VMs that are set aside'),
  kind: z.enum(['exam', 'class', 'personal']),
  hours: z.number(),
  at: z.string().describe('the first start as it was said, e.g. 2027-03-01T09:00'),
  zone: z.string().describe('where that is said, e.g. Europe/Madrid'),
  starts: z.array(z.number()),
  next: z
    .object({ start: z.number(), end: z.number(), now: z.boolean() })
    .nullable()
    .describe('the occurrence that is on, else the next one'),
  state: z.enum(['active', 'over', 'cancelled']),
  vms: z.array(otherVmSchema).describe('those of the present occurrence'),
  warning: problemSchema.nullable().describe('why it may not be honoured'),
  createdAt: z.number(),
});
