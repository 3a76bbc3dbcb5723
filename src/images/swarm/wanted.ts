/** What of a version is still to come, who has it, and what is asked of whom next: demand, then read-ahead, then the rarest. Pure. */
import { PresentBitmap } from '../bitmap.ts';

/** Times as many chunks are offered as may come: enough for the holder to choose from, and others stay for other peers meanwhile. */
const OFFERED_PER_CHUNK = 4;
/** Chunks that a guest waits for are asked for a few at a time, so that the first of them comes soon. */
const DEMAND_AT_ONCE = 4;
/** With no more than this left, what is under way is asked for a second time elsewhere: one slow peer must not hold up the end. */
const ENDGAME_CHUNKS = 4;

export interface Question {
  readonly want: PresentBitmap;
  readonly max: number;
  readonly insist: boolean;
}

export class Wanted {
  readonly #here: PresentBitmap;
  readonly #random: () => number;
  readonly #holders = new Map<string, PresentBitmap>();
  /** How many peers have each chunk. */
  readonly #copies: Uint16Array;
  /** Which peers are sending a chunk, or may be. */
  readonly #underWay = new Map<number, string[]>();
  /** Verified, and on their way to the disk. */
  readonly #taken = new Set<number>();
  #demand: number[] = [];
  #ahead: number[] = [];
  #left: number;

  /** @param here what is present; zero chunks count as present. Kept and read, never written. */
  constructor(here: PresentBitmap, random: () => number = Math.random) {
    this.#here = here;
    this.#random = random;
    this.#copies = new Uint16Array(here.chunks);
    this.#left = here.chunks - here.count();
  }

