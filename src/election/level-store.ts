import { createHash } from 'node:crypto';
import { mkdir, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../state/logger.ts';
import { crc32c } from './crc32c.ts';
import { type Entry, encodeEntry } from './entry.ts';
import { type DamageReason, ElectionError, isDiskFull, reasonOf, type Warning } from './errors.ts';
import { entryKey, metaKey, pieceKey } from './keys.ts';
import { type Change, type Level, openLevel } from './level.ts';
import { checkDatabase } from './leveldb/check.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { Mark } from './mark.ts';
import { noMembers } from './members.ts';
import type { Drained } from './snapshots.ts';
import type { LogStore, Recovered, SnapshotInfo, Writable } from './store.ts';
import { createStore, encodeMeta, encodeSnapshotInfo, loadStore } from './store-load.ts';
import { readEntries, readSnapshotPiece, readSnapshotPieces } from './store-read.ts';

/** Keys of one removal: some 20 kB, a small record of the write-ahead log. */
const REMOVED_AT_ONCE = 1000;

export interface LevelStoreOptions {
  dir: string;
  nodeId: string;
  logger: Logger;
  clock: () => number;
  markSyncMs: number;
  minFreeBytes: number;
  /** Who votes in a store that is made now. Default: this node alone. */
  founders?: readonly string[];
}

/**
 * The log on LevelDB. Layout of `dir`: `lock` and `lock.pid` (who has it), `mark` (what was confirmed), `db/`.
 * Order of trust at opening: take the lock, read the mark, verify LevelDB's files by their own formats, only then
 * let LevelDB open them, then read and check every entry.
 */
export class LevelStore implements LogStore {
  readonly #options: LevelStoreOptions;
  #lock: FolderLock | null = null;
  #level: Level | null = null;
  #mark: Mark | null = null;
  #markTimer: ReturnType<typeof setTimeout> | null = null;
  #writing: Promise<void> = Promise.resolve();
  #broken: ElectionError | null = null;

  constructor(options: LevelStoreOptions) {
    this.#options = options;
  }

  async open(): Promise<Recovered> {
    await this.#guard(() => mkdir(this.#options.dir, { recursive: true, mode: 0o700 }));
    this.#lock = lockFolder(this.#options.dir);
    try {
      return await this.#openLocked();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async reopen(): Promise<Recovered> {
    await this.#closeDatabase();
    return this.#openLocked();
  }

  async close(): Promise<void> {
    await this.#closeDatabase();
    this.#lock?.release();
    this.#lock = null;
  }

  async persist(persist: Writable): Promise<void> {
    const changes: Change[] = [];
    // Before the puts: in one batch the later change of a key counts.
    if (persist.removed !== null) {
      const { from, to } = persist.removed;
      for (let index = from; index <= to; index++) changes.push({ type: 'del', key: entryKey(index) });
    }
    if (persist.hard !== null) {
      changes.push({ type: 'put', key: metaKey('hard'), value: encodeMeta(persist.hard) });
    }
    for (const entry of persist.entries) {
      changes.push({ type: 'put', key: entryKey(entry.index), value: encodeEntry(entry) });
    }
    await this.#write(changes);
  }

  async truncate(index: number): Promise<void> {
    await this.#remove({ gte: entryKey(index), lte: entryKey(Number.MAX_SAFE_INTEGER) });
  }

  noteConfirmed(mark: { index: number; term: number }): void {
    this.#mark?.note(mark).catch((error) => this.#markFailed(error));
    this.#markTimer ??= setTimeout(() => {
      this.#markTimer = null;
      this.#mark?.sync().catch((error) => this.#markFailed(error));
    }, this.#options.markSyncMs);
  }

  read(from: number, to: number): AsyncIterable<Entry> {
    return readEntries(this.#opened(), from, to, (reason, detail) => this.#damaged(reason, detail));
  }

  async writePiece(snapshotIndex: number, piece: number, bytes: Buffer): Promise<void> {
    const value = Buffer.allocUnsafe(bytes.length + 4);
    value.writeUInt32BE(crc32c(bytes), 0);
    bytes.copy(value, 4);
    await this.#write([{ type: 'put', key: pieceKey(snapshotIndex, piece), value }]);
  }

  async switchSnapshot(info: SnapshotInfo, base: { index: number; term: number }): Promise<void> {
    await this.#write([
      { type: 'put', key: metaKey('snapshot'), value: encodeSnapshotInfo(info) },
      { type: 'put', key: metaKey('base'), value: encodeMeta(base) },
    ]);
    await this.#forget(info, base.index);
  }

  async replaceBy(info: SnapshotInfo): Promise<void> {
    const place = { index: info.index, term: info.term };
    const changes: Change[] = [
      { type: 'put', key: metaKey('snapshot'), value: encodeSnapshotInfo(info) },
      { type: 'put', key: metaKey('base'), value: encodeMeta(place) },
    ];
    // In the same write: entries behind the snapshot would look like its continuation.
    const behind = await this.#opened()
      .keys({ gt: entryKey(info.index), lte: entryKey(Number.MAX_SAFE_INTEGER) })
      .all();
    for (const key of behind) changes.push({ type: 'del', key });
    await this.#write(changes);
    await this.#forget(info, info.index);
  }

  readPiece(info: SnapshotInfo, piece: number): Promise<Buffer> {
    return readSnapshotPiece(this.#opened(), info, piece, (reason, detail) => this.#damaged(reason, detail));
  }

  readPieces(info: SnapshotInfo): AsyncIterable<Buffer> {
    return readSnapshotPieces(this.#opened(), info, (reason, detail) => this.#damaged(reason, detail));
  }

  /** Fills a new, empty store with a state: the log begins behind it. For `restoreBackup` only. */
  async install(state: Drained): Promise<void> {
    const hash = createHash('sha256');
    for (const [number, piece] of state.pieces.entries()) {
      hash.update(piece);
      await this.writePiece(state.index, number, piece);
    }
    const place = { index: state.index, term: state.term };
    const bytes = state.pieces.reduce((sum, piece) => sum + piece.length, 0);
    await this.persist({ hard: { term: state.term, votedFor: null }, entries: [], removed: null });
    await this.switchSnapshot(
      {
        ...place,
        members: { ...noMembers, voters: [this.#options.nodeId] },
        pieces: state.pieces.length,
        records: state.records,
        bytes,
        sha256: hash.digest('hex'),
      },
      place,
    );
    this.noteConfirmed(place);
  }

  async freeBytes(): Promise<number> {
    const disk = await statfs(this.#options.dir);
    return disk.bavail * disk.bsize;
  }

  async #openLocked(): Promise<Recovered> {
    const { dir, nodeId } = this.#options;
    const folder = join(dir, 'db');
    const isNew = !(await exists(folder));
    const mark = await this.#openMark(isNew);
    const torn = await this.#checkFiles(folder, mark.value.index);
    const level = await this.#guard(() => openLevel(folder), 'database');
    this.#level = level;
    const fault = (reason: DamageReason, detail: string) => this.#damaged(reason, detail);
    if (mark.value.term === 0)
      await this.#guard(() => createStore(level, nodeId, this.#options.founders ?? [nodeId]));
    return loadStore({ level, dir, nodeId, mark: mark.value, warnings: torn, damaged: fault });
  }

  async #openMark(isNew: boolean): Promise<Mark> {
    const path = join(this.#options.dir, 'mark');
    const found = await Mark.open(path);
    if (found === 'damaged') throw this.#damaged('mark_checksum', 'no slot of it is whole', 'mark');
    if (found === 'missing' && !isNew)
      throw this.#damaged('mark_missing', 'the database is there without it', 'mark');
    const mark =
      found === 'missing' ? await this.#guard(() => Mark.create(path, { index: 0, term: 0 })) : found;
    this.#mark = mark;
    if (isNew && mark.value.term > 0) {
      throw this.#damaged('file_missing', `${mark.value.index} entries of it were confirmed`, 'db');
    }
    return mark;
  }

  async #checkFiles(folder: string, markIndex: number): Promise<Warning[]> {
    const found = await this.#guard(() => checkDatabase(folder, markIndex));
    if (found.fault !== null)
      throw this.#damaged(found.fault.reason, found.fault.detail, `db/${found.fault.file}`);
    for (const cut of found.torn) {
      this.#options.logger.warn('cut a torn tail of the log, which was never confirmed', { ...cut });
    }
    return found.torn.map((data) => ({ code: 'log.torn_tail', data, sinceMs: this.#options.clock() }));
  }

  async #closeDatabase(): Promise<void> {
    if (this.#markTimer !== null) clearTimeout(this.#markTimer);
    this.#markTimer = null;
    const [level, mark] = [this.#level, this.#mark];
    this.#level = null;
    this.#mark = null;
    await this.#writing;
    this.#broken = null;
    await level
      ?.close()
      .catch((error) => this.#options.logger.warn('closing the log', { reason: reasonOf(error) }));
    await mark?.close().catch((error) => this.#markFailed(error));
  }

  /** What the snapshot makes superfluous is out of sight already; a crash leaves it to the next one. */
  async #forget({ index }: SnapshotInfo, upTo: number): Promise<void> {
    await this.#remove({ gte: pieceKey(0, 0), lt: pieceKey(index, 0) });
    await this.#remove({ gte: entryKey(0), lte: entryKey(upTo) });
    // Left to itself LevelDB keeps it for long (seen: 110 MB of log instead of 40): where keys only grow, removals seldom meet what they remove.
    await this.#opened().compactRange(pieceKey(0, 0), pieceKey(index, 0));
    await this.#opened().compactRange(entryKey(0), entryKey(upTo));
  }

  /** LevelDB's own `clear` does not force to disk, see `#write`. */
  async #remove(range: { gte: Buffer; lt?: Buffer; lte?: Buffer }): Promise<void> {
    const rows = this.#opened().keys(range);
    try {
      for (;;) {
        const keys = await rows.nextv(REMOVED_AT_ONCE);
        if (keys.length === 0) return;
        await this.#write(keys.map((key) => ({ type: 'del', key })));
      }
    } finally {
      await rows.close();
    }
  }

  /**
   * The only door to writing. One at a time, each forced to disk before the next: so a bad record in the write-ahead
   * log is the unconfirmed last one, or damage (leveldb/log-file.ts). After a failed write nothing may follow until the
   * store is reopened: LevelDB would append behind a half-written record, and lose all of it at the next start.
   */
  #write(changes: Change[]): Promise<void> {
    const written = this.#writing.then(async () => {
      if (this.#broken !== null) throw this.#broken;
      try {
        await this.#guard(() => this.#opened().batch(changes, { sync: true }));
      } catch (error) {
        if (error instanceof ElectionError) this.#broken = error;
        throw error;
      }
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  #opened(): Level {
    if (this.#level === null) throw new ElectionError('log.stopped', { maybe: false });
    return this.#level;
  }

  /** Turns what a disk or LevelDB throws into our errors. */
  async #guard<T>(work: () => Promise<T>, otherwise?: 'database'): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ElectionError) throw error;
      const { dir, minFreeBytes } = this.#options;
      if (isDiskFull(error)) {
        const freeBytes = await this.freeBytes().catch(() => 0);
        throw new ElectionError(
          'log.disk_full',
          { dir, freeBytes, neededBytes: minFreeBytes },
          { cause: error },
        );
      }
      const reason = reasonOf(error);
      if (otherwise === 'database' && /corruption|does not exist|missing/i.test(reason)) {
        throw this.#damaged('database', reason);
      }
      throw new ElectionError('log.write_failed', { dir, reason }, { cause: error });
    }
  }

  #damaged(reason: DamageReason, detail: string, file = 'db'): ElectionError {
    return new ElectionError('log.damaged', { dir: this.#options.dir, reason, file, detail });
  }

  /** The mark then lags; entries are durable without it. */
  #markFailed(error: unknown): void {
    this.#options.logger.warn('the mark of what was confirmed could not be written', {
      reason: reasonOf(error),
    });
  }
}

async function exists(folder: string): Promise<boolean> {
  return readdir(folder).then(
    (names) => names.length > 0,
    () => false,
  );
}
