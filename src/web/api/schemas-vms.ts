/** How the API shows VMs. Times are ms since the epoch. */
import * as z from 'zod';
import { operationSchema, problemSchema, queuedSchema, refSchema } from './schemas.ts';

/** What is saved of a VM's disk (V7), and what lost PCs had of it (V9). Times in ms. */
const workSchema = z.object({
  saved: z
    .object({
      at: z.number(),
      nodes: z.array(z.string()).describe('names of PCs that have it'),
      current: z.boolean().describe('the disk holds nothing more'),
    })
    .nullable(),
  saving: z.boolean().describe('it is being saved now: its PC is better left on'),
  failed: z.object({ at: z.number(), cause: problemSchema }).nullable().describe('why it cannot be saved'),
  strays: z
    .array(z.object({ node: z.string(), at: z.number() }))
    .describe('PCs that are away and may still have more than was saved'),
  recovered: z
    .array(z.object({ versionId: z.string(), node: z.string(), lostAt: z.number(), bytes: z.number() }))
    .describe('what such PCs had when they returned'),
  recoverable: z
    .object({ node: z.string(), lostAt: z.number(), before: z.number().nullable() })
    .nullable()
    .describe('its PC is lost and it can go on elsewhere; `before`: ms from its saving to the loss'),
});

export const vmSchema = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  ownerId: z.string(),
  image: z.string(),
  imageId: z.string(),
  size: z.string(),
  course: z.string().nullable(),
  courseId: z.string().nullable(),
  state: z.string(),
  cause: problemSchema.nullable(),
  node: z.string().nullable(),
  nodeId: z.string().nullable(),
  epoch: z.number(),
  since: z.number(),
  leaseEnds: z.number().nullable(),
  leaseHours: z.number(),
  ip: z.string().nullable(),
  vcpus: z.number(),
  ramMiB: z.number(),
  osDiskGiB: z.number(),
  dataDiskGiB: z.number(),
  persistent: z.boolean(),
  console: z.boolean().describe('its screen can be opened'),
  kind: z.enum(['exam', 'class', 'personal', 'interactive', 'batch']),
  preemptible: z.boolean().describe('may be suspended for others with a better claim'),
  held: z
    .enum(['drain', 'shutdown', 'preempted'])
    .nullable()
    .describe('suspended for this, and resumes by itself'),
  reservationId: z.string().nullable(),
  edits: refSchema.nullable().describe('the image that is changed in it'),
  publishing: z.boolean().describe('its disk is on its way to become a version of an image'),
  queue: queuedSchema.nullable().describe('null for one that does not wait'),
  work: workSchema.nullable().describe('null for one that starts clean each time and is on no lost PC'),
  createdAt: z.number(),
});

/** What a change of a VM or image answers: the thing as it is now, and the operation that goes on. */
export const vmChangeSchema = z.object({ vm: vmSchema.nullable(), operation: operationSchema.nullable() });
