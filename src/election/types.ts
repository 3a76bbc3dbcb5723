import type { Logger } from '../state/logger.ts';
import type { Warning } from './errors.ts';
import type { MemberChange } from './members.ts';
import type { ElectionSettings } from './settings.ts';
import type { Timing } from './timing.ts';
import type { Transport } from './transport.ts';

/** What the log is agreed for. It lives in memory; the log and its snapshots are its only copy on disk. */
export interface StateMachine<Outcome> {
  /**
   * Applies one committed entry and says what came of it (an event, or a refusal: both are outcomes). Deterministic
   * and synchronous. Must not throw: a throw is taken for a defect and ends applying on this node.
   * `command` has been through JSON, live as on replay, so both see the same value.
   */
  apply(entry: { index: number; term: number; command: unknown }): Outcome;
  /** The whole state as JSON values, one record each (at most `maxCommandBytes`). Nothing is applied while it is drained. */
  snapshot(): Iterable<unknown>;
  /** Replaces everything by these records; no record means the empty state. */
  restore(records: Iterable<unknown>): void;
}

export type Role = 'leader' | 'follower' | 'candidate' | 'learner';

export interface AgreementStatus {
  role: Role;
  term: number;
  nodeId: string;
  /** Who may write now; null while nobody is elected. `sinceMs`: epoch milliseconds by this node's clock. */
  master: { nodeId: string; sinceMs: number } | null;
  /** Node ids that vote, and those of them heard from lately (a follower can speak of itself and the leader only). */
  voters: string[];
  /** Who follows without a vote, and which of them may be made voters by themselves. Absent where there is one node. */
  learners?: string[];
  standbys?: string[];
  alive: string[];
  /** How many further voters may fail before writes stop. */
  mayFail: number;
  lastIndex: number;
  commitIndex: number;
  appliedIndex: number;
  /** The newest snapshot on disk, 0 if none. */
  snapshotIndex: number;
  warnings: Warning[];
}

export interface ProposeOptions {
  /** How long the caller waits, 1 ms to 10 min. */
  timeoutMs: number;
}

export interface Agreement<Outcome> {
  /**
   * Takes the folder, verifies the store, restores the machine, elects, applies all that is committed.
   * @throws ElectionError log.in_use, log.damaged, log.wrong_node, log.too_new, log.disk_full, log.write_failed
   */
  start(): Promise<void>;
  /** Lets the write under way end, refuses the waiting ones with `log.stopped`, frees the folder. May be called twice. */
  stop(): Promise<void>;
  /**
   * Resolves once `command` (a JSON value) is durable on a majority AND applied here.
   * @throws ElectionError log.disk_full, log.timeout, log.stopped, log.not_master, log.too_large, log.not_json,
   *   log.overloaded, log.write_failed, log.machine_failed, log.core_failed. Retry with the same idempotency key: `log.timeout` and
   *   `log.stopped` with `maybe: true` say the command may still be applied.
   */
  propose(command: unknown, options: ProposeOptions): Promise<{ index: number; outcome: Outcome }>;
  /**
   * Waits until the local copy holds everything confirmed before this call; returns that index.
   * Works while the disk is full.
   */
  readBarrier(timeoutMs: number): Promise<number>;
  /** Waits until the entry at `index` is applied here. */
  waitForApplied(index: number, timeoutMs: number): Promise<void>;
  status(): AgreementStatus;
  /** Called after role, term, master, voters or warnings changed. Returns how to stop listening. */
  onChange(listener: (status: AgreementStatus) => void): () => void;
  /** Writes the state to a new file, readable by its owner alone; see `backup.ts` for its form. */
  backup(file: string): Promise<{ index: number; term: number; records: number; bytes: number }>;
}

/** An agreement among several nodes. */
export interface MeshedAgreement<Outcome> extends Agreement<Outcome> {
  /**
   * Adds, promotes, demotes or removes one node; on the master only. Resolves with the change's index once it is committed.
   * @throws ElectionError log.change_refused, log.not_master, log.timeout, log.stopped, log.disk_full, log.write_failed
   */
  changeMembers(change: MemberChange, options: ProposeOptions): Promise<number>;
  /**
   * Hands the mastership to a voter that is in step. Resolves once this node follows it.
   * @throws ElectionError as `changeMembers`
   */
  transfer(nodeId: string, options: ProposeOptions): Promise<void>;
  /** How long a voter may be silent before this node, as master, replaces it. 0: for ever. @param ms milliseconds */
  replaceSilentAfter(ms: number): void;
  /**
   * Makes this node the sole voter, when most voters are lost for good: as `recoverStore`, without a restart. It first
   * waits some seconds whether a master comes up. Resolves once this node leads; all entries it holds stay.
   * What the lost ones alone held is lost, and they must not come back with their former stores.
   * @throws ElectionError log.has_quorum, log.nothing_to_recover, log.timeout (the disk does not catch up), log.stopped,
   *   log.disk_full, log.write_failed, log.damaged, log.machine_failed
   */
  recover(): Promise<void>;
}

export interface MeshedAgreementOptions<Outcome> extends AgreementOptions<Outcome> {
  transport: Transport;
  /** At its first start: waits to be added by a cloud, instead of founding one. Default false. */
  joins?: boolean;
  timing?: Partial<Timing>;
}

export interface AgreementOptions<Outcome> {
  /** A folder of its own; made if missing. */
  dir: string;
  /** This node's id, written into the store at first start. */
  nodeId: string;
  machine: StateMachine<Outcome>;
  logger: Logger;
  /** Epoch milliseconds. Only shown, never decided upon. */
  clock: () => number;
  settings?: Partial<ElectionSettings>;
}
