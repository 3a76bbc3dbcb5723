/**
 * What happens to a cloud on a day, as plain data: who asks for what and when, which classes are booked, which PCs go off. Made by a
 * generator (`school-day.ts`) or recorded in a JSON file. Times are seconds from the day's midnight.
 */
import * as z from 'zod';

const seconds = z
  .int()
  .min(0)
  .max(7 * 86_400);

const start = z.object({
  at: seconds,
  do: z.literal('start'),
  /** Number of the student, from 0. */
  person: z.int().min(0),
  size: z.string(),
  hours: z.int().min(1).max(5),
  /** How long the guest has to run until its person is done and deletes it. */
  uses: seconds,
  /** Opens the console once it runs. */
  opens: z.boolean(),
  batch: z.boolean(),
  /** Gives up when it does not run after so long; null: waits. */
  patience: seconds.nullable(),
});

const reserve = z.object({
  at: seconds,
  do: z.literal('reserve'),
  /** Number of the course, from 0; its students get a VM each, the rest of `count` is set aside. */
  course: z.int().min(0),
  size: z.string(),
  count: z.int().min(1),
  exam: z.boolean(),
  begins: seconds,
  hours: z.int().min(1).max(5),
});

const range = z.tuple([z.int().min(0), z.int().min(0)]);

/** PCs `from` up to, not including, `to`. Drained beforehand, their guests are suspended; else the plug is pulled. */
const off = z.object({ at: seconds, do: z.literal('off'), pcs: range, drained: z.boolean() });
const on = z.object({ at: seconds, do: z.literal('on'), pcs: range });

const event = z.discriminatedUnion('do', [start, reserve, off, on]);

export const workloadSchema = z.object({
  name: z.string(),
  /** Midnight of its first day, ms. */
  midnight: z.int(),
  /** When nothing new happens any more, and the cloud is looked at. */
  ends: seconds,
  pcs: z.array(
    z.object({
      count: z.int().min(1).max(100_000),
      cores: z.int(),
      ramMiB: z.int(),
      storageGiB: z.int(),
      tempGiB: z.int(),
    }),
  ),
  students: z.int().min(1).max(500_000),
  courses: z.array(z.object({ students: z.int().min(1), first: z.int().min(0) })),
  /** In order of time. */
  events: z.array(event),
});

export type Workload = z.infer<typeof workloadSchema>;
export type WorkloadEvent = z.infer<typeof event>;
export type StartEvent = z.infer<typeof start>;
export type ReserveEvent = z.infer<typeof reserve>;

/** A recorded workload from its file's text. @throws ZodError, SyntaxError */
export function readWorkload(text: string): Workload {
  const workload = workloadSchema.parse(JSON.parse(text));
  return { ...workload, events: workload.events.toSorted((a, b) => a.at - b.at) };
}

/** One event a line, so that a recorded day can be read and edited. */
export function writeWorkload({ events, ...facts }: Workload): string {
  const lines = events.map((one) => `  ${JSON.stringify(one)}`).join(',\n');
  return `${JSON.stringify(facts).slice(0, -1)},\n"events": [\n${lines}\n]}\n`;
}
