/**
 * Brings what is missing of a version here, from many peers at once. Each answer tells what its sender has by now, so that peers that are still
 * fetching themselves are asked too. Ends when everything is here; while a peer may still help it goes on, whoever fails.
 */
import { PresentBitmap } from '../bitmap.ts';
import { ImagesError } from '../errors.ts';
import type { Manifest } from '../manifest.ts';
import type { Frame } from './frame.ts';
import { Pace, type PeerFigures } from './pace.ts';
import { ask, type Ended } from './question.ts';
import type { ChunkSource } from './source.ts';
import { type Question, Wanted } from './wanted.ts';

/** Questions under way to all peers together: each holds a chunk or two in memory. */
const MAX_QUESTIONS = 8;
/** PCs that are fetching themselves and hand on to us what comes to them: each holds a chunk or two in memory, too. */
const MAX_WAITING = 8;
/** How long one of them may wait for something to come. */
const WAIT_MS = 1500;
/** Whoever answers sooner, and sends nothing, has not waited: it gets a rest. */
const MIN_WAIT_MS = 100;
/** With nothing new for so long, peers are asked to send even what they left to others. */
const INSIST_AFTER_MS = 2000;
/** With nothing new for so long the transfer ends: whoever wants the version tries again, and people hear why it does not come. */
const GIVE_UP_AFTER_MS = 60_000;
/** A peer that has not said by then which chunks it sends keeps none of them from others. */
const HEAD_SOON_MS = 500;

/** A guest that waited a moment ago will want more: until it was content for so long, what nobody waits for comes slowly, beside it. */
const GUEST_FIRST_MS = 1500;
/** What comes of that meanwhile: one question, of what the guest may want next. */
const BESIDE_GUEST = { questions: 1, chunks: 4 } as const;

export interface Came {
  readonly frame: Frame;
  /** From a peer that has all. */
  readonly isFirstHand: boolean;
}

export interface DownloadParts {
  readonly manifest: Manifest;
  /** What is here; `onChunk` is to set its bits. */
  readonly here: PresentBitmap;
  /** Writes a verified chunk and sets its bit. */
  readonly onChunk: (chunk: number, bytes: Uint8Array, came: Came) => Promise<void>;
  /** A peer sent what it should not have; `chunk` is null when it was no answer at all. */
  readonly onLie: (peerId: string, chunk: number | null) => void;
  readonly stallMs: number;
  /** With nothing new for so long the transfer ends. Default 60 s. */
  readonly giveUpMs?: number;
  /** Waits until so many bytes may come: what this PC fetches in all is bounded. */
  readonly mayCome: (bytes: number) => Promise<void>;
  readonly signal: AbortSignal;
  /** 0 up to 1; for tests. Default `Math.random`. */
  readonly random?: () => number;
}

export class Download {
  readonly #parts: DownloadParts;
  readonly #wanted: Wanted;
  readonly #pace = new Pace();
  readonly #sources = new Map<string, ChunkSource>();
  readonly #questions = new Set<Promise<void>>();
  readonly #done = Promise.withResolvers<void>();
  readonly #broken = new AbortController();
  /** Nobody waits for a turn of the line after the end. */
  readonly #over = Promise.withResolvers<void>();
  readonly #signal: AbortSignal;
  /** Before it, wishes are only kept: nobody can be asked yet, which is not the end of the transfer. */
  #hasBegun = false;
  readonly #running = { asked: 0, waiting: 0 };
  /** Peers that have not yet told whether something came. */
  readonly #waitedFor = new Set<string>();
  #newestAt = performance.now();
  #demandedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #reason: unknown = null;

  constructor(parts: DownloadParts) {
    this.#parts = parts;
    this.#wanted = new Wanted(parts.here, parts.random);
    this.#signal = AbortSignal.any([parts.signal, this.#broken.signal]);
    this.#signal.addEventListener('abort', () => this.#over.resolve(), { once: true });
  }

