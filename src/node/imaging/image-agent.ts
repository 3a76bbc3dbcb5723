/** The agent for this PC's images: carries imports through to the log, and drops what the log has deleted. */
import type { DownloadedFile, ImageStore } from '../../images/index.ts';
import {
  type Author,
  type CloudMachine,
  type CloudState,
  type Image,
  type ImageVersion,
  LabmeshError,
  type Logger,
  mayRelease,
  type NodeProblem,
  setting,
} from '../../state/index.ts';
import { problemOf } from '../agent/problem.ts';
import type { Submit } from '../door.ts';
import type { ProgressBoard } from '../progress-board.ts';
import { SingleFlight } from '../single-flight.ts';

export interface ImageAgentParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly store: ImageStore;
  readonly board: ProgressBoard;
  readonly newId: () => string;
  readonly now: () => number;
  readonly logger: Logger;
}

/** A deletion that failed (a busy file, a full log) is tried again at this pace. */
const TICK_MS = 5000;
/** The end of an import is told to the log again and again for this long: the bytes are here, only the word is missing. */
const TELL_FOR_MS = 10 * 60_000;
const TELL_AGAIN_MS = 1000;
const GIB = 2 ** 30;
/** Uploads expire after days; looking every ten minutes is soon enough. */
const SWEEP_EVERY_MS = 10 * 60_000;

/** A file on this PC or on the web, and whether to take it as a bare disk without any sign of one. */
export type ImportSource = { readonly asRaw: boolean } & (
  | {
      readonly path: string;
      /** What people call the file, where its path does not say so. */
      readonly name?: string;
    }
  | { readonly url: string; readonly sha256?: string }
);

export class ImageAgent {
  readonly #parts: ImageAgentParts;
  readonly #author: Author;
  readonly #jobs = new Map<string, { abort: AbortController; done: Promise<void> }>();
  readonly #drops: SingleFlight;
  /** Imports of which the log still has to hear the end: of an earlier run of the node, or told in vain for long. */
  readonly #untold = new Set<string>();
  readonly #conclusions: SingleFlight;
  readonly #cleanups: (() => void)[] = [];
  #stopping = false;