  /** Chunks that are not here. Counted anew before it says none: one that was here may have been found damaged meanwhile. */
  get left(): number {
    if (this.#left <= 0) this.#left = this.#here.chunks - this.#here.count();
    return this.#left;
  }

  /** A guest waits for these. */
  demand(chunks: readonly number[]): void {
    for (const chunk of chunks)
      if (!this.#here.has(chunk) && !this.#demand.includes(chunk)) this.#demand.push(chunk);
  }

  /** A guest will want these, in this order; replaces what was said before. */
  expect(chunks: readonly number[]): void {
    this.#ahead = chunks.filter((chunk) => !this.#here.has(chunk));
  }

  /** What a peer has by now. */
  holds(peerId: string, have: PresentBitmap): void {
    this.gone(peerId);
    this.#holders.set(peerId, have);
    this.#countCopies(have, 1);
  }

  gone(peerId: string): void {
    const before = this.#holders.get(peerId);
    if (before) this.#countCopies(before, -1);
    this.#holders.delete(peerId);
  }

  /** The chunk is verified and about to be written: nobody need send it any more. False when it was taken before: towards the end one may come twice. */
  take(chunk: number): boolean {
    if (!this.#isMissing(chunk)) return false;
    this.#taken.add(chunk);
    return true;
  }

  /** The chunk is verified and written; call after the bitmap says so. */
  arrived(chunk: number): void {
    this.#taken.delete(chunk);
    this.#left--;
    this.#demand = this.#demand.filter((one) => one !== chunk);
  }

  /** Marks the chunks of a question to a peer. */
  begin(peerId: string, chunks: Iterable<number>): void {
    for (const chunk of chunks) this.#underWay.set(chunk, [...(this.#underWay.get(chunk) ?? []), peerId]);
  }

  /** Unmarks those that are not sent, or have come. */
  end(peerId: string, chunks: Iterable<number>): void {
    for (const chunk of chunks) {
      const senders = this.#underWay.get(chunk) ?? [];
      const at = senders.indexOf(peerId);
      if (at < 0) continue;
      if (senders.length === 1) this.#underWay.delete(chunk);
      else this.#underWay.set(chunk, senders.toSpliced(at, 1));
    }
  }

  /** What a guest waits for and nobody sends yet; null when the peer has nothing of the kind. */
  urgentQuestion(peerId: string): Question | null {
    const have = this.#holders.get(peerId);
    const open = (chunk: number) => have?.has(chunk) && this.#isMissing(chunk) && !this.#underWay.has(chunk);
    const demanded = this.#demand.filter(open).slice(0, DEMAND_AT_ONCE);
    return demanded.length > 0 ? this.#about(demanded, demanded.length, true) : null;
  }

  /** What to ask the peer for now, at most `max` chunks; null when it has nothing for us. */
  question(peerId: string, max: number, insist: boolean): Question | null {
    const have = this.#holders.get(peerId);
    if (have === undefined) return null;
    const open = (chunk: number) => have.has(chunk) && this.#isMissing(chunk) && !this.#underWay.has(chunk);
    const urgent = this.urgentQuestion(peerId);
    if (urgent !== null) return urgent;
    const expected = firstOf(this.#ahead, open, max);
    if (expected.length > 0) return this.#about(expected, max, insist);
    const rare = this.#rarest(open, max * OFFERED_PER_CHUNK);
    if (rare.length > 0) return this.#about(rare, max, insist);
    return this.#again(peerId, have, insist);
  }

  /** What a peer that is fetching itself may soon have for us; null when it has all, or we need nothing more. What a guest waits for, alone. */
  coming(peerId: string, max: number): Question | null {
    const have = this.#holders.get(peerId);
    if (have === undefined) return null;
    const open = (chunk: number) => !have.has(chunk) && this.#isMissing(chunk) && !this.#underWay.has(chunk);
    const demanded = this.#demand.filter(open);
    if (demanded.length > 0) return this.#about(demanded, DEMAND_AT_ONCE, true);
    if (this.#demand.length > 0) return null;
    const any: number[] = [];
    for (let chunk = 0; chunk < have.chunks; chunk++) if (open(chunk)) any.push(chunk);
    return any.length > 0 ? this.#about(any, max, false) : null;
  }

  #isMissing(chunk: number): boolean {
    return !this.#here.has(chunk) && !this.#taken.has(chunk);
  }

  /** What is under way from one other peer, when little is left or nothing comes any more. */
  #again(peerId: string, have: PresentBitmap, insist: boolean): Question | null {
    if (this.#left > ENDGAME_CHUNKS && !insist) return null;
    const late: number[] = [];
    for (const [chunk, senders] of this.#underWay) {
      if (late.length === ENDGAME_CHUNKS) break;
      if (senders.length > 1 || senders[0] === peerId) continue;
      if (have.has(chunk) && this.#isMissing(chunk)) late.push(chunk);
    }
    return late.length > 0 ? this.#about(late, 1, true) : null;
  }

  /**
   * Open chunks of which the fewest copies are known; which of them come is the holder's choice. Begun with anywhere: if everybody asked for the
   * first ones, a holder could not give each something else.
   */
  #rarest(open: (chunk: number) => boolean, limit: number): number[] {
    let fewest = Number.POSITIVE_INFINITY;
    let found: number[] = [];
    const { chunks } = this.#here;
    const start = Math.floor(this.#random() * chunks);
    for (let i = 0; i < chunks; i++) {
      const chunk = (start + i) % chunks;
      const copies = this.#copies[chunk] ?? 0;
      if (copies > fewest || !open(chunk)) continue;
      if (copies < fewest) found = [];
      fewest = copies;
      if (found.length < limit) found.push(chunk);
    }
    return found;
  }

  #about(chunks: readonly number[], max: number, insist: boolean): Question {
    const want = PresentBitmap.empty(this.#here.chunks);
    for (const chunk of chunks) want.set(chunk);
    return { want, max, insist };
  }

  #countCopies(have: PresentBitmap, by: 1 | -1): void {
    for (let chunk = 0; chunk < have.chunks; chunk++) {
      if (have.has(chunk)) this.#copies[chunk] = (this.#copies[chunk] ?? 0) + by;
    }
  }
}

function firstOf(chunks: readonly number[], open: (chunk: number) => boolean, max: number): number[] {
  const found: number[] = [];
  for (const chunk of chunks) {
    if (found.length === max) break;
    if (open(chunk)) found.push(chunk);
  }
  return found;
}
