/**
 * Versions that guests read while they are still on their way here: what a guest waits for is asked of other PCs first, what has come is told to the
 * serving process, and the order of first reads is kept for the next boot. Everything here may be forgotten: both sides say it again.
 */
import {
  type ImageStore,
  ImagesError,
  MAX_LISTED_CHUNKS,
  type Notice,
  type Order,
  type Transfer,
} from '../../images/index.ts';
import type { Logger } from '../../state/index.ts';
import { Stream } from './streaming-version.ts';

const TICK_MS = 1000;
/** Loading a version of many gigabytes takes a second on a slow disk. */
const OPEN_MS = 20_000;
/** VMs are looked at every five seconds; one that was not seen reading for so long does not read any more. */
const KEPT_MS = 30_000;
/** A guest that waits this long for bytes is worth a word. */
const WAITING_MS = 5000;

/** What QEMU connects to. */
export interface Served {
  readonly socket: string;
  readonly name: string;
}

export interface StreamingParts {
  readonly store: Pick<ImageStore, 'has' | 'isWhole' | 'strikeOut' | 'firstReads' | 'noteFirstReads'>;
  readonly socket: string;
  readonly serving: {
    ensure(): Promise<void>;
    release(): void;
    tell(order: Order): void;
  };
  /** Begins to bring a version here, or joins the transfer that runs; null when nobody else has it or it is whole. */
  readonly fetch: (versionId: string) => Promise<void> | null;
  /** What other PCs know of the order of first reads. */
  readonly askOrder: (versionId: string) => Promise<readonly number[]>;
  /** Something that VMs of the version wait for has come about. */
  readonly onChange: (versionId: string) => void;
  readonly logger: Logger;
}

export class Streaming {
  readonly #parts: StreamingParts;
  readonly #streams = new Map<string, Stream>();
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(parts: StreamingParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    for (const stream of this.#streams.values()) stream.refused('the node ends');
  }

  /** True while its manifest is here and its chunks come: a VM can be started on it. */
  isFlowing(versionId: string): boolean {
    const { store } = this.#parts;
    const isComing = (this.#streams.get(versionId)?.transfer ?? null) !== null;
    return isComing && store.has(versionId) && !store.isWhole(versionId);
  }

  /** What a VM of the version is to read from. Serves nothing yet. */
  servedAs(versionId: string): Served {
    return { socket: this.#parts.socket, name: versionId };
  }

  /** Serves the version from now on. @throws ImagesError `images.serving_failed`, `images.not_served` */
  async open(versionId: string): Promise<void> {
    const stream = this.#of(versionId);
    stream.keptAt = performance.now();
    if (stream.transfer !== null) void this.#expectLearned(versionId, stream);
    await this.#parts.serving.ensure();
    const opened = stream.nextOpened();
    this.#parts.serving.tell({ tell: 'open', versionId });
    const timer = setTimeout(() => stream.refused(`no answer within ${OPEN_MS / 1000} s`), OPEN_MS);
    const reason = await opened.finally(() => clearTimeout(timer));
    if (reason !== null) throw new ImagesError('images.not_served', { versionId, reason });
  }

  /** A VM reads it: it goes on being served, and fetched, whatever died meanwhile. */
  keep(versionId: string): void {
    this.#of(versionId).keptAt = performance.now();
    this.prepare();
  }

  /** Something is going to be served: the process starts already. */
  prepare(): void {
    this.#parts.serving.ensure().catch((error: unknown) => {
      this.#parts.logger.error('images cannot be served to QEMU', { error: String(error) });
    });
  }

  /** Whether guests wait for bytes of it that do not come. */
  isStuck(versionId: string): boolean {
    return this.#streams.get(versionId)?.isStuck(performance.now(), WAITING_MS) ?? false;
  }

  /** Chunks of the version begin to come, or come no more (null). */
  flows(versionId: string, transfer: Transfer | null): void {
    const stream = this.#of(versionId);
    stream.transfer = transfer;
    if (transfer !== null) {
      transfer.onArrived((chunk) => this.#arrived(versionId, stream, chunk));
      transfer.demand([...stream.wants.keys()]);
      // Without a guest the chunks come in the order that is best for all PCs.
      if (stream.isUsed(performance.now(), KEPT_MS)) void this.#expectLearned(versionId, stream);
    }
    this.#parts.onChange(versionId);
  }

  /** Chunks that were here are damaged: a guest that reads them waits for them again. */
  lost(versionId: string, chunks: readonly number[]): void {
    const stream = this.#streams.get(versionId);
    for (const chunk of chunks) {
      stream?.arrived.delete(chunk);
      stream?.damaged.delete(chunk);
    }
    stream?.transfer?.demand(chunks.filter((chunk) => stream.wants.has(chunk)));
    for (let i = 0; i < chunks.length; i += MAX_LISTED_CHUNKS) {
      const some = chunks.slice(i, i + MAX_LISTED_CHUNKS);
      this.#parts.serving.tell({ tell: 'lost', versionId, chunks: some });
    }
  }

  /** From the serving process. */
  hear(notice: Notice): void {
    if (notice.tell === 'hello') return;
    const stream = this.#of(notice.versionId);
    switch (notice.tell) {
      case 'opened':
        this.#tellChunks(notice.versionId, [...stream.arrived]);
        stream.opened();
        return;
      case 'refused':
        stream.refused(notice.reason);
        return;
      case 'want':
        this.#want(notice.versionId, stream, notice.chunks);
        return;
      case 'damaged':
        this.#damaged(notice.versionId, stream, notice.chunks);
        return;
      case 'read':
        stream.noteReads(notice.from, notice.chunks);
        return;
      case 'clients':
        stream.clients = notice.count;
    }
  }

  /** A serving process is there that may know nothing. */
  again(): void {
    for (const [versionId, stream] of this.#streams) {
      stream.clients = 0; // it tells how many come back
      if (stream.isUsed(performance.now(), KEPT_MS)) this.#parts.serving.tell({ tell: 'open', versionId });
    }
  }

  #of(versionId: string): Stream {
    const stream = this.#streams.get(versionId) ?? new Stream();
    this.#streams.set(versionId, stream);
    return stream;
  }

  #want(versionId: string, stream: Stream, chunks: readonly number[]): void {
    const { store } = this.#parts;
    const isWhole = store.isWhole(versionId);
    const isHere = (chunk: number) => (isWhole || stream.arrived.has(chunk)) && !stream.damaged.has(chunk);
    const here = chunks.filter(isHere);
    if (here.length > 0) this.#tellChunks(versionId, here);
    const missing = chunks.filter((chunk) => !here.includes(chunk));
    if (missing.length === 0) return;
    stream.wanted(missing, performance.now());
    stream.transfer?.demand(missing);
    stream.transfer?.expect(stream.ahead());
    if (stream.transfer === null) this.#fetch(versionId);
  }

