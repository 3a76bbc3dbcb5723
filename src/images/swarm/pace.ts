/** Which peer is asked next and for how much: what each delivers is measured, what fails is rested, what lies is left alone. Pure. */

/** Two questions: while one's bytes travel the next is on its way. */
const QUESTIONS_AT_ONCE = 2;
/** Of a peer that has not delivered yet. */
const FIRST_CHUNKS = 4;
const MIN_CHUNKS = 3;
const MAX_CHUNKS = 16;
/** A question is to take about so long at the peer's pace: short enough to learn soon what others have, long enough to be worth its signature. */
const QUESTION_SECONDS = 0.8;
/** One failure may be chance (a restart, a full door); three in a row are not. */
const MAX_FAILURES = 3;
const REST_AFTER_FAILURE_MS = 500;
/** One that failed more often is asked now and then all the same, while others keep the transfer alive: it may be back. */
const REST_OF_FAILING_MS = 5000;
/** How soon a peer that had nothing for us is asked again; doubles up to the last. */
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 800;
/** A peer at less than this part of the fastest is given little, so that it does not hold up much. */
const SLOW_PART = 1 / 8;
/** Weight of the newest measurement. */
const NEWEST = 0.3;

interface Peer {
  running: number;
  failures: number;
  emptyAnswers: number;
  restUntil: number;
  askedAt: number;
  bytes: number;
  bytesPerSecond: number | null;
  lied: boolean;
  /** It has nothing of the version, or not yet. */
  isEmpty: boolean;
}

export interface PeerFigures {
  readonly id: string;
  readonly bytes: number;
  readonly bytesPerSecond: number | null;
  readonly state: 'asked' | 'resting' | 'idle' | 'lied' | 'failing';
}

export class Pace {
  readonly #peers = new Map<string, Peer>();

  add(id: string): void {
    if (this.#peers.has(id)) return;
    this.#peers.set(id, {
      running: 0,
      failures: 0,
      emptyAnswers: 0,
      restUntil: 0,
      askedAt: 0,
      bytes: 0,
      bytesPerSecond: null,
      lied: false,
      isEmpty: false,
    });
  }

  /** Forgets a peer, unless it lied: that is remembered. */
  remove(id: string): void {
    if (this.#peers.get(id)?.lied === false) this.#peers.delete(id);
  }

  /** Those that may be asked now, the quickest first; `urgent`: also those that have their usual questions, for one more. */
  ready(now: number, urgent = false): string[] {
    return [...this.#peers]
      .filter(
        ([, peer]) => !peer.lied && peer.running < atOnce(peer) + (urgent ? 1 : 0) && peer.restUntil <= now,
      )
      .sort(([, a], [, b]) => a.running - b.running || (b.bytesPerSecond ?? 0) - (a.bytesPerSecond ?? 0))
      .map(([id]) => id);
  }

  /** Those that may be asked one thing more, the one that was asked longest ago first. */
  inTurn(now: number): string[] {
    return [...this.#peers]
      .filter(([, peer]) => !peer.lied && peer.running < QUESTIONS_AT_ONCE && peer.restUntil <= now)
      .sort(([, a], [, b]) => a.askedAt - b.askedAt)
      .map(([id]) => id);
  }

  /** True while a peer is there that has something, has not lied, and has not failed again and again. */
  get isHopeful(): boolean {
    return [...this.#peers.values()].some(isUsable);
  }

  /** When the next one that rests may be asked; null when none rests. */
  wakesAt(now: number): number | null {
    const times = [...this.#peers.values()]
      .filter((peer) => !peer.lied && peer.running < atOnce(peer) && peer.restUntil > now)
      .map(({ restUntil }) => restUntil);
    return times.length > 0 ? Math.min(...times) : null;
  }

  /** How many chunks to ask the peer for. */
  chunksFor(id: string, chunkBytes: number): number {
    const rate = this.#peers.get(id)?.bytesPerSecond ?? null;
    if (rate === null) return FIRST_CHUNKS;
    const fastest = Math.max(...[...this.#peers.values()].map((peer) => peer.bytesPerSecond ?? 0));
    if (rate < fastest * SLOW_PART) return MIN_CHUNKS;
    return Math.min(MAX_CHUNKS, Math.max(MIN_CHUNKS, Math.round((rate * QUESTION_SECONDS) / chunkBytes)));
  }

  asked(id: string, now: number): void {
    this.#change(id, (peer) => {
      peer.running++;
      peer.askedAt = now;
    });
  }

  /** A question is answered. `seconds` since its first byte could come; `bytes` of chunks that were good. */
  answered(id: string, bytes: number, seconds: number, now: number): void {
    this.#change(id, (peer) => {
      peer.running--;
      peer.failures = 0;
      peer.isEmpty = false;
      peer.bytes += bytes;
      if (bytes === 0) return rest(peer, now);
      peer.emptyAnswers = 0;
      const rate = bytes / Math.max(seconds, 0.001);
      peer.bytesPerSecond =
        peer.bytesPerSecond === null ? rate : peer.bytesPerSecond * (1 - NEWEST) + rate * NEWEST;
    });
  }

  /** It waited for something to hand on, in vain: it may be asked again. */
  waited(id: string): void {
    this.#change(id, (peer) => {
      peer.running--;
      peer.failures = 0;
      peer.isEmpty = false;
    });
  }

  /** It has nothing of the version: it may be about to begin with it, like this PC. */
  empty(id: string, now: number): void {
    this.#change(id, (peer) => {
      peer.running--;
      peer.failures = 0;
      peer.isEmpty = true;
      rest(peer, now);
    });
  }

  /** It may have something for us again. */
  rested(id: string): void {
    this.#change(id, (peer) => {
      if (peer.failures === 0) peer.restUntil = 0;
    });
  }

  failed(id: string, now: number): void {
    this.#change(id, (peer) => {
      peer.running--;
      peer.failures++;
      peer.restUntil =
        now + (peer.failures < MAX_FAILURES ? REST_AFTER_FAILURE_MS * peer.failures : REST_OF_FAILING_MS);
    });
  }

  /** It sent what it should not have: not asked again. */
  lied(id: string): void {
    this.#change(id, (peer) => {
      peer.running--;
      peer.lied = true;
    });
  }

  figures(now: number): PeerFigures[] {
    return [...this.#peers].map(([id, peer]) => ({
      id,
      bytes: peer.bytes,
      bytesPerSecond: peer.bytesPerSecond,
      state: stateOf(peer, now),
    }));
  }

  #change(id: string, change: (peer: Peer) => void): void {
    const peer = this.#peers.get(id);
    if (peer) change(peer);
  }
}

/** Whoever had nothing for us is asked one thing at a time: two would most likely both be for nothing. */
function atOnce({ emptyAnswers }: Peer): number {
  return emptyAnswers > 0 ? 1 : QUESTIONS_AT_ONCE;
}

/** Longer each time in a row that it had nothing. */
function rest(peer: Peer, now: number): void {
  peer.restUntil = now + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** peer.emptyAnswers);
  peer.emptyAnswers++;
}

function isUsable(peer: Peer): boolean {
  return !peer.lied && !peer.isEmpty && peer.failures < MAX_FAILURES;
}

function stateOf(peer: Peer, now: number): PeerFigures['state'] {
  if (peer.lied) return 'lied';
  if (peer.failures >= MAX_FAILURES) return 'failing';
  if (peer.running > 0) return 'asked';
  return peer.restUntil > now ? 'resting' : 'idle';
}
