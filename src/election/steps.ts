import type { PlacedMembers } from './configs.ts';
import type { Entry } from './entry.ts';
import type { ChangeRefusal, MemberChange, Members } from './members.ts';
import type { Message, SnapshotPlace } from './messages.ts';

/** What a voter must remember across a crash before it acts on it (Raft figure 2, "persistent state"). */
export interface HardState {
  readonly term: number;
  readonly votedFor: string | null;
}

/** What the core starts from: read back from the store. */
export interface CoreStart {
  readonly nodeId: string;
  readonly hard: HardState;
  /** Who took part at the snapshot, or at the beginning. Nobody: a node that has yet to be told. */
  readonly members: Members;
  /** The changes among the entries behind the snapshot, in order. */
  readonly configs?: readonly PlacedMembers[];
  /** The place before the first entry: at or before the snapshot's, or 0 and 0. */
  readonly base: { readonly index: number; readonly term: number };
  /** Terms of the entries after `base`, in order. */
  readonly terms: Iterable<{ index: number; term: number }>;
  readonly snapshot?: SnapshotPlace | null;
  /** What is known to be committed (at least the snapshot). */
  readonly commitIndex: number;
}

/** The clock and the chance of one step, from outside. */
export interface Moment {
  /** Milliseconds of a clock that does not go back; its zero means nothing, but is before the first moment. */
  readonly now: number;
  /** A random time between `electionMinMs` and `electionMaxMs`, used if a wait begins in this step. */
  readonly timeoutMs: number;
}

export type Input =
  /** Time went on; at the latest at `wakeAt`. */
  | { type: 'tick' }
  /** Campaign at once: a sole voter that starts need not wait. */
  | { type: 'campaign' }
  | { type: 'message'; from: string; message: Message }
  | { type: 'propose'; bodies: readonly string[] }
  | { type: 'members'; change: MemberChange }
  /** Hand the leadership over. */
  | { type: 'transfer'; to: string }
  /** From where on may a read that begins now be answered? Comes back in `reads`. */
  | { type: 'read'; id: number }
  /** A `persist` is durable, and all before it. */
  | { type: 'persisted'; done: Durable }
  /** The store failed: what was not durable never was. */
  | { type: 'storage_lost' }
  /** From now on a voter silent for so long is replaced; 0: never. */
  | { type: 'silence'; ms: number }
  /** A snapshot that was to be fetched is here. */
  | { type: 'install'; snapshot: SnapshotPlace }
  /** The log was cut behind a snapshot. */
  | { type: 'compacted'; firstIndex: number; snapshot?: SnapshotPlace };

/** Names a state of the disk; handed back in `persisted`. */
export interface Durable {
  /** How many changes of term and vote. */
  readonly hard: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** What must be made durable, whole or not at all, before the answering `persisted`; in the order given out. */
export interface Persist {
  readonly hard: HardState | null;
  readonly entries: readonly Entry[];
  /** Entries to remove first (others may take their places). */
  readonly removed: { readonly from: number; readonly to: number } | null;
  /** The whole log makes way for this snapshot. */
  readonly install: SnapshotPlace | null;
  readonly done: Durable;
}

export interface Outgoing {
  readonly to: string;
  readonly message: Message;
  /** Of an `append`: attach the entries behind its `prevIndex` up to this one. */
  readonly fill?: number;
}

export interface Output {
  readonly persist: Persist | null;
  /** May be sent at once. */
  readonly messages: readonly Outgoing[];
  /** Entries up to here may be applied. */
  readonly commitIndex: number;
  /** Role, term, leader or members differ from before. */
  readonly changed: boolean;
  /** Indexes given to the proposed bodies or to the change of members; null where this node may not propose. */
  readonly proposed: { first: number; last: number } | null;
  /** Why a change of members or a transfer was not begun. */
  readonly refused: ChangeRefusal | null;
  /** Answers to `read`: apply up to `index` first; null: ask again. */
  readonly reads: readonly { id: number; index: number | null }[];
  /** A snapshot to be fetched from a leader, then `install`ed. */
  readonly fetch: { readonly from: string; readonly snapshot: SnapshotPlace } | null;
}
