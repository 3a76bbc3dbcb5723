import { createHash } from 'node:crypto';
import type { Logger } from '../state/logger.ts';
import type { Applier } from './applier.ts';
import { ElectionError, reasonOf } from './errors.ts';
import type { Members } from './members.ts';
import { PieceBuilder, recordsOf } from './records.ts';
import type { ElectionSettings } from './settings.ts';
import type { LogStore, SnapshotInfo } from './store.ts';
import type { StateMachine } from './types.ts';

/** The state at one index, in memory. */
export interface Drained {
  readonly index: number;
  readonly term: number;
  readonly records: number;
  readonly pieces: readonly Buffer[];
}

export interface SnapshotsOptions<Outcome> {
  machine: StateMachine<Outcome>;
  applier: Applier<Outcome>;
  store: LogStore;
  settings: ElectionSettings;
  logger: Logger;
  membersAt: (index: number) => Members;
  termAt: (index: number) => number | undefined;
  /** Resolves when the log is durable up to `index` (S6), rejects when `given` up. Where only durable entries are applied: absent. */
  untilDurable?: (index: number, given: () => boolean) => Promise<void>;
  onSwitched: (info: SnapshotInfo, firstIndex: number) => void;
  /** A disk's refusal (the store must be reopened), or a machine that cannot be written out. */
  onFailed: (error: unknown) => void;
}

/**
 * Keeps the log short: when enough was applied since the last one, the state is written in pieces beside the current
 * snapshot, then one durable write makes it the current one and cuts the log behind it.
 *
 * The machine is drained first, in slices, while nothing is applied: so it need not copy itself, the pieces
 * are of one moment, and a slow disk holds up nobody. It costs memory for the state once more, as JSON.
 */
export class Snapshots<Outcome> {
  readonly #options: SnapshotsOptions<Outcome>;
  #current: SnapshotInfo | null = null;
  #entriesSince = 0;
  #bytesSince = 0;
  #lastApplied = 0;
  #taking: Promise<void> | null = null;
  #draining: Promise<unknown> = Promise.resolve();
  #paused = true;

  constructor(options: SnapshotsOptions<Outcome>) {
    this.#options = options;
  }

  get current(): SnapshotInfo | null {
    return this.#current;
  }

  /** Brings the machine to the state of the snapshot on disk, or to the empty state. @throws ElectionError log.damaged */
  async restore(info: SnapshotInfo | null): Promise<void> {
    const pieces: Buffer[] = [];
    if (info !== null) for await (const piece of this.#options.store.readPieces(info)) pieces.push(piece);
    this.#current = info;
    this.#lastApplied = info?.index ?? 0;
    this.#options.machine.restore(recordsOf(pieces));
    this.#options.applier.startAfter({ index: info?.index ?? 0, term: info?.term ?? 0 });
  }

  /** Puts a fetched state in the place of everything, in memory; the caller sees to the disk. Only while paused. */
  replace(info: SnapshotInfo, pieces: readonly Buffer[]): void {
    this.#current = info;
    this.#lastApplied = info.index;
    this.#entriesSince = 0;
    this.#bytesSince = 0;
    this.#options.machine.restore(recordsOf(pieces));
    this.#options.applier.startAfter({ index: info.index, term: info.term });
  }

  /** Counts what was applied; takes a snapshot when it is time. */
  noteApplied(index: number, bytes: number): void {
    const { snapshotEveryEntries, snapshotEveryBytes } = this.#options.settings;
    this.#entriesSince += index - this.#lastApplied;
    this.#bytesSince += bytes;
    this.#lastApplied = index;
    if (this.#paused || this.#taking !== null) return;
    if (this.#entriesSince < snapshotEveryEntries && this.#bytesSince < snapshotEveryBytes) return;
    this.#taking = this.#take().finally(() => {
      this.#taking = null;
    });
  }

  /** Lets snapshots begin. */
  resume(): void {
    this.#paused = false;
  }

  /** Begins no further one; resolves when none is under way. */
  async pause(): Promise<void> {
    this.#paused = true;
    await this.#taking;
    await this.#draining;
  }

  /** The whole state as of one index. One at a time. @throws what the machine throws, ElectionError log.too_large, log.not_json */
  drain(): Promise<Drained> {
    const drained = this.#draining.then(() => this.#drain());
    this.#draining = drained.catch(() => {});
    return drained;
  }

  async #drain(): Promise<Drained> {
    const { applier, machine, settings } = this.#options;
    applier.hold();
    try {
      const { appliedIndex: index, appliedTerm: term } = applier;
      const builder = new PieceBuilder(settings);
      const pieces: Buffer[] = [];
      let sliceEnds = performance.now() + settings.sliceMs;
      for (const record of machine.snapshot()) {
        const piece = builder.add(record);
        if (piece !== null) pieces.push(piece);
        if (performance.now() < sliceEnds) continue;
        await Bun.sleep(0);
        sliceEnds = performance.now() + settings.sliceMs;
      }
      const last = builder.end();
      if (last !== null) pieces.push(last);
      return { index, term, records: builder.records, pieces };
    } finally {
      applier.release();
    }
  }

  async #take(): Promise<void> {
    const { store, logger } = this.#options;
    const began = performance.now();
    try {
      const drained = await this.drain();
      this.#bytesSince = 0;
      await this.#options.untilDurable?.(drained.index, () => this.#paused);
      const info = await this.#write(drained);
      const base = this.#baseFor(info);
      await store.switchSnapshot(info, base);
      this.#current = info;
      this.#entriesSince = this.#lastApplied - info.index;
      this.#options.onSwitched(info, base.index + 1);
      logger.debug('snapshot taken', { ...info, ms: Math.round(performance.now() - began) });
    } catch (error) {
      logger.warn('no snapshot could be taken; the log grows until one can', { reason: reasonOf(error) });
      this.#options.onFailed(error);
      // The next try comes after as many entries again, not after each one.
      this.#entriesSince = 0;
      this.#bytesSince = 0;
    }
  }

  async #write(drained: Drained): Promise<SnapshotInfo> {
    const { store, membersAt } = this.#options;
    const { index, term, records, pieces } = drained;
    const hash = createHash('sha256');
    let bytes = 0;
    // What an interrupted one at the same index left is overwritten, or out of sight until the next switch.
    for (const [number, piece] of pieces.entries()) {
      if (this.#paused) throw new ElectionError('log.stopped', { maybe: false });
      hash.update(piece);
      bytes += piece.length;
      await store.writePiece(index, number, piece);
    }
    const sha256 = hash.digest('hex');
    return { index, term, members: membersAt(index), pieces: pieces.length, records, bytes, sha256 };
  }

  /** Keeps some entries behind the snapshot, but never asks for ones that are gone already. */
  #baseFor(info: SnapshotInfo): { index: number; term: number } {
    const index = Math.max(0, info.index - this.#options.settings.keepEntries);
    const term = this.#options.termAt(index);
    return term === undefined ? { index: info.index, term: info.term } : { index, term };
  }
}