  constructor(parts: ImageAgentParts) {
    this.#parts = parts;
    this.#author = { kind: 'node', nodeId: parts.nodeId };
    this.#drops = new SingleFlight(
      (imageId) => this.#drop(imageId),
      (imageId, error) =>
        parts.logger.warn('an image could not be deleted yet', { imageId, ...problemOf(error) }),
    );
    this.#conclusions = new SingleFlight(
      (imageId) => this.#conclude(imageId),
      (imageId, error) =>
        parts.logger.info('the end of an import could not be told yet', { imageId, ...problemOf(error) }),
    );
  }

  /** Follows the log, and ends what a crash left open as soon as the log listens. */
  async start(): Promise<void> {
    const { machine, nodeId } = this.#parts;
    for (const { id, state, importNodeId } of machine.state.tables.image.all())
      if (state === 'importing' && importNodeId === nodeId) this.#untold.add(id);
    this.#cleanups.push(
      machine.onApplied(({ changes }) => {
        for (const change of changes) {
          if (change.kind === 'version' && change.after && this.#isToGo(change.after))
            this.#drops.poke(change.after.imageId);
          if (change.kind !== 'image') continue;
          if (!change.after) this.#jobs.get(change.id)?.abort.abort();
          else if (change.after.state === 'deleting') this.#drops.poke(change.id);
        }
      }),
    );
    const look = () => {
      this.#pokeDeleting();
      for (const imageId of this.#untold) this.#conclusions.poke(imageId);
    };
    const timer = setInterval(look, TICK_MS);
    const sweep = setInterval(() => this.#sweepUploads(), SWEEP_EVERY_MS);
    this.#cleanups.push(() => {
      clearInterval(timer);
      clearInterval(sweep);
    });
    look();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    for (const job of this.#jobs.values()) job.abort.abort();
    await Promise.allSettled([...this.#jobs.values()].map((job) => job.done));
    await this.#drops.stop();
    await this.#conclusions.stop();
  }

  /**
   * Begins to bring in a file as the first version of an image that the log has as `importing`.
   * @param afterwards runs at its end, with why it failed; null: it did not, or the next start concludes it
   */
  begin(
    image: Image,
    operationId: string,
    source: ImportSource,
    afterwards: (failure: NodeProblem | null) => Promise<void>,
  ): void {
    const abort = new AbortController();
    const done = this.#import(image, operationId, source, abort.signal)
      .catch((error: unknown) => {
        this.#parts.logger.error('an import ended badly', { image: image.id, error: String(error) });
        return null;
      })
      .then(afterwards)
      .catch((error: unknown) => this.#parts.logger.warn('an upload stayed', { error: String(error) }))
      .finally(() => {
        this.#jobs.delete(image.id);
        this.#parts.board.clear(operationId);
      });
    this.#jobs.set(image.id, { abort, done });
  }

  /** Why it failed, as the log was told; null: it is done, cancelled, or left to the next start. */
  async #import(
    image: Image,
    operationId: string,
    source: ImportSource,
    signal: AbortSignal,
  ): Promise<NodeProblem | null> {
    const { store, board, newId, now } = this.#parts;
    const versionId = newId();
    let file: { readonly path: string; remove?(): Promise<void> } | null = null;
    try {
      file = 'path' in source ? source : await this.#download(source, operationId, signal);
      await store.import({
        source: { path: file.path },
        asRaw: source.asRaw,
        maxVirtualBytes: setting(this.#parts.machine.state, 'image.max_size') * GIB,
        versionId,
        imageId: image.id,
        number: 1,
        author: image.ownerId,
        os: image.os,
        createdAt: now(),
        signal,
        onProgress: (progress) => board.set(operationId, progress),
      });
    } catch (error) {
      if (this.#stopping) return null; // the next start concludes it
      if (!this.#parts.machine.state.tables.image.get(image.id)) return null; // cancelled: the log knows
      const failure = renamed(problemOf(error), source);
      if (!(await this.#persist(() => this.#tellFailure(image.id, failure)))) this.#untold.add(image.id);
      return failure;
    } finally {
      await file?.remove?.();
    }
    if (await this.#persist(() => this.#finish(image.id, versionId))) await this.#removeUnknown(versionId);
    else this.#untold.add(image.id);
    return null;
  }

  /** The log has answered, and may have forgotten the image meanwhile (cancelled at the last moment): then nobody will ask for it. */
  async #removeUnknown(versionId: string): Promise<void> {
    if (!this.#parts.machine.state.tables.version.get(versionId)) await this.#parts.store.remove(versionId);
  }

  async #download(
    { url, sha256 }: { readonly url: string; readonly sha256?: string },
    operationId: string,
    signal: AbortSignal,
  ): Promise<DownloadedFile> {
    const { machine, store, board } = this.#parts;
    const { state } = machine;
    return await store.download({
      url,
      ...(sha256 === undefined ? {} : { sha256 }),
      maxBytes: setting(state, 'image.max_size') * GIB,
      allowPrivate: setting(state, 'import.allow_private'),
      isOurs: (address) => isOfCloud(state, address),
      signal,
      onProgress: (progress) => board.set(operationId, progress),
    });
  }

  async #finish(imageId: string, versionId: string): Promise<void> {
    const { store, submit } = this.#parts;
    const info = store.versions().find((one) => one.versionId === versionId);
    if (!info) throw new LabmeshError('image.import_lost', { node: this.#parts.nodeId });
    const { manifestHash, virtualBytes, storedBytes, chunks, boot: kind } = info;
    const facts = { manifestHash, virtualBytes, storedBytes, chunks, kind };
    await submit('image.finish_import', { id: imageId, versionId, ...facts }, this.#author);
  }

  async #tellFailure(imageId: string, cause: NodeProblem): Promise<void> {
    await this.#parts.submit('image.fail_import', { id: imageId, cause }, this.#author);
  }

  /** Tells the log until it answers; a refusal is an answer. False: it does not for long, or the node ends. */
  async #persist(tell: () => Promise<unknown>): Promise<boolean> {
    const until = this.#parts.now() + TELL_FOR_MS;
    while (!this.#stopping && this.#parts.now() <= until) {
      if (await this.#isAnswered(tell)) return true;
      await Bun.sleep(TELL_AGAIN_MS);
    }
    return false;
  }

  async #isAnswered(tell: () => Promise<unknown>): Promise<boolean> {
    try {
      await tell();
    } catch (error) {
      const { code } = problemOf(error);
      if (code.startsWith('log.')) return false;
      this.#parts.logger.info('the log did not take the end of an import', { code });
    }
    return true;
  }

  /** One whose bytes are whole here is finished, any other one failed: a crash cut it off, and its files are gone already. */
  async #conclude(imageId: string): Promise<void> {
    const { machine, nodeId, store } = this.#parts;
    const whole = store.versions().find((one) => one.imageId === imageId && one.complete);
    const cause = {
      code: 'image.import_lost',
      data: { node: machine.state.tables.node.get(nodeId)?.name ?? nodeId },
    };
    const tell = () => (whole ? this.#finish(imageId, whole.versionId) : this.#tellFailure(imageId, cause));
    if (this.#stopping || this.#jobs.has(imageId) || !(await this.#isAnswered(tell))) return;
    this.#untold.delete(imageId);
    if (whole) await this.#removeUnknown(whole.versionId);
  }

  /** Uploads that nobody goes on with do not keep their room for ever. */
  #sweepUploads(): void {
    const { store, now, logger } = this.#parts;
    store.uploads.expire(now()).then(
      (ids) => ids.length > 0 && logger.info('abandoned uploads were removed', { ids }),
      (error: unknown) => logger.warn('abandoned uploads could not be removed', { error: String(error) }),
    );
  }

  #pokeDeleting(): void {
    for (const version of this.#parts.machine.state.tables.version.all())
      if (this.#isToGo(version)) this.#drops.poke(version.imageId);
  }

  /** To be deleted, here or everywhere. */
  #isToGo({ imageId, leaving, leavingOn }: ImageVersion): boolean {
    if (leaving || leavingOn.includes(this.#parts.nodeId)) return true;
    return this.#parts.machine.state.tables.image.get(imageId)?.state === 'deleting';
  }

  async #drop(imageId: string): Promise<void> {
    const { machine, nodeId, store, submit, now } = this.#parts;
    for (const version of machine.state.tables.version.by('image', imageId)) {
      const { id: versionId, nodeIds, leavingOn } = version;
      if (!this.#isToGo(version) || !(nodeIds.includes(nodeId) || leavingOn.includes(nodeId))) continue;
      const isKeptElsewhere = !version.leaving && machine.state.tables.image.get(imageId)?.state === 'ready';
      if (isKeptElsewhere && nodeIds.includes(nodeId)) {
        // Not before enough others have it; and the log is to know before a byte is gone.
        if (!mayRelease(machine.state, version, nodeId, now())) continue;
        await submit('image.release', { versionId }, this.#author);
      }
      if (store.has(versionId)) await store.remove(versionId);
      await submit('image.dropped', { id: imageId, versionId }, this.#author);
    }
  }
}

/** Whether an address is that of one of the cloud's PCs. */
function isOfCloud({ tables }: CloudState, address: string): boolean {
  return tables.node
    .all()
    .filter(({ state }) => state !== 'retired')
    .some(
      (node) =>
        node.address === address || node.meshAddresses.some((one) => one.split('/').includes(address)),
    );
}

/** An upload is no file of its sender's: faults of it are told of the file that was sent. */
function renamed(problem: NodeProblem, source: ImportSource): NodeProblem {
  const isNamed = 'path' in source && source.name !== undefined && 'name' in problem.data;
  return isNamed ? { ...problem, data: { ...problem.data, name: source.name } } : problem;
}
