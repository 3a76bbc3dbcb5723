/** How the API shows PCs and the cloud that they make. */
import * as z from 'zod';
import { problemSchema, refSchema } from './schemas.ts';

const drainEntrySchema = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  state: z.string(),
  fate: z
    .enum(['waits', 'suspends', 'ending', 'unreachable', 'kept'])
    .describe(
      'what becomes of it: goes on until the deadline, is suspended, ends anyway, cannot be told, or is suspended',
    ),
});

export const nodeSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z
    .enum(['joining', 'ready', 'draining', 'drained', 'unreachable', 'lost', 'retired'])
    .describe('as people see it: a PC out of reach is that before all else'),
  cause: problemSchema.nullable().describe('why it is in this state; null where the state says it all'),
  role: z.enum(['master', 'voter', 'standby', 'worker']),
  vote: z.enum(['auto', 'always', 'never']).describe('the administrators’ wish'),
  address: z.string(),
  cores: z.number(),
  ramMiB: z.number(),
  diskGiB: z.number(),
  accel: z.enum(['kvm', 'tcg', 'none']),
  used: z.object({ vcpus: z.number(), ramMiB: z.number(), diskGiB: z.number() }),
  vms: z.number(),
  images: z.array(z.string()),
  version: z.string(),
  seenMs: z.number().nullable().describe('ms since its last announcement; 0 for this PC, null when never'),
  hostProblem: problemSchema.nullable().describe('why it hosts nothing'),
  load: z
    .object({
      at: z.number(),
      cpu: z.number(),
      ramUsedMiB: z.number(),
      ramTotalMiB: z.number(),
      diskFreeGiB: z.number(),
      diskTotalGiB: z.number(),
    })
    .nullable(),
  drain: z
    .object({
      how: z.enum(['move', 'suspend', 'wait']),
      startedAt: z.number(),
      deadlineAt: z.number(),
      done: z.boolean().describe('nothing runs there any more'),
      blocking: z.array(drainEntrySchema).describe('VMs that still hold its cores and memory'),
      kept: z.array(drainEntrySchema).describe('VMs that the drain suspended'),
    })
    .nullable(),
  owner: refSchema.nullable().describe('who shares it; null: it is the lab’s'),
  share: z.number().describe('percentage of its capacity that VMs may use'),
});

export const powerSchema = z.object({
  state: z.enum(['on', 'stopping', 'off']),
  deadlineAt: z.number().nullable().describe('when VMs that still run are suspended'),
  running: z.number().describe('VMs that hold a PC’s cores and memory'),
});

export const joinTokenSchema = z.object({
  id: z.string(),
  label: z.string(),
  state: z.enum(['valid', 'expired', 'used_up', 'revoked']),
  createdBy: refSchema,
  createdAt: z.number(),
  expiresAt: z.number(),
  maxUses: z.number(),
  nodes: z.array(refSchema).describe('the PCs that it let in'),
  shared: z.boolean().describe('for a PC of its maker’s own'),
});

export const statusSchema = z.object({
  cloud: refSchema.extend({
    level: z.number().describe('feature level: the lowest that the build of any PC speaks'),
  }),
  me: z.object({
    id: z.string(),
    name: z.string(),
    state: z.string(),
    cause: problemSchema.nullable().describe('why it is in this state; null where the state says it all'),
    role: z.string(),
    version: z.string(),
  }),
  master: z
    .object({ id: z.string(), name: z.string(), term: z.number(), since: z.number().nullable() })
    .nullable(),
  quorum: z.object({
    voters: z.number(),
    alive: z.number(),
    mayFail: z.number(),
    warnings: z.array(problemSchema),
  }),
  power: powerSchema,
  nodes: z.array(nodeSchema),
  vms: z
    .record(z.string(), z.number())
    .describe('how many VMs, of those that one may see, are in each state'),
});
