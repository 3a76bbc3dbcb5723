/** What the API answers about VMs. */
import type { Fault, OperationRow } from './answers.ts';
import type { ImageRow } from './answers-images.ts';
import type { QueuedRow } from './answers-plan.ts';

export interface VmRow {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly image: string;
  readonly size: string;
  readonly state: string;
  readonly cause: Fault | null;
  readonly node: string | null;
  readonly epoch: number;
  readonly since: number;
  readonly leaseEnds: number | null;
  readonly ip: string | null;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly osDiskGiB: number;
  readonly dataDiskGiB: number;
  readonly persistent: boolean;
  /** Its screen can be opened. */
  readonly console: boolean;
  readonly kind: string;
  /** Null for one that does not wait. */
  readonly queue: QueuedRow | null;
  /** Null for one that starts clean each time; left out by older nodes. Times in ms. */
  readonly work?: {
    readonly saved: {
      readonly at: number;
      readonly nodes: readonly string[];
      readonly current: boolean;
    } | null;
    /** It is being saved now; left out by older nodes. */
    readonly saving?: boolean;
    readonly failed: { readonly at: number; readonly cause: Fault } | null;
    readonly strays: readonly { readonly node: string; readonly at: number }[];
    readonly recovered: readonly {
      readonly versionId: string;
      readonly node: string;
      readonly lostAt: number;
      readonly bytes: number;
    }[];
    readonly recoverable: {
      readonly node: string;
      readonly lostAt: number;
      readonly before: number | null;
    } | null;
  } | null;
}

/** What a change of a VM or an image answers: the thing as it is now, and the work that goes on. */
export interface Started {
  readonly operation: OperationRow | null;
  readonly vm?: VmRow | null;
  readonly image?: ImageRow | null;
}
