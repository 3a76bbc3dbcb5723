/**
 * Which of the chunks that a peer asks for it gets from here. Pure. A holder gives away first what it gave away least; one that has all leaves to
 * others what it has given to one of them lately: so the first seeder of a swarm sends little more than one copy, however many ask.
 * (After "super-seeding", BEP 16, with the choice made where the knowledge is: at the sender.)
 */
import type { PresentBitmap } from '../bitmap.ts';

export interface Ask {
  /** Chunks that the asker lacks and nobody sends it yet. */
  readonly want: PresentBitmap;
  readonly max: number;
  readonly askerId: string;
  /** Other peers that the asker can ask. */
  readonly reach: ReadonlySet<string>;
  /** Send even what others should have by now: a guest waits for it, or the others do not deliver. */
  readonly insist: boolean;
}

/** Who got a chunk has it verified and passes it on within a few seconds, or is too slow to be waited for. */
const LEAVE_TO_OTHERS_MS = 10_000;

export class Seeding {
  readonly #sent: Uint16Array;
  readonly #lastAt: Float64Array;
  readonly #lastTo: Uint16Array;
  /** Peers by the number that `#lastTo` holds; 0 is nobody. */
  readonly #names: string[] = [''];

  constructor(chunks: number) {
    this.#sent = new Uint16Array(chunks);
    this.#lastAt = new Float64Array(chunks);
    this.#lastTo = new Uint16Array(chunks);
  }

  /** Chunks of `have` for the asker, at most `max`; counts them as sent. `start` (0 to 1) is where equals are begun with. */
  choose(have: PresentBitmap, ask: Ask, now: number, start: number): number[] {
    // One that is still fetching passes on whatever it has: were all to point to others, the last would get a chunk by way of all of them.
    const isWhole = have.count() === have.chunks;
    const chosen: { chunk: number; sent: number }[] = [];
    const chunks = ask.want.chunks;
    const first = Math.min(chunks - 1, Math.floor(start * chunks));
    for (let i = 0; i < chunks; i++) {
      const chunk = (first + i) % chunks;
      if (!ask.want.has(chunk) || !have.has(chunk)) continue;
      if (isWhole && !ask.insist && this.#isWithOthers(chunk, ask, now)) continue;
      insert(chosen, { chunk, sent: this.#sent[chunk] ?? 0 }, ask.max);
    }
    for (const { chunk } of chosen) this.#note(chunk, ask.askerId, now);
    return chosen.map(({ chunk }) => chunk);
  }

  /** A chunk that was chosen did not get there. */
  unsent(chunk: number): void {
    this.#sent[chunk] = Math.max(0, (this.#sent[chunk] ?? 0) - 1);
    this.#lastTo[chunk] = 0;
  }

  #isWithOthers(chunk: number, ask: Ask, now: number): boolean {
    const to = this.#names[this.#lastTo[chunk] ?? 0] ?? '';
    if (to === '' || to === ask.askerId || !ask.reach.has(to)) return false;
    return now - (this.#lastAt[chunk] ?? 0) < LEAVE_TO_OTHERS_MS;
  }

  #note(chunk: number, askerId: string, now: number): void {
    let name = this.#names.indexOf(askerId);
    if (name < 0) name = this.#names.push(askerId) - 1;
    this.#sent[chunk] = Math.min(65_535, (this.#sent[chunk] ?? 0) + 1);
    this.#lastTo[chunk] = name;
    this.#lastAt[chunk] = now;
  }
}

/** Keeps the `max` least sent, earlier ones before later ones among equals. */
function insert(
  chosen: { chunk: number; sent: number }[],
  one: { chunk: number; sent: number },
  max: number,
) {
  const last = chosen.at(-1);
  if (chosen.length === max && last !== undefined && last.sent <= one.sent) return;
  const at = chosen.findIndex(({ sent }) => sent > one.sent);
  chosen.splice(at < 0 ? chosen.length : at, 0, one);
  if (chosen.length > max) chosen.pop();
}
