import type { DamageReason, ElectionErrors, ElectionWarnings } from '../../election/errors.ts';
import type { ChangeRefusal } from '../../election/index.ts';

interface Sentence {
  message: string;
  hint: string;
}

/** One sentence for each code of a folder. */
export type ElectionSentences = {
  [Code in keyof ElectionErrors]: (data: ElectionErrors[Code]) => Sentence;
} & { [Code in keyof ElectionWarnings]: (data: ElectionWarnings[Code]) => Sentence };

const damages: Record<DamageReason, string> = {
  file_missing: 'a file is missing',
  file_size: 'a file has another length than was written',
  current: 'the file that names the list of files is broken',
  manifest: 'the list of files is broken',
  log_checksum: 'confirmed entries in the newest file were changed or cut off',
  log_format: 'the newest file holds something that was never written',
  table_checksum: 'a file was changed since it was written',
  entry_checksum: 'an entry was changed since it was written',
  entry_gap: 'an entry is missing in the middle',
  entries_lost: 'the newest confirmed entries are missing',
  meta_checksum: 'a record about the store itself was changed',
  meta_missing: 'a record about the store itself is missing',
  snapshot_checksum: 'the snapshot of the state was changed or is incomplete',
  mark_missing: 'the mark of what was confirmed is missing',
  mark_checksum: 'the mark of what was confirmed is broken',
  database: 'the database does not open',
};

const refusals: Record<ChangeRefusal, string> = {
  not_leader: 'the mastership is just being handed over',
  pending: 'another such change is not finished yet',
  too_early: 'the master was elected just now and has confirmed nothing yet',
  behind: 'that node does not answer or has not caught up with the log yet',
  no_member: 'it does not take part in that role',
  no_change: 'it has that part already',
  last_voter: 'it is the last one that votes, and without it nothing could be saved',
  too_many: 'there are as many as there may be',
};

const waitAMoment = 'Try again in a few seconds.';
const refusalHints: Partial<Record<ChangeRefusal, string>> = {
  not_leader: waitAMoment,
  pending: waitAMoment,
  too_early: waitAMoment,
  behind: 'Wait until that node is up and has caught up, then try again.',
  last_voter: 'Let another node vote first.',
  too_many: 'Take one away first.',
};

const mib = (bytes: number): string =>
  `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0)} MiB`;

