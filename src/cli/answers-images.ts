/** What the API answers about images. */
import type { Ref } from './answers.ts';

/** A version of an image on its way to a PC. */
export interface TransferRow {
  readonly node: Ref;
  readonly image: Ref;
  /** Null: the saved work of a VM. */
  readonly version: number | null;
  readonly done: number;
  readonly total: number;
  readonly rate: number | null;
  readonly etaMs: number | null;
  readonly from: readonly { readonly node: Ref; readonly bytes: number; readonly state: string }[];
}

export interface ImageRow {
  readonly id: string;
  readonly name: string;
  readonly version: number | null;
  readonly sizeBytes: number | null;
  readonly storedBytes: number | null;
  readonly owner: string;
  readonly shared: boolean;
  /** Who changes it, in which lab, and until when that is theirs alone; left out by older nodes. */
  readonly edit?: { readonly user: Ref; readonly vm: Ref | null; readonly until: number } | null;
  readonly vms: number;
  readonly courses: readonly Ref[];
  readonly chunks: number | null;
  readonly os: string;
  readonly state: string;
  readonly copies: number;
  readonly nodes: readonly {
    readonly node: string;
    readonly presentChunks: number;
    readonly state: string;
    readonly cause: { readonly message: string } | null;
  }[];
}

export interface VersionRow {
  readonly number: number;
  /** New labs take it. */
  readonly current: boolean;
  /** It is being deleted on every PC; left out by older nodes. */
  readonly leaving?: boolean;
  readonly sizeBytes: number;
  readonly storedBytes: number;
  /** Number of the version that it was made from. */
  readonly parent: number | null;
  readonly newBytes: number;
  readonly author: string;
  readonly createdAt: number;
  readonly vms: number;
}