  /** A guest was about to read them: struck out, they come anew as all that is missing. */
  #damaged(versionId: string, stream: Stream, chunks: readonly number[]): void {
    for (const chunk of chunks) {
      stream.arrived.delete(chunk);
      stream.damaged.add(chunk);
    }
    this.#parts.store.strikeOut(versionId, chunks).catch((error: unknown) => {
      this.#parts.logger.error('damaged chunks could not be struck out', { versionId, error: String(error) });
      for (const chunk of chunks) stream.damaged.delete(chunk); // found again by the next read
    });
  }

  #arrived(versionId: string, stream: Stream, chunk: number): void {
    stream.arrived.add(chunk);
    // A guest may wait for it, and others come at once with it: they share a message, but wait no longer than this turn.
    if (stream.untold.push(chunk) > 1) return;
    queueMicrotask(() => {
      const wasStuck = this.isStuck(versionId);
      const chunks = stream.untold.splice(0);
      for (const one of chunks) stream.wants.delete(one);
      this.#tellChunks(versionId, chunks);
      if (wasStuck) this.#parts.onChange(versionId);
    });
  }

  async #expectLearned(versionId: string, stream: Stream): Promise<void> {
    const { store, askOrder, logger } = this.#parts;
    try {
      let learned = await store.firstReads(versionId);
      if (learned.length === 0) {
        learned = await askOrder(versionId);
        if (learned.length > 0) await store.noteFirstReads(versionId, learned);
      }
      stream.learned = learned;
      if (learned.length > 0) stream.transfer?.expect(stream.ahead());
    } catch (error) {
      logger.info('the order of first reads is not known', { versionId, error: String(error) });
    }
  }

  #fetch(versionId: string): void {
    this.#parts.fetch(versionId)?.catch((error: unknown) => {
      // Said every few seconds while no PC can send: the VM's page tells people.
      this.#parts.logger.debug('an image that a guest reads does not come yet', {
        versionId,
        error: String(error),
      });
    });
  }

  #tick(): void {
    const { store, serving } = this.#parts;
    const now = performance.now();
    for (const [versionId, stream] of this.#streams) {
      void this.#saveReads(versionId, stream);
      if (stream.isUsed(now, KEPT_MS)) {
        if (stream.transfer === null && !store.isWhole(versionId)) this.#fetch(versionId);
        if (store.isWhole(versionId) && stream.wants.size > 0) this.#satisfy(versionId, stream);
        if (stream.isStuck(now, WAITING_MS) !== stream.wasStuck) {
          stream.wasStuck = !stream.wasStuck;
          this.#parts.onChange(versionId);
        }
      } else if (stream.transfer === null) {
        this.#streams.delete(versionId);
        serving.tell({ tell: 'close', versionId });
        if (this.#streams.size === 0) serving.release();
      }
    }
  }

  /** Everything is here, however it came. */
  #satisfy(versionId: string, stream: Stream): void {
    const chunks = [...stream.wants.keys()].filter((chunk) => !stream.damaged.has(chunk));
    for (const chunk of chunks) stream.wants.delete(chunk);
    this.#tellChunks(versionId, chunks);
  }

  async #saveReads(versionId: string, stream: Stream): Promise<void> {
    const fresh = stream.takeReads();
    if (fresh === null || !this.#parts.store.has(versionId)) return;
    await this.#parts.store.noteFirstReads(versionId, fresh).catch((error: unknown) => {
      this.#parts.logger.info('the order of first reads was not kept', { versionId, error: String(error) });
    });
  }

  #tellChunks(versionId: string, chunks: readonly number[]): void {
    for (let i = 0; i < chunks.length; i += MAX_LISTED_CHUNKS) {
      const some = chunks.slice(i, i + MAX_LISTED_CHUNKS);
      this.#parts.serving.tell({ tell: 'arrived', versionId, chunks: some });
    }
  }
}
