/** The shapes that the API answers, as CLI.md promises them; here what concerns no single subject. Times are ms since the epoch. */
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
