/** What a node tells everybody about itself (N3). Soft facts: never stored as truth, gone when it is gone. */
import * as z from 'zod';

/** Form of an announcement. A newer one is dropped and counted: its sender says the old form, too, until all are updated. */
export const ANNOUNCEMENT_VERSION = 1;

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const short = z.string().max(100);

export const factsSchema = z.object({
  capacity: z.object({
    cores: count,
    ramBytes: count,
    /** Of the file system with the images and disks. */
    diskBytes: count,
    /** `kvm`, `tcg`, or null when it hosts nothing. */
    accelerator: z.enum(['kvm', 'tcg']).nullable(),
  }),
  load: z.object({
    /** 0 to 1, of all cores, over the last seconds. */
    cpu: z.number().min(0).max(1),
    ramFreeBytes: count,
    diskFreeBytes: count,
    /** Somebody sits at this PC. */
    isLocalUserPresent: z.boolean(),
  }),
  /** Versions of images whose every chunk is here, by id; the newest used ones where there are more than fit. */
  images: z.array(z.string().max(64)).max(64),
  /** Versions of which a part is here: this PC gives what it has while it fetches the rest. */
  parts: z.array(z.string().max(64)).max(16).optional(),
  /** What is on its way here, from whom. */
  transfers: z
    .array(
      z.object({
        versionId: z.string().max(64),
        done: count,
        total: count,
        rate: count.nullable(),
        etaMs: count.nullable(),
        from: z
          .array(
            z.object({
              nodeId: z.string().max(64),
              bytes: count,
              rate: count.nullable(),
              state: z.enum(['asked', 'resting', 'idle', 'lied', 'failing']),
            }),
          )
          .max(6),
      }),
    )
    .max(4)
    .optional(),
  roles: z.array(z.string().max(20)).max(8),
  /** Of labmesh. */
  version: short,
  /** Where its bulk door listens, as host:port; null while it is closed. */
  bulk: short.nullable(),
  /** What it measured of the ways to its neighbours (N13). */
  links: z
    .array(
      z.object({
        to: z.string().max(64),
        rttMs: z.number().min(0),
        bytesPerSecond: z.number().min(0).nullable(),
      }),
    )
    .max(32)
    .optional(),
});

/** Lexicographic: when this run of the node began (its own clock, ms), then counted up. A restart so exceeds all before. */
export const sequenceSchema = z.tuple([count, count]);

export const bodySchema = z.object({
  v: z.number().int(),
  nodeId: z.string().max(40),
  seq: sequenceSchema,
  facts: factsSchema,
});

/** Read first: a newer form may differ in everything else. */
export const bodyVersionSchema = z.object({ v: z.number().int() });

export type Facts = z.infer<typeof factsSchema>;
export type Sequence = z.infer<typeof sequenceSchema>;
export type AnnouncementBody = z.infer<typeof bodySchema>;

export function isNewer(one: Sequence, other: Sequence): boolean {
  return one[0] > other[0] || (one[0] === other[0] && one[1] > other[1]);
}
