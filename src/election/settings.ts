/** Limits of the log. Each default carries its reason; all are whole numbers. */
export interface ElectionSettings {
  /** Bytes of one command as JSON. */
  maxCommandBytes: number;
  /** Proposals that may wait for the disk or for applying, and their bytes. */
  maxQueuedEntries: number;
  maxQueuedBytes: number;
  /** What one durable write takes at most. */
  maxBatchEntries: number;
  maxBatchBytes: number;
  /** A snapshot is taken after so many entries, or so many bytes of them, since the last one. */
  snapshotEveryEntries: number;
  snapshotEveryBytes: number;
  /** Entries kept behind the snapshot. */
  keepEntries: number;
  /** Bytes of one piece of a snapshot on disk. */
  snapshotPieceBytes: number;
  /** How long the event loop may be held at a stretch while the state is written out or replayed. */
  sliceMs: number;
  /** After a failed write: how often it is tried again, and how much must be free for that. */
  retryMs: number;
  minFreeBytes: number;
  /** How often the mark of what was confirmed is forced to disk. */
  markSyncMs: number;
  /** How long a stop waits for the disk. */
  stopMs: number;
}

export const defaultSettings: Readonly<ElectionSettings> = {
  // An entry must fit into one message between nodes and well into LevelDB's 4 MiB write buffer. The largest
  // command people make, a CSV of 10,000 students, is 0.6 MB.
  maxCommandBytes: 1024 * 1024,
  // About a second of work at the measured rate of group commit; more would only wait longer than people do.
  maxQueuedEntries: 4_096,
  // Bounds memory on a small PC: at most this much twice (queued and in the write).
  maxQueuedBytes: 32 * 1024 * 1024,
  // Beyond some 500 small entries a batch is bound by encoding, not by the disk's sync.
  maxBatchEntries: 512,
  maxBatchBytes: 1024 * 1024,
  // Replaying 10,000 entries takes well under a second; a snapshot of a large lab's state (10 MB) every 10,000
  // writes costs a thousandth of what the writes themselves do.
  snapshotEveryEntries: 10_000,
  snapshotEveryBytes: 32 * 1024 * 1024,
  // A learner that slept through a lesson catches up from the log instead of fetching the whole state.
  keepEntries: 2_000,
  // Small enough to be one message between nodes later, large enough to be few.
  snapshotPieceBytes: 256 * 1024,
  // Under one frame of a console at 60 Hz and a twelfth of the heartbeat to come.
  sliceMs: 8,
  // An admin who freed space sees the cloud write again before looking twice.
  retryMs: 1_000,
  // Reopening rewrites the write-ahead log (up to 4 MiB) as a table, and there should be room to work after it.
  minFreeBytes: 16 * 1024 * 1024,
  // At most this much of confirmed history is not yet guarded against a lost file after a power cut (the entries
  // themselves are always on disk by then); five small writes a second while busy, none when idle.
  markSyncMs: 200,
  // Longer than a busy spinning disk takes for one write, shorter than an init system's patience (systemd: 90 s).
  stopMs: 15_000,
};
