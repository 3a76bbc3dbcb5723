/** What the API answers about PCs and the cloud that they make. */
import type { Fault, Ref } from './answers.ts';

export interface NodeRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly role: string;
  readonly address: string;
  readonly cores: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly accel: string;
  readonly used: { readonly vcpus: number; readonly ramMiB: number; readonly diskGiB: number };
  readonly vms: number;
  readonly images: readonly string[];
  readonly version: string;
  readonly seenMs: number | null;
  readonly hostProblem: Fault | null;
  /** Why it is in this state; null where the state says it all. */
  readonly cause: Fault | null;
  readonly drain: DrainRow | null;
  /** Who shares it; null: it is the lab's. */
  readonly owner: Ref | null;
  /** Percentage of it that VMs may use. */
  readonly share: number;
}

export interface DrainRow {
  readonly how: 'move' | 'suspend' | 'wait';
  readonly startedAt: number;
  readonly deadlineAt: number;
  /** Nothing runs there any more. */
  readonly done: boolean;
  /** VMs that still run there, each with what will happen to it. */
  readonly blocking: readonly {
    readonly id: string;
    readonly name: string;
    readonly owner: string;
    readonly state: string;
    readonly fate: string;
  }[];
}

/** A join token, without its secret. */
export interface TokenRow {
  readonly id: string;
  readonly label: string;
  readonly state: 'valid' | 'expired' | 'used_up' | 'revoked';
  readonly createdBy: Ref;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly maxUses: number;
  /** The PCs that it let in. */
  readonly nodes: readonly Ref[];
}

/** A join token just made: the only time that it is told. */
export interface CreatedTokenRow {
  readonly id: string;
  readonly token: string;
  /** The line to run on the new PC. */
  readonly command: string;
  readonly expiresAt: number;
  readonly uses: number;
}

export interface PowerRow {
  readonly state: 'on' | 'stopping' | 'off';
  readonly deadlineAt: number | null;
  /** VMs that still compute somewhere. */
  readonly running: number;
}

export interface Status {
  readonly cloud: Ref;
  readonly me: Ref & {
    readonly state: string;
    readonly role: string;
    /** Why it is in that state; left out by older nodes. */
    readonly cause?: { readonly message: string; readonly hint: string } | null;
  };
  readonly master: {
    readonly id: string;
    readonly name: string;
    readonly term: number;
    readonly since: number | null;
  } | null;
  readonly quorum: { readonly voters: number; readonly alive: number; readonly mayFail: number };
  readonly power: PowerRow;
  readonly nodes: readonly NodeRow[];
  /** Number of VMs in each state; states without VMs may be left out. */
  readonly vms: Readonly<Record<string, number>>;
}
