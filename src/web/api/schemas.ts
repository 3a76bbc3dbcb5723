/** The shapes that the API answers, as CLI.md promises them. Times are ms since the epoch. */
import * as z from 'zod';

export const problemSchema = z.object({
  code: z.string(),
  message: z.string().describe('what happened and why, in the reader’s language'),
  hint: z.string().describe('what to do'),
  data: z.record(z.string(), z.unknown()),
});

export const refSchema = z.object({ id: z.string(), name: z.string() });

/** Where one who waits stands. */
export const queuedSchema = z.object({
  position: z.number().describe('from 1'),
  expectedStart: z.number().nullable().describe('null: nothing that is known to end would make room'),
  short: problemSchema.nullable().describe('what is short now'),
});

export const operationSchema = z.object({
  id: z.string(),
  kind: z.string(),
  target: refSchema.extend({ kind: z.string() }),
  author: refSchema.describe('who began it'),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  progress: z
    .object({
      phase: z.string(),
      done: z.number(),
      total: z.number(),
      unit: z.enum(['bytes', 'steps']),
      rate: z.number().nullable(),
      etaMs: z.number().nullable(),
    })
    .nullable(),
  error: problemSchema.nullable(),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
});

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

/** An image's version, as lists of them show it. */
export const versionSchema = z.object({
  id: z.string(),
  number: z.number(),
  current: z.boolean().describe('new VMs take it'),
  leaving: z.boolean().describe('it is being deleted on every PC'),
  kind: z.enum(['disk', 'iso']),
  sizeBytes: z.number().describe('of the disk, as guests see it'),
  storedBytes: z.number(),
  parent: z.number().nullable().describe('number of the version it was made from, while that is known'),
  newBytes: z.number().describe('what its parent does not have: what travels to a PC that holds that'),
  author: z.string(),
  createdAt: z.number(),
  vms: z.number().describe('how many VMs of the cloud use it'),
  nodes: z.array(z.string()).describe('PCs that hold all of it'),
});

export const imageSchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number().nullable(),
  kind: z.enum(['disk', 'iso']).nullable(),
  sizeBytes: z.number().nullable().describe('of the disk, as guests see it'),
  storedBytes: z.number().nullable(),
  chunks: z.number().nullable(),
  os: z.enum(['linux', 'windows', 'other']),
  shared: z.boolean(),
  owner: z.string(),
  ownerId: z.string(),
  state: z.enum(['importing', 'ready', 'deleting']),
  copies: z.number(),
  nodes: z
    .array(
      z.object({
        node: z.string(),
        nodeId: z.string(),
        presentChunks: z.number().describe('chunks of the current version that are there'),
        state: z
          .enum(['whole', 'coming', 'leaving', 'away'])
          .describe('has it, is to have it, is to delete it, or is to have it and does not answer'),
        cause: problemSchema.nullable().describe('why a PC that is to have it could not fetch it'),
      }),
    )
    .describe('PCs that have the current version or are to have it'),
  deploy: z
    .object({
      copies: z.union([z.number(), z.literal('all'), z.null()]),
      nodes: z.array(z.string()),
    })
    .describe('where people want it, beyond the copies that keep it safe'),
  edit: z
    .object({
      vm: refSchema.nullable().describe('the VM in which it is changed; null for those who may not see it'),
      user: refSchema,
      since: z.number(),
      until: z.number().describe('until then, and longer by use, only that person changes it'),
    })
    .nullable()
    .describe('who changes it now'),
  courses: z.array(refSchema),
  vms: z.number().describe('how many VMs of the cloud use it'),
  createdAt: z.number(),
});

export const imageChangeSchema = z.object({
  image: imageSchema.nullable(),
  operation: operationSchema.nullable(),
});

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

export const checkSchema = problemSchema.extend({
  id: z.string(),
  status: z.enum(['ok', 'warning', 'fault']),
});

export const sizeSchema = z.object({
  id: z.string(),
  name: z.string(),
  vcpus: z.number(),
  ramMiB: z.number(),
  osDiskGiB: z.number(),
  dataDiskGiB: z.number(),
});

/** Most that a person may have; null: what the settings say for the role. */
export const quotaSchema = z.object({
  vms: z.number().nullable().describe('VMs that exist'),
  running: z.number().nullable().describe('VMs that run or wait'),
  vcpus: z.number().nullable(),
  ramMiB: z.number().nullable(),
  diskGiB: z.number().nullable(),
});

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  fullName: z.string(),
  role: z.enum(['student', 'teacher', 'admin']),
  language: z.enum(['en', 'es']).nullable(),
  mustChangePassword: z.boolean(),
  courses: z.array(refSchema),
  vms: z.number(),
  quota: quotaSchema.nullable().describe('limits of their own; null: those of the role'),
  declined: z.number().describe('how often they declined to share a PC'),
  createdAt: z.number(),
});

export const courseSchema = z.object({
  id: z.string(),
  name: z.string(),
  places: z.number(),
  enrolled: z.number(),
  teachers: z.array(refSchema),
  images: z.array(refSchema),
  students: z.array(refSchema).nullable().describe('for its teachers and admins'),
  maxVms: z.number().nullable().describe('VMs that may run or wait at once; null: no limit'),
  createdAt: z.number(),
});

export const notificationSchema = problemSchema.extend({
  id: z.string(),
  at: z.number(),
  readAt: z.number().nullable(),
});

export const auditSchema = z.object({
  id: z.string(),
  at: z.number(),
  author: refSchema.extend({ kind: z.string() }),
  from: z.string(),
  action: z.string(),
  target: refSchema.extend({ kind: z.string() }).nullable(),
  outcome: z.string(),
});

export const settingSchema = z.object({
  key: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]),
  default: z.union([z.string(), z.number(), z.boolean()]),
  type: z.enum(['integer', 'number', 'choice', 'flag']),
  min: z.number().nullable(),
  max: z.number().nullable(),
  unit: z.string().nullable(),
  choices: z.array(z.string()).nullable(),
  changedAt: z.number().nullable(),
  changedBy: z.string().nullable(),
});

export const tokenSchema = z.object({
  id: z.string(),
  label: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
});

export const usageSchema = z.object({
  span: z.string(),
  points: z.array(
    z.object({
      t: z.number(),
      cpu: z.number().nullable(),
      ramMiB: z.number().nullable(),
      diskReadBytes: z.number().nullable(),
      diskWriteBytes: z.number().nullable(),
      netRxBytes: z.number().nullable(),
      netTxBytes: z.number().nullable(),
    }),
  ),
});

export const uploadSchema = z.object({
  id: z.string(),
  name: z.string(),
  sizeBytes: z.number(),
  offset: z.number().describe('bytes received: where the next piece begins'),
});
