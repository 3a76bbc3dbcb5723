/** How the API shows images, their versions and uploads. */
import * as z from 'zod';
import { operationSchema, problemSchema, refSchema } from './schemas.ts';

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

export const uploadSchema = z.object({
  id: z.string(),
  name: z.string(),
  sizeBytes: z.number(),
  offset: z.number().describe('bytes received: where the next piece begins'),
});
