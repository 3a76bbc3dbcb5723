import { createHash } from 'node:crypto';
import type { Logger } from '../state/logger.ts';
import type { Applier } from './applier.ts';
import { ElectionError, reasonOf } from './errors.ts';
import type { LiveReplica } from './live-replica.ts';
import type { SnapshotPlace } from './messages.ts';
import type { Snapshots } from './snapshots.ts';
import type { LogStore, SnapshotInfo } from './store.ts';
import type { SnapshotPiece, Transport } from './transport.ts';

export interface SnapshotFetchOptions<Outcome> {
  transport: Transport;
  store: LogStore;
  applier: Applier<Outcome>;
  snapshots: Snapshots<Outcome>;
  live: LiveReplica;
  logger: Logger;
  stopped: AbortSignal;
}

/** Brings a leader's state here where its entries are gone, and gives pieces of the own one to others (L5). */
export class SnapshotFetch<Outcome> {
  readonly #options: SnapshotFetchOptions<Outcome>;
  #busy = false;
  #fetched: { info: SnapshotInfo; pieces: readonly Buffer[] } | null = null;
  /** Installed in memory, not yet on disk. */
  readonly #installing = new Map<number, SnapshotInfo>();

  constructor(options: SnapshotFetchOptions<Outcome>) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Fetches the state at `place` and lets the core install it. One at a time; it is offered again until it is here. */
  async fetch(from: string, place: SnapshotPlace): Promise<void> {
    const { snapshots, live, logger } = this.#options;
    if (this.#busy) return;
    this.#busy = true;
    const began = performance.now();
    try {
      const fetched = await this.#pieces(from, place);
      await snapshots.pause();
      this.#fetched = fetched;
      live.step({ type: 'install', snapshot: place });
      logger.info('the state was fetched from the master', {
        index: place.index,
        bytes: fetched.info.bytes,
        ms: Math.round(performance.now() - began),
      });
    } catch (error) {
      logger.warn('the state could not be fetched; it is tried again', { from, reason: reasonOf(error) });
    } finally {
      this.#fetched = null;
      this.#busy = false;
      if (live.replica !== null) snapshots.resume();
    }
  }

  async #pieces(from: string, place: SnapshotPlace): Promise<{ info: SnapshotInfo; pieces: Buffer[] }> {
    const { transport, store, stopped } = this.#options;
    const pieces: Buffer[] = [];
    const hash = createHash('sha256');
    let info: SnapshotInfo | null = null;
    do {
      const answer = await transport.fetchPiece(from, place.index, pieces.length);
      info ??= answer.info;
      if (info.index !== place.index || info.term !== place.term)
        throw new Error('the master has another snapshot by now');
      hash.update(answer.bytes);
      await store.writePiece(place.index, pieces.length, answer.bytes);
      pieces.push(answer.bytes);
    } while (pieces.length < info.pieces && !stopped.aborted);
    if (hash.digest('hex') !== info.sha256) throw new Error('its checksum differs');
    return { info, pieces };
  }

  /** The core installs it: the state in memory makes way. `write` follows. */
  replaced(place: SnapshotPlace): void {
    const { applier, snapshots } = this.#options;
    const fetched = this.#fetched;
    if (fetched?.info.index !== place.index) throw new Error('a snapshot is installed that was not fetched');
    applier.drop(0, new ElectionError('log.deposed', { maybe: true }));
    this.#installing.set(place.index, fetched.info);
    snapshots.replace(fetched.info, fetched.pieces);
  }

  /** The same on disk, as one durable write. @throws ElectionError log.disk_full, log.write_failed */
  async write(index: number): Promise<void> {
    const info = this.#installing.get(index);
    this.#installing.delete(index);
    if (info === undefined) throw new Error(`nothing was fetched for ${index}`);
    await this.#options.store.replaceBy(info);
  }

  /** One piece for another node; null where this node has another snapshot by now. */
  async serve(index: number, piece: number): Promise<SnapshotPiece | null> {
    const info = this.#options.snapshots.current;
    if (info === null || info.index !== index || piece < 0 || piece >= Math.max(1, info.pieces)) return null;
    return { info, bytes: await this.#options.store.readPiece(info, piece) };
  }
}
