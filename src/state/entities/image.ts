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
}

/** One immutable version of an image: the manifest that its hash names lists the chunks. */
export interface ImageVersion {
  readonly id: string;
  readonly imageId: string;
  /** 1, 2, 3, … within the image. */
  readonly number: number;
  /** SHA-256 of the canonical manifest, hex. */
  readonly manifestHash: string;
  readonly kind: 'disk' | 'iso';
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
}

/** What versions were that an earlier version of labmesh wrote. */
export const newVersion: Pick<ImageVersion, 'wantedOn'> = { wantedOn: [] };
