/** Brings image versions to this PC from PCs that hold them, and tells the log what is here. */
import type { ImageStore, Progress, Transfer } from '../../images/index.ts';
import {
  type Author,
  type CloudMachine,
  type ImageVersion,
  isNeededOn,
  isUnwanted,
  type Logger,
} from '../../state/index.ts';
import type { BulkLink } from '../across/index.ts';
import { problemOf } from '../agent/problem.ts';
import type { Submit } from '../door.ts';
import type { TransferFacts } from '../interface.ts';
import type { ProgressBoard } from '../progress-board.ts';
import { peerSource } from './image-peers.ts';
import type { PartBoard } from './part-board.ts';
import { Transfers } from './transfers.ts';

/** What could not be told or removed is tried again at this pace. */
const TICK_MS = 5000;
/** A PC that sent wrong bytes is not asked for any version for so long: its memory or disk may be bad, and it is named in the log lines. */
const AVOID_MS = 3_600_000;

export interface ImageFetcherParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly store: ImageStore;
  readonly link: Pick<BulkLink, 'request'>;
  readonly board: ProgressBoard;
  /** Who else is fetching. Default: nobody is known. */
  readonly parts?: PartBoard;
  readonly logger: Logger;
  /** Told when a transfer began or ended. */
  readonly onTransfers?: () => void;
  /** Told when what is wanted here could not be fetched. */
  readonly onFailed?: (versionId: string, error: unknown) => void;
  /** Told when chunks of a version begin to come, and with null when none comes any more. */
  readonly onTransfer?: (versionId: string, transfer: Transfer | null) => void;
}

interface Job {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class ImageFetcher {
  readonly #parts: ImageFetcherParts;
  readonly #author: Author;
  readonly #jobs = new Map<string, Job>();
  /** Of those, the ones that only the log's order has begun: given up when it is taken back. */
  readonly #ordered = new Set<string>();
  /** Versions that came by a fetch of this run and are not told yet; a whole one of unknown name may be an import's. */
  readonly #untold = new Set<string>();
  readonly #cleanups: (() => void)[] = [];
  /** PCs that sent wrong bytes, and until when they are not asked. */
  readonly #avoided = new Map<string, number>();
  readonly #transfers: Transfers;
  #tidying: Promise<void> | null = null;
  #stopping = false;

  constructor(parts: ImageFetcherParts) {
    this.#parts = parts;
    this.#author = { kind: 'node', nodeId: parts.nodeId };
    this.#transfers = new Transfers(() => parts.onTransfers?.());
  }

  /** What is on its way here. */
  transfers(): TransferFacts[] {
    return this.#transfers.facts();
  }

  start(): void {
    const unlisten = this.#parts.parts?.onChange(() => this.#introduce());
    if (unlisten) this.#cleanups.push(unlisten);
    this.#cleanups.push(
      this.#parts.machine.onApplied(({ changes }) => {
        if (!changes.some(({ kind }) => kind === 'image' || kind === 'version')) return;
        for (const [versionId, job] of this.#jobs)
          if (!this.#isWanted(versionId) || this.#isTakenBack(versionId)) job.abort.abort();
        for (const change of changes)
          if (change.kind === 'version' && change.after) this.#prefetch(change.after);
        this.#introduce();
      }),
    );
    const look = () => {
      this.#tidy();
      for (const version of this.#parts.machine.state.tables.version.all()) this.#prefetch(version);
    };
    const timer = setInterval(look, TICK_MS);
    this.#cleanups.push(() => clearInterval(timer));
    look();
  }

  /** Ends what is under way; what came stays for the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    for (const { abort } of this.#jobs.values()) abort.abort();
    await Promise.allSettled([...this.#jobs.values()].map(({ done }) => done));
    await this.#tidying;
  }

  /**
   * Begins to bring a version here, or joins the transfer that is under way.
   * @returns null when there is nothing to do: it is here, or nobody else holds it. The promise settles with the transfer's end:
   *   ImagesError `images.no_source`, `images.no_space`, `images.disk_full`, `images.cancelled`
   */
  fetch(versionId: string): Promise<void> | null {
    const running = this.#jobs.get(versionId);
    if (running) return running.done;
    if (this.#stopping || this.#parts.store.isWhole(versionId)) return null;
    if (!this.#isWanted(versionId) || this.#sources(versionId).length === 0) return null;
    const abort = new AbortController();
    const done = this.#fetch(versionId, abort.signal).finally(() => {
      this.#jobs.delete(versionId);
      this.#ordered.delete(versionId);
      this.#tidy();
    });
    this.#jobs.set(versionId, { abort, done });
    return done;
  }

  /** What a reservation needs here comes before its hour (S7); what fails is tried again by the next look. */
  #prefetch({ id: versionId, wantedOn, nodeIds }: ImageVersion): void {
    const { nodeId, logger } = this.#parts;
    if (!wantedOn.includes(nodeId) || nodeIds.includes(nodeId) || this.#jobs.has(versionId)) return;
    const fetching = this.fetch(versionId);
    if (fetching === null) return;
    this.#ordered.add(versionId);
    fetching.catch((error: unknown) => {
      logger.info('an image could not be fetched ahead yet', { versionId, ...problemOf(error) });
      this.#parts.onFailed?.(versionId, error);
    });
  }

