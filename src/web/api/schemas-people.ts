/** How the API shows people, their courses and their tokens. */
import * as z from 'zod';
import { refSchema } from './schemas.ts';

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

export const tokenSchema = z.object({
  id: z.string(),
  label: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
});
