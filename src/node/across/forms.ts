/** What travels between nodes for pages, read with bounds. */
import * as z from 'zod';
import { type Author, idSchema } from '../../state/index.ts';
import type { Accepted, UploadStatus, UsagePoint, UsageSpan } from '../interface.ts';

/** A page asks for 1 MiB at most; its JSON form escapes control characters sixfold. */
export const MAX_LOG_BYTES = 1024 * 1024;
export const MAX_LOG_JSON = 7 * MAX_LOG_BYTES;
/** A 4K screen of noise as PNG is 32 MB. */
export const MAX_PICTURE_BYTES = 40 * 1024 * 1024;
/** A span has at most some hundred points of 150 bytes. */
export const MAX_USAGE_JSON = 1024 * 1024;
/** Of everything else. */
export const MAX_SMALL_JSON = 16 * 1024;

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const figure = z.number().nullable();

export const spanSchema: z.ZodType<UsageSpan> = z.enum(['hour', 'day', 'week', 'month', 'year']);

export const serialSchema = z.object({ text: z.string(), totalBytes: count });

export const usageSchema: z.ZodType<UsagePoint[]> = z
  .array(
    z.object({
      t: z.number(),
      cpu: figure,
      ramMiB: figure,
      diskReadBytes: figure,
      diskWriteBytes: figure,
      netRxBytes: figure,
      netTxBytes: figure,
    }),
  )
  .max(5_000);

export const uploadSchema: z.ZodType<UploadStatus> = z.object({
  id: idSchema,
  name: z.string().max(255),
  sizeBytes: count,
  offset: count,
});

export const acceptedSchema: z.ZodType<Accepted> = z.object({
  index: count,
  targetId: z.string().max(64).nullable(),
  operationId: z.string().max(64).nullable(),
});

/** Who may ask for an import: a person, or root on the node that asks. */
const authorSchema: z.ZodType<Author> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('user'), id: idSchema, from: z.string().max(100) }),
  z.object({ kind: z.literal('local'), nodeId: idSchema }),
]);

/** An import without its source: the upload is named by the path. */
export const importSchema = z.object({
  request: z.object({
    name: z.string().max(200),
    os: z.enum(['linux', 'windows', 'other']),
    shared: z.boolean(),
    asRaw: z.boolean().default(false),
  }),
  author: authorSchema,
});
