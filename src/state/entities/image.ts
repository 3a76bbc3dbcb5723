import type { NodeProblem } from './node.ts';

export type OsFamily = 'linux' | 'windows' | 'other';

/** A named disk image. Its bytes are in versions, which never change. */
export interface Image {
  readonly id: string;
  /** Unique in the cloud. */
  readonly name: string;
  readonly os: OsFamily;
  readonly ownerId: string;
  /** Everybody with the role of a teacher may use it, not only its owner and its courses. */
  readonly shared: boolean;
  readonly state: 'importing' | 'ready' | 'deleting';
  /** The version that new VMs take; null until the first import is done. */
  readonly currentVersionId: string | null;
  /** The node that imports it, while it does. */
  readonly importNodeId: string | null;
  readonly createdAt: number;
  /** Where people want it, beyond the copies that keep it safe (I6). */
  readonly deploy: ImageDeploy;
  /** Who is changing it now (I7); null: nobody. */
  readonly edit: ImageEdit | null;
}

/** Copies of an image's current version that people asked for. */
export interface ImageDeploy {
  /** At least so many PCs, or every PC that runs VMs; null: as many as keep it safe (setting `image.copies`). */
  readonly copies: number | 'all' | null;
  /** These PCs in any case. */
  readonly nodeIds: readonly string[];
  /** The PCs that the newest wish was about, for which its operation waits; left out: all. */
  readonly awaited?: readonly string[];
}

/** The exclusive right to change an image, over as many sittings as it takes. */
export interface ImageEdit {
  /** The VM in which it is changed. */
  readonly vmId: string;
  readonly userId: string;
  readonly since: number;
  /** Renewed by use; after it anybody who may manage the image takes the edit over or abandons it. Nothing is deleted by it. */
  readonly endsAt: number;
}

/** One immutable version of an image: the manifest that its hash names lists the chunks. */
export interface ImageVersion {
  readonly id: string;
  readonly imageId: string;
  /** 1, 2, 3, … within the image. */
  readonly number: number;
  /** SHA-256 of the canonical manifest, hex. */
  readonly manifestHash: string;
  /** `work`: only the chunks in which a VM's disk differs from the version it was made of; see `vmId`. */
  readonly kind: 'disk' | 'iso' | 'work';
  /** Size of the disk as a guest sees it. */
  readonly virtualBytes: number;
  /** Bytes that are not zero, as stored. */
  readonly storedBytes: number;
  readonly chunks: number;
  readonly authorId: string;
  /** Nodes that hold every chunk. */
  readonly nodeIds: readonly string[];
  /** Nodes that are to fetch it before it is needed there (S7). */
  readonly wantedOn: readonly string[];
  readonly createdAt: number;
  /** The version it was made from; null: imported. */
  readonly parentId: string | null;
  /** Stored bytes of chunks that its parent does not have at the same place: what travels to a PC that holds the parent. */
  readonly newBytes: number;
  /** The VM whose saved work it is (V7), with `kind` `work`; null: a version of the image. */
  readonly vmId: string | null;
  /** To be deleted on every PC, also on those that are off now; gone with its last copy. */
  readonly leaving: boolean;
  /** PCs that are to delete their copy, or do so now: the copy counts no more once they are not among `nodeIds`. */
  readonly leavingOn: readonly string[];
  /** PCs that were to fetch it and could not, with why; taken back by a copy that arrives there. */
  readonly failures: readonly CopyFailure[];
}

/** Why a PC has no copy that it was to have. */
export interface CopyFailure {
  readonly nodeId: string;
  readonly cause: NodeProblem;
  readonly at: number;
}

/** What images were that an earlier version of labmesh wrote, and what they are at first. */
export const newImage: Pick<Image, 'deploy' | 'edit'> = { deploy: { copies: null, nodeIds: [] }, edit: null };

/** What versions were that an earlier version of labmesh wrote. */
export const newVersion: Pick<
  ImageVersion,
  'wantedOn' | 'parentId' | 'newBytes' | 'vmId' | 'leaving' | 'leavingOn' | 'failures'
> = {
  wantedOn: [],
  parentId: null,
  newBytes: 0,
  vmId: null,
  leaving: false,
  leavingOn: [],
  failures: [],
};
