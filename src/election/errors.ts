import { LabmeshError } from '../state/errors.ts';
import type { ChangeRefusal } from './members.ts';

/** Why a store is believed damaged; each has its own clause in the sentence people read. */
export type DamageReason =
  | 'file_missing'
  | 'file_size'
  | 'current'
  | 'manifest'
  | 'log_checksum'
  | 'log_format'
  | 'table_checksum'
  | 'entry_checksum'
  | 'entry_gap'
  | 'entries_lost'
  | 'meta_checksum'
  | 'meta_missing'
  | 'snapshot_checksum'
  | 'mark_missing'
  | 'mark_checksum'
  | 'database';

/** What explains each code. Sentences: `texts/{en,es}/election.ts`. */
export interface ElectionErrors {
  /** The disk holding `dir` is full: nothing was confirmed, reads go on, writes come back by themselves. */
  'log.disk_full': { dir: string; freeBytes: number; neededBytes: number };
  /** No answer within the deadline. `maybe`: it was already being written, so it may still happen. */
  'log.timeout': { timeoutMs: number; maybe: boolean };
  /** The log is not running (not started yet, or being stopped). */
  'log.stopped': { maybe: boolean };
  /** This node may not write; the master may. */
  'log.not_master': { master: string | null };
  /** The mastership went to another while this was being saved. */
  'log.deposed': { maybe: boolean };
  /** A change of members, or a transfer, that cannot be begun now. */
  'log.change_refused': { reason: ChangeRefusal; nodeId: string };
  /** Recovering is for a cloud without a master; this one has one. */
  'log.has_quorum': { master: string };
  /** The folder holds no log of a cloud: never part of one, or not told of it before the others went. */
  'log.nothing_to_recover': { dir: string };
  'log.too_large': { bytes: number; maxBytes: number };
  /** The command is not a JSON value (undefined, a function, a cycle, a BigInt). */
  'log.not_json': { reason: string };
  /** Too many proposals wait: try again in a moment. */
  'log.overloaded': { queued: number; maxQueued: number };
  /** The disk refused a write for another reason than being full. */
  'log.write_failed': { dir: string; reason: string };
  /** Another process has this folder open. `pid` where it is known. */
  'log.in_use': { dir: string; pid: number | null };
  /** The store lost or changed something that was confirmed. It is never repaired by itself. */
  'log.damaged': { dir: string; reason: DamageReason; file: string; detail: string };
  /** The folder belongs to another node (a copied data folder). */
  'log.wrong_node': { dir: string; expected: string; found: string };
  /** Written by a newer labmesh than this one. */
  'log.too_new': { dir: string; found: number; supported: number };
  /** The state machine threw while applying an entry: a defect; this node stops applying rather than diverge. */
  'log.machine_failed': { index: number; reason: string };
  /** The rules of agreement met what they hold impossible: a defect, or a store that came back from the lost. This node takes part no more. */
  'log.core_failed': { reason: string };
  'backup.exists': { file: string };
  'backup.not_empty': { dir: string };
  'backup.not_found': { file: string };
  'backup.not_a_backup': { file: string };
  'backup.damaged': { file: string; reason: string };
  'backup.too_new': { file: string; found: number; supported: number };
  'backup.write_failed': { file: string; reason: string };
}

/** What the log has to say although it works; shown by `status().warnings` and `labmesh doctor`. */
export interface ElectionWarnings {
  'log.torn_tail': { file: string; bytes: number };
  'log.disk_full': ElectionErrors['log.disk_full'];
  'log.write_failed': ElectionErrors['log.write_failed'];
  'log.snapshot_failed': { reason: string };
  'log.machine_failed': ElectionErrors['log.machine_failed'];
  'log.core_failed': ElectionErrors['log.core_failed'];
}

/** A warning by code; the sentence is in `texts`. */
export type Warning = {
  [Code in keyof ElectionWarnings]: { code: Code; data: ElectionWarnings[Code]; sinceMs: number };
}[keyof ElectionWarnings];

export type ElectionErrorCode = keyof ElectionErrors;

export class ElectionError<Code extends ElectionErrorCode = ElectionErrorCode> extends LabmeshError {
  // Set by the base class; here only their types are narrowed.
  declare readonly code: Code;
  declare readonly data: Readonly<Record<string, unknown>> & Readonly<ElectionErrors[Code]>;

  constructor(code: Code, data: ElectionErrors[Code], options?: { cause?: unknown }) {
    super(code, data, options);
  }
}

/** What a disk said no with, in one short line. */
export function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message.slice(0, 300) : String(inner).slice(0, 300);
}

/** LevelDB hands on strerror(); Node's own calls carry a code. A quota is a full disk to whom it concerns. */
export function isDiskFull(error: unknown): boolean {
  const text = `${reasonOf(error)} ${error instanceof Error ? error.message : ''}`;
  return /ENOSPC|EDQUOT|No space left|quota exceeded/i.test(text);
}