export const electionErrors: ElectionSentences = {
  'log.disk_full': ({ dir, freeBytes, neededBytes }) => ({
    message: `The disk that keeps the cloud's log (${dir}) is full: ${mib(freeBytes)} free. Nothing new can be saved; what was saved is safe and can be read.`,
    hint: `Free at least ${mib(neededBytes)} on that disk. Saving goes on by itself a second later.`,
  }),
  'log.timeout': ({ timeoutMs, maybe }) => ({
    message: maybe
      ? `The cloud did not confirm this within ${timeoutMs / 1000} s. It may still take effect.`
      : `The cloud did not get to this within ${timeoutMs / 1000} s. Nothing was changed.`,
    hint: maybe ? 'Look whether it took effect before you try again.' : 'Try again in a moment.',
  }),
  'log.stopped': ({ maybe }) => ({
    message: maybe
      ? 'This node was stopped while it was saving. The change may have taken effect.'
      : 'This node is starting or stopping, so it takes no changes now. Nothing was changed.',
    hint: 'Try again when the node is up; `labmesh status` tells.',
  }),
  'log.not_master': ({ master }) => ({
    message:
      master === null
        ? 'The cloud has no master at the moment, so nothing can be changed.'
        : `This node is not the master; ${master} is.`,
    hint: master === null ? 'Try again in a few seconds.' : 'Try again; the change is sent to the master.',
  }),
  'log.deposed': () => ({
    message: 'The mastership went to another PC while this was being saved. It may still take effect.',
    hint: 'Look whether it took effect before you try again.',
  }),
  'log.change_refused': ({ reason, nodeId }) => ({
    message: `The part that ${nodeId} plays in the cloud's log was not changed: ${refusals[reason]}.`,
    hint: refusalHints[reason] ?? 'Look at the list of nodes: perhaps it is as you want it already.',
  }),
  'log.has_quorum': ({ master }) => ({
    message: `The cloud has a master (${master}), so there is nothing to recover. Nothing was changed.`,
    hint: 'To be rid of a lost PC, retire it on the list of nodes.',
  }),
  'log.nothing_to_recover': ({ dir }) => ({
    message: `There is no cloud in ${dir} that this node could go on with. Nothing was changed.`,
    hint: 'Recover on a node that was part of the cloud and holds its log, or restore a backup: `labmesh cloud restore FILE`.',
  }),
  'log.too_large': ({ bytes, maxBytes }) => ({
    message: `This is too much for one change: ${mib(bytes)}, the limit is ${mib(maxBytes)}.`,
    hint: 'Split it into several, for example an import into several files.',
  }),
  'log.not_json': ({ reason }) => ({
    message: `This change cannot be written down (${reason}).`,
    hint: 'This is a defect in labmesh. Please report it with this sentence.',
  }),
  'log.overloaded': ({ queued }) => ({
    message: `${queued} changes already wait to be saved, so this one was not taken.`,
    hint: 'Try again in a few seconds. If it stays so, the disk of this node is too slow: `labmesh doctor`.',
  }),
  'log.write_failed': ({ dir, reason }) => ({
    message: `The disk that keeps the cloud's log (${dir}) refused a write: ${reason}. What was saved is safe and can be read.`,
    hint: "Check that disk's health and mount (`dmesg`). Saving goes on by itself when it works again.",
  }),
  'log.in_use': ({ dir, pid }) => ({
    message: `Another labmesh${pid === null ? '' : ` (process ${pid})`} already works with ${dir}.`,
    hint: 'Stop that one first, or give this one another folder with --data.',
  }),
  'log.damaged': ({ dir, reason, file, detail }) => ({
    message: `The cloud's log in ${dir} is damaged: ${damages[reason]} (${file}: ${detail}). The node does not start, so that nothing is lost unnoticed; nothing was changed.`,
    hint: 'Keep a copy of the folder. Then restore a backup into an empty one (`labmesh cloud restore FILE`), or, if other nodes of the cloud are well, join it anew from here. Check the disk: such damage rarely comes alone.',
  }),
  'log.wrong_node': ({ dir, expected, found }) => ({
    message: `The log in ${dir} belongs to node ${found}; this is node ${expected}.`,
    hint: 'A data folder cannot be copied to make a second node. Join with a token and an empty folder instead.',
  }),
  'log.too_new': ({ dir, found, supported }) => ({
    message: `The log in ${dir} was written by a newer labmesh (form ${found}; this one knows up to ${supported}).`,
    hint: 'Install the newer labmesh again. Going back needs a backup made before the upgrade.',
  }),
  'log.machine_failed': ({ index, reason }) => ({
    message: `Entry ${index} of the log could not be applied on this node (${reason}), so it applies nothing further.`,
    hint: "This is a defect in labmesh. Restart the node; if it says so again, report it with the node's log.",
  }),
  'log.core_failed': ({ reason }) => ({
    message: `This node takes part in the cloud's agreement no more (${reason}). What was saved is safe; the other nodes go on.`,
    hint: 'Restart the node. If it says so again and was given up in a recovery, join it anew with an empty data folder; otherwise report it.',
  }),
  'log.torn_tail': ({ file, bytes }) => ({
    message: `At its last start the node found ${bytes} bytes half written at the end of ${file} and cut them off. They had never been confirmed: nothing is lost.`,
    hint: 'Nothing to do. If it appears without a power cut or crash, check the disk.',
  }),
  'log.snapshot_failed': ({ reason }) => ({
    message: `The log could not be shortened (${reason}). It works, but grows.`,
    hint: 'It is tried again by itself. If this stays, report it.',
  }),
  'backup.exists': ({ file }) => ({
    message: `${file} is already there; a backup never replaces a file.`,
    hint: 'Choose another name, or move that file away.',
  }),
  'backup.not_empty': ({ dir }) => ({
    message: `${dir} is not empty; a backup is restored into an empty folder only.`,
    hint: 'Stop the node, move its data folder away, and restore again.',
  }),
  'backup.not_found': ({ file }) => ({
    message: `${file} cannot be read.`,
    hint: 'Check the name and who may read it.',
  }),
  'backup.not_a_backup': ({ file }) => ({
    message: `${file} is not a labmesh backup.`,
    hint: 'Take a file made by `labmesh cloud backup`.',
  }),
  'backup.damaged': ({ file, reason }) => ({
    message: `The backup ${file} is damaged: ${reason}. Nothing was restored.`,
    hint: 'Take another backup, or another copy of this one.',
  }),
  'backup.too_new': ({ file, found, supported }) => ({
    message: `The backup ${file} was made by a newer labmesh (form ${found}; this one knows up to ${supported}).`,
    hint: 'Restore it with the labmesh that made it, or a newer one.',
  }),
  'backup.write_failed': ({ file, reason }) => ({
    message: `The backup could not be written to ${file}: ${reason === 'ENOSPC' ? 'that disk is full' : reason}. No part of it was left there.`,
    hint: 'Check the folder, its space and who may write there, and try again.',
  }),
};
