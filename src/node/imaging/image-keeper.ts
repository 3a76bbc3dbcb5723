/** Keeps room for what this PC needs: gives up copies that nobody needs here (I10), and tells the log what could not be fetched. */
import { stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ImageStore } from '../../images/index.ts';
import {
  type Author,
  type CloudMachine,
  failureOn,
  type Logger,
  mayRelease,
  setting,
  usersThere,
} from '../../state/index.ts';
import { problemOf } from '../agent/problem.ts';
import type { Submit } from '../door.ts';
import type { Load } from '../interface.ts';
import { SingleFlight } from '../single-flight.ts';

/** Disks fill in hours; a look reads one figure. */
const LOOK_EVERY_MS = 60_000;
/** A fault that lasts is told again so often: the plan asks this PC again after a quarter of an hour. */
const TELL_AGAIN_MS = 10 * 60_000;
/** A PC that finds nobody to fetch from waits for them so long before it says so: they may be restarting. */
const PATIENCE_MS = 2 * 60_000;
/** What no waiting mends. */
const AT_ONCE: ReadonlySet<string> = new Set(['images.no_space', 'images.disk_full']);
/** No fault of this PC, or of anybody. */
const NO_FAULT: ReadonlySet<string> = new Set(['images.cancelled', 'images.busy']);

export interface ImageKeeperParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly store: Pick<ImageStore, 'versions' | 'localPath'>;
  readonly load: () => Pick<Load, 'diskFreeGiB' | 'diskTotalGiB'> | null;
  readonly now: () => number;
  readonly logger: Logger;
}

export class ImageKeeper {
  readonly #parts: ImageKeeperParts;
  readonly #author: Author;
  readonly #looks: SingleFlight;
  /** Since when a version could not be fetched. */
  readonly #failing = new Map<string, number>();
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(parts: ImageKeeperParts) {
    this.#parts = parts;
    this.#author = { kind: 'node', nodeId: parts.nodeId };
    this.#looks = new SingleFlight(
      () => this.look(),
      (_key, error) => parts.logger.warn('images could not be looked over', { ...problemOf(error) }),
    );
  }

  start(): void {
    this.#timer = setInterval(() => this.#looks.poke('look'), LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#looks.stop();
  }

  /** Notes which copies are in use; while the disk is too full, gives up the one that has not been for longest. */
  async look(): Promise<void> {
    const { machine, nodeId, store, submit, now, logger } = this.#parts;
    const { state } = machine;
    const idle: { versionId: string; usedAt: number }[] = [];
    for (const { versionId, complete } of store.versions()) {
      if (!complete) continue;
      this.#failing.delete(versionId);
      const folder = dirname(store.localPath(versionId));
      if (usersThere(state, versionId, nodeId).length > 0) await utimes(folder, now() / 1000, now() / 1000);
      else idle.push({ versionId, usedAt: (await stat(folder)).mtimeMs });
    }
    if (!this.#isTight()) return;
    idle.sort((a, b) => a.usedAt - b.usedAt);
    for (const { versionId } of idle) {
      const version = state.tables.version.get(versionId);
      if (!version || !mayRelease(state, version, nodeId, now())) continue;
      await submit('image.release', { versionId }, this.#author);
      logger.info('a copy of an image makes room', { versionId });
      return; // the next look measures again
    }
  }

  #isTight(): boolean {
    const load = this.#parts.load();
    const percent = setting(this.#parts.machine.state, 'image.min_free_percent');
    return load !== null && load.diskTotalGiB > 0 && (load.diskFreeGiB / load.diskTotalGiB) * 100 < percent;
  }

  /** What is wanted here could not be fetched: the log learns of it, so that the plan can choose another PC (GF24). */
  fetchFailed(versionId: string, error: unknown): void {
    const { machine, nodeId, submit, now, logger } = this.#parts;
    const cause = problemOf(error);
    const version = machine.state.tables.version.get(versionId);
    if (!version || NO_FAULT.has(cause.code)) return;
    const since = this.#failing.get(versionId) ?? now();
    this.#failing.set(versionId, since);
    if (!AT_ONCE.has(cause.code) && now() - since < PATIENCE_MS) return;
    const told = failureOn(version, nodeId);
    if (told?.cause.code === cause.code && now() - told.at < TELL_AGAIN_MS) return;
    submit('image.fetch_failed', { versionId, cause }, this.#author).catch((refused: unknown) =>
      logger.info('the log did not take that an image could not be fetched', {
        versionId,
        ...problemOf(refused),
      }),
    );
  }
}