  /** Who may be asked from now on: those before that are not among them are asked no more. */
  setSources(sources: readonly ChunkSource[]): void {
    const ids = new Set(sources.map(({ id }) => id));
    for (const id of [...this.#sources.keys()]) {
      if (ids.has(id)) continue;
      this.#sources.delete(id);
      this.#pace.remove(id);
      this.#wanted.gone(id);
    }
    for (const source of sources) {
      if (!this.#sources.has(source.id)) this.#greet(source);
    }
    this.#pump();
  }

  /** A guest waits for these chunks. */
  demand(chunks: readonly number[]): void {
    this.#wanted.demand(chunks);
    this.#demandedAt = performance.now();
    for (const id of this.#sources.keys()) this.#pace.rested(id);
    this.#pump();
  }

  /** A guest will want these, in this order. */
  expect(chunks: readonly number[]): void {
    this.#wanted.expect(chunks);
    this.#pump();
  }

  /** What each peer has sent, and how quickly. */
  peers(): PeerFigures[] {
    return this.#pace.figures(performance.now());
  }

  /** @throws ImagesError `images.no_source`, `images.cancelled`, or what `onChunk` failed with */
  async run(): Promise<void> {
    const abort = () => this.#fail(new ImagesError('images.cancelled', {}));
    this.#parts.signal.addEventListener('abort', abort, { once: true });
    if (this.#parts.signal.aborted) abort();
    this.#hasBegun = true;
    this.#pump();
    try {
      await this.#done.promise;
    } finally {
      this.#parts.signal.removeEventListener('abort', abort);
      this.#broken.abort();
      if (this.#timer) clearTimeout(this.#timer);
    }
  }

  /** Resolves when nothing is written any more: after the end, what was under way may still have a chunk in its hands. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#questions);
  }

  /** Nothing is known of what it has: taken for everything, its first answer tells. */
  #greet(source: ChunkSource): void {
    this.#sources.set(source.id, source);
    this.#pace.add(source.id);
    this.#wanted.holds(source.id, PresentBitmap.full(this.#parts.here.chunks));
  }

  #pump(): void {
    if (!this.#hasBegun || this.#broken.signal.aborted) return;
    if (this.#wanted.left === 0) {
      this.#done.resolve();
      return;
    }
    const now = performance.now();
    this.#askForGuest(now);
    const isGuestFirst = now - this.#demandedAt < GUEST_FIRST_MS;
    this.#askForMore(now, isGuestFirst);
    this.#waitForMore(now, isGuestFirst);
    this.#settle(now);
  }

  /** A guest stands still meanwhile: what it waits for goes beside what is under way, not behind it. */
  #askForGuest(now: number): void {
    for (const id of this.#pace.ready(now, true)) {
      const source = this.#sources.get(id);
      const question = this.#wanted.urgentQuestion(id);
      if (source && question) this.#ask(source, question);
    }
  }

  #askForMore(now: number, isGuestFirst: boolean): void {
    const insist = now - this.#newestAt > INSIST_AFTER_MS;
    for (const id of this.#pace.ready(now)) {
      if (this.#running.asked >= (isGuestFirst ? BESIDE_GUEST.questions : MAX_QUESTIONS)) return;
      const source = this.#sources.get(id);
      const question = this.#wanted.question(id, this.#most(id, isGuestFirst), insist);
      if (source && question) this.#ask(source, question);
    }
  }

  #waitForMore(now: number, isGuestFirst: boolean): void {
    for (const id of this.#pace.inTurn(now)) {
      if (this.#waitedFor.has(id)) continue;
      const source = this.#sources.get(id);
      const question = this.#wanted.coming(id, this.#most(id, isGuestFirst));
      const isBeside = isGuestFirst && question?.insist === false;
      if (this.#running.waiting >= (isBeside ? BESIDE_GUEST.questions : MAX_WAITING)) return;
      if (source && question) this.#ask(source, question, Math.min(WAIT_MS, this.#parts.stallMs / 2));
    }
  }

  /** Chunks that a question to this peer may bring. */
  #most(id: string, isGuestFirst: boolean): number {
    const most = this.#pace.chunksFor(id, this.#parts.manifest.chunkBytes);
    return isGuestFirst ? Math.min(BESIDE_GUEST.chunks, most) : most;
  }

  /** Nothing is under way: ends, or looks again later. */
  #settle(now: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const isStuck = now - this.#newestAt > (this.#parts.giveUpMs ?? GIVE_UP_AFTER_MS);
    if (isStuck || (!this.#pace.isHopeful && this.#running.asked === 0)) {
      const { versionId } = this.#parts.manifest;
      const code = this.#reason instanceof ImagesError ? this.#reason.code : null;
      const data = { versionId, asked: this.#sources.size, code };
      this.#fail(new ImagesError('images.no_source', data, { cause: this.#reason }));
      return;
    }
    const wakesAt = this.#pace.wakesAt(now) ?? now + INSIST_AFTER_MS;
    this.#timer = setTimeout(() => this.#pump(), Math.max(1, wakesAt - now));
  }

  /** @param waitMs how long the peer may wait for what it has not yet */
  #ask(source: ChunkSource, question: Question, waitMs = 0): void {
    const kind = waitMs > 0 ? 'waiting' : 'asked';
    this.#running[kind]++;
    this.#pace.asked(source.id, performance.now());
    const asking = this.#put(source, question, waitMs)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#running[kind]--;
        this.#questions.delete(asking);
        this.#pump();
      });
    this.#questions.add(asking);
  }

  /**
   * Asks, and writes what comes. Chunks are marked as under way: those that the peer has until it says which it sends, then these. What it only may
   * get is kept from nobody.
   */
  async #put(source: ChunkSource, { want, max, insist }: Question, waitMs: number): Promise<void> {
    const { manifest, stallMs } = this.#parts;
    const asked = performance.now();
    let isWaiting = waitMs > 0;
    if (isWaiting) this.#waitedFor.add(source.id);
    const told = () => {
      if (isWaiting) this.#waitedFor.delete(source.id);
      isWaiting = false;
    };
    let marked = waitMs > 0 ? new Set<number>() : chunksOf(want);
    let isFirstHand = false;
    let began = asked;
    let good = 0;
    this.#wanted.begin(source.id, marked);
    const slow = setTimeout(() => {
      this.#wanted.end(source.id, marked);
      marked = new Set();
      this.#pump();
    }, HEAD_SOON_MS);
    const reach = [...this.#sources.keys()].filter((id) => id !== source.id);
    try {
      const ended = await ask({
        manifest,
        source,
        request: { want: want.bytes, max, waitMs, insist, reach },
        stallMs,
        signal: this.#signal,
        onHead: ({ have, chosen }) => {
          clearTimeout(slow);
          told();
          began = performance.now();
          isFirstHand = have.count() === have.chunks;
          if (this.#sources.has(source.id)) this.#wanted.holds(source.id, have);
          this.#wanted.end(source.id, marked);
          marked = new Set(chosen);
          this.#wanted.begin(source.id, marked);
          this.#pump();
        },
        onChunk: async (chunk, bytes, frame) => {
          await this.#take(chunk, bytes, { frame, isFirstHand });
          good += bytes.length;
          this.#wanted.end(source.id, [chunk]);
          marked.delete(chunk);
          await Promise.race([this.#parts.mayCome(frame.bytes.length), this.#over.promise]);
        },
      });
      const now = performance.now();
      const hasWaited = good === 0 && waitMs > 0 && now - asked > MIN_WAIT_MS;
      if (hasWaited && ended.how === 'done') this.#pace.waited(source.id);
      else if (ended.how === 'done') this.#pace.answered(source.id, good, (now - began) / 1000, now);
      else this.#ended(source.id, ended, now);
    } finally {
      clearTimeout(slow);
      told();
      this.#wanted.end(source.id, marked);
    }
  }

  async #take(chunk: number, bytes: Uint8Array, came: Came): Promise<void> {
    if (!this.#wanted.take(chunk)) return;
    await this.#parts.onChunk(chunk, bytes, came);
    this.#wanted.arrived(chunk);
    this.#newestAt = performance.now();
  }

  #ended(peerId: string, ended: Exclude<Ended, { how: 'done' }>, now: number): void {
    if (ended.how === 'nothing') this.#empty(peerId, ended.reason, now);
    else this.#blame(peerId, ended, now);
    if (ended.how === 'lie') this.#parts.onLie(peerId, ended.chunk);
  }

  #empty(peerId: string, reason: unknown, now: number): void {
    this.#reason ??= reason;
    this.#pace.empty(peerId, now);
    if (this.#sources.has(peerId)) this.#wanted.holds(peerId, PresentBitmap.empty(this.#parts.here.chunks));
  }

  #blame(peerId: string, ended: Extract<Ended, { how: 'failed' | 'lie' }>, now: number): void {
    if (this.#signal.aborted) return; // it was cut off from here
    this.#reason = ended.reason;
    if (ended.how === 'lie') this.#pace.lied(peerId);
    else this.#pace.failed(peerId, now);
  }

  #fail(error: unknown): void {
    this.#done.reject(error);
    this.#broken.abort(error);
  }
}

function chunksOf(bitmap: PresentBitmap): Set<number> {
  const chunks = new Set<number>();
  for (let chunk = 0; chunk < bitmap.chunks; chunk++) if (bitmap.has(chunk)) chunks.add(chunk);
  return chunks;
}
