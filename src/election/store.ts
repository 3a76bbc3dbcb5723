import type { PlacedMembers } from './configs.ts';
import type { Entry } from './entry.ts';
import type { Warning } from './errors.ts';
import type { Members } from './members.ts';
import type { SnapshotPlace } from './messages.ts';
import type { HardState, Persist } from './steps.ts';

/** A snapshot on disk: the state after `index`, in `pieces` pieces under one SHA-256. */
export interface SnapshotInfo {
  readonly index: number;
  readonly term: number;
  /** Who took part at that index. */
  readonly members: Members;
  readonly pieces: number;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
}

export function placeOf({ index, term, members }: SnapshotInfo): SnapshotPlace {
  return { index, term, members };
}

/** What a store holds when it is opened, verified whole. */
export interface Recovered {
  readonly hard: HardState;
  /** Who took part at the beginning; nobody in a node that joins. */
  readonly members: Members;
  /** The changes of members among the entries behind the snapshot, in order. */
  readonly configs: readonly PlacedMembers[];
  readonly snapshot: SnapshotInfo | null;
  /** The place before the first entry (0 and 0 at the beginning); never after the snapshot. */
  readonly base: { readonly index: number; readonly term: number };
  /** The log is `base.index + 1 .. lastIndex`, without gap. */
  readonly lastIndex: number;
  /** Index and term of every entry, in order. */
  readonly terms: readonly { index: number; term: number }[];
  /** Known to have been confirmed. */
  readonly markIndex: number;
  readonly warnings: readonly Warning[];
}

/** What one write takes. */
export type Writable = Pick<Persist, 'hard' | 'entries' | 'removed'>;

/**
 * Where the log lives. Real: `level-store.ts`. Tests use one that tears writes.
 * Every method that writes throws ElectionError log.disk_full or log.write_failed; after such a throw the store must be
 * reopened before it is written to again.
 */
export interface LogStore {
  /** Verifies and opens. @throws ElectionError log.in_use, log.damaged, log.wrong_node, log.too_new, log.disk_full, log.write_failed */
  open(): Promise<Recovered>;
  /** Closes what is open and opens it anew, the folder staying taken all the while. */
  reopen(): Promise<Recovered>;
  close(): Promise<void>;
  /** Makes all of it durable, or nothing. */
  persist(persist: Writable): Promise<void>;
  /** Removes entries from `index` on (never confirmed ones), durably. */
  truncate(index: number): Promise<void>;
  /** Remembers that everything up to here was confirmed. Cheap; never fails the caller. */
  noteConfirmed(mark: { index: number; term: number }): void;
  /** Entries `from..to` in order, checked. @throws ElectionError log.damaged */
  read(from: number, to: number): AsyncIterable<Entry>;
  /** One piece of a snapshot in the making; invisible until `switchSnapshot`. */
  writePiece(snapshotIndex: number, piece: number, bytes: Buffer): Promise<void>;
  /** Makes `info` the snapshot and the log begin after `base`, in one durable write; then removes what is behind. */
  switchSnapshot(info: SnapshotInfo, base: { index: number; term: number }): Promise<void>;
  /** The pieces at `info.index` become the snapshot, and the whole log makes way for it: one durable write. */
  replaceBy(info: SnapshotInfo): Promise<void>;
  /** One piece of the current snapshot, for another node. @throws ElectionError log.damaged */
  readPiece(info: SnapshotInfo, piece: number): Promise<Buffer>;
  /** The current snapshot's pieces in order, checked to the last one. @throws ElectionError log.damaged */
  readPieces(info: SnapshotInfo): AsyncIterable<Buffer>;
  /** Bytes free on the disk that holds the store. */
  freeBytes(): Promise<number>;
}