  #isTakenBack(versionId: string): boolean {
    const { machine, nodeId } = this.#parts;
    return this.#ordered.has(versionId) && !isNeededOn(machine.state, versionId, nodeId);
  }

  async #fetch(versionId: string, signal: AbortSignal): Promise<void> {
    const { machine, store, link } = this.#parts;
    const { manifestHash = '', chunks = 0 } = machine.state.tables.version.get(versionId) ?? {};
    const sources = this.#sources(versionId).map((nodeId) => peerSource(link, nodeId));
    const told = new Set<string>();
    this.#transfers.began(versionId);
    try {
      await store.fetch({
        versionId,
        manifestHash,
        chunks,
        sources,
        signal,
        onProgress: (progress) => {
          this.#transfers.progress(versionId, progress);
          this.#show(versionId, progress, told);
        },
        onBegun: (transfer) => {
          this.#transfers.flows(versionId, transfer);
          this.#parts.onTransfer?.(versionId, transfer);
        },
        onLie: (nodeId, chunk) => this.#avoid(nodeId, { versionId, chunk }),
      });
    } finally {
      this.#transfers.ended(versionId);
      this.#parts.onTransfer?.(versionId, null);
      for (const operationId of told) this.#parts.board.clear(operationId);
    }
    if (!store.isWhole(versionId)) return; // a chunk was found damaged while the last ones came: the repair goes on with it
    this.#untold.add(versionId);
    await this.#tell(versionId);
  }

  /** Other nodes that hold it whole or in part; those that are thought to be up and have all of it first. */
  #sources(versionId: string): string[] {
    const { machine, nodeId, parts } = this.#parts;
    const { version, node } = machine.state.tables;
    const whole = version.get(versionId)?.nodeIds ?? [];
    const part = parts?.holders(versionId) ?? [];
    const isUp = (id: string) => node.get(id)?.reach.state === 'up';
    const others = [...new Set([...whole.filter(isUp), ...part, ...whole])].filter((id) => id !== nodeId);
    const trusted = others.filter((id) => !this.#isAvoided(id));
    return trusted.length > 0 ? trusted : others; // each chunk is hashed all the same
  }

  /** Tells the transfers who may be asked by now: others begin to fetch, end, come and go. */
  #introduce(): void {
    for (const { versionId, transfer } of this.#transfers.flowing())
      transfer.setSources(this.#sources(versionId).map((id) => peerSource(this.#parts.link, id)));
  }

  #avoid(nodeId: string, data: { versionId: string; chunk: number | null }): void {
    const { machine, logger } = this.#parts;
    const node = machine.state.tables.node.get(nodeId)?.name ?? nodeId;
    this.#avoided.set(nodeId, performance.now() + AVOID_MS);
    logger.warn('a PC sent wrong bytes of an image and is not asked any more', { ...data, node, nodeId });
  }

  #isAvoided(nodeId: string): boolean {
    return (this.#avoided.get(nodeId) ?? 0) > performance.now();
  }

  #isWanted(versionId: string): boolean {
    const { machine, nodeId } = this.#parts;
    return !isUnwanted(machine.state, versionId, nodeId);
  }

  /** People see it on the starts that wait for it. */
  #show(versionId: string, progress: Progress, told: Set<string>): void {
    const { machine, nodeId, board } = this.#parts;
    const { vm, operation } = machine.state.tables;
    for (const one of vm.by('node', nodeId)) {
      if (one.versionId !== versionId || one.observed.state !== 'fetching') continue;
      for (const { id, state } of operation.by('target', one.id)) {
        if (state !== 'running') continue;
        board.set(id, progress);
        told.add(id);
      }
    }
  }

  #tidy(): void {
    if (this.#tidying !== null || this.#stopping) return;
    this.#tidying = this.#tidyOnce()
      .catch((error: unknown) =>
        this.#parts.logger.warn('copies of images could not be tidied up yet', { ...problemOf(error) }),
      )
      .finally(() => {
        this.#tidying = null;
      });
  }

  /** Tells what is here and untold; removes parts, and copies of this run, of what nobody wants any more. */
  async #tidyOnce(): Promise<void> {
    const { machine, nodeId, store } = this.#parts;
    for (const { versionId, complete } of store.versions()) {
      if (this.#jobs.has(versionId)) continue;
      const isListed = machine.state.tables.version.get(versionId)?.nodeIds.includes(nodeId) === true;
      if (isListed) this.#untold.delete(versionId);
      else if (this.#isWanted(versionId)) {
        if (complete) await this.#tell(versionId);
        else if (!isNeededOn(machine.state, versionId, nodeId)) await store.remove(versionId);
      } else if (!complete || this.#untold.has(versionId)) {
        await store.remove(versionId);
        this.#untold.delete(versionId);
      }
    }
  }

  /** A log that does not listen now is told again by the next tidying. */
  async #tell(versionId: string): Promise<void> {
    try {
      await this.#parts.submit('image.version_held', { versionId, held: true }, this.#author);
    } catch (error) {
      this.#parts.logger.info('the log did not take that an image is here', {
        versionId,
        ...problemOf(error),
      });
    }
  }
}
