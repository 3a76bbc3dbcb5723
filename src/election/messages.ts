import type { Entry } from './entry.ts';
import type { Members } from './members.ts';

/** What voters and learners say to each other. Every message carries its sender's term. */
export type Message =
  | VoteRequest
  | VoteReply
  | Append
  | AppendReply
  | SnapshotOffer
  | TimeoutNow
  | ReadRequest
  | ReadReply;

export interface VoteRequest {
  readonly type: 'vote_request';
  /** The term campaigned for; of a pre-vote, the term it would be. */
  readonly term: number;
  /** Asks only whether a campaign would be won: nobody's term changes by it. */
  readonly pre: boolean;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** The leader itself asked for this campaign: its lease does not stand against it. */
  readonly transfer: boolean;
}

export interface VoteReply {
  readonly type: 'vote_reply';
  readonly term: number;
  readonly pre: boolean;
  readonly granted: boolean;
}

/** Entries, or none: then it is a heartbeat or news of what is committed. */
export interface Append {
  readonly type: 'append';
  readonly term: number;
  /** The place just before `entries`. */
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  readonly commitIndex: number;
  /** Counts the leader's rounds of heartbeats; the answer repeats it. */
  readonly round: number;
}

export interface AppendReply {
  readonly type: 'append_reply';
  readonly term: number;
  readonly round: number;
  /** Whether the place before the entries was known. */
  readonly ok: boolean;
  /** ok: durable here and the same as the leader's, up to this index. */
  readonly match: number;
  /** ok: in memory here and the same as the leader's. */
  readonly held: number;
  /** not ok: the place that was asked for, and a place that may be common (Raft section 5.3, conflicts by term). */
  readonly prevIndex: number;
  readonly hintIndex: number;
  readonly hintTerm: number;
}

/** The entries asked for are gone: fetch this snapshot instead. Repeated with every heartbeat until it is there. */
export interface SnapshotOffer {
  readonly type: 'snapshot';
  readonly term: number;
  readonly round: number;
  readonly snapshot: SnapshotPlace;
}

export interface SnapshotPlace {
  readonly index: number;
  readonly term: number;
  readonly members: Members;
}

/** Campaign at once: you hold all that I do. */
export interface TimeoutNow {
  readonly type: 'timeout_now';
  readonly term: number;
}

/** Up to where must I have applied to answer a read that begins now? */
export interface ReadRequest {
  readonly type: 'read_request';
  readonly term: number;
  readonly id: number;
}

export interface ReadReply {
  readonly type: 'read_reply';
  readonly term: number;
  readonly id: number;
  /** null: not the leader, or no longer: ask again. */
  readonly index: number | null;
}
