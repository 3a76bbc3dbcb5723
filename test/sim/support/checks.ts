import type { Entry } from '../../../src/election/entry.ts';

/** A rule of Raft was broken. */
export class Broken extends Error {
  constructor(
    readonly rule: string,
    detail: string,
  ) {
    super(`${rule}: ${detail}`);
  }
}

/** Looks at a cluster from outside, where all nodes' secrets are known. */
export class Checks {
  readonly #leaders = new Map<number, string>();
  /** What was ever applied anywhere, by index. */
  readonly #applied: Entry[] = [];
  /** The term of whoever applied each of them first: it was committed in this term or before. */
  readonly #by: number[] = [];
  readonly #votes = new Map<string, string>();
  readonly #campaigned = new Set<number>();
  readonly #preVotes = new Map<string, Set<string>>();

  get committed(): number {
    return this.#applied.length;
  }

  /** Election safety: one leader a term. Leader completeness: it holds all that was ever committed. */
  leads(nodeId: string, term: number, termAt: (index: number) => number | undefined): void {
    const other = this.#leaders.get(term) ?? nodeId;
    if (other !== nodeId)
      throw new Broken('election safety', `${other} and ${nodeId} both lead term ${term}`);
    this.#leaders.set(term, nodeId);
    // A leader of a term gone by, held up on its way, may know less: nobody will follow it.
    const last = this.#applied[this.#by.findLastIndex((by) => by < term)];
    if (last === undefined) return;
    const found = termAt(last.index);
    if (found !== last.term) {
      throw new Broken(
        'leader completeness',
        `${nodeId} leads term ${term} with term ${found} at entry ${last.index}, committed of term ${last.term}`,
      );
    }
  }

  /** State machine safety: the same entry at the same index everywhere. */
  applies(nodeId: string, entry: Entry, term: number): void {
    const known = this.#applied[entry.index - 1];
    if (known === undefined) {
      if (entry.index !== this.#applied.length + 1) {
        throw new Broken(
          'order of apply',
          `${nodeId} applies ${entry.index} after ${this.#applied.length} at most`,
        );
      }
      this.#applied.push(entry);
      this.#by.push(term);
      return;
    }
    if (known.term === entry.term && known.body === entry.body && known.kind === entry.kind) return;
    throw new Broken(
      'state machine safety',
      `${nodeId} applies ${entry.kind} ${entry.body} of term ${entry.term} at ${entry.index}, elsewhere it was ${known.kind} ${known.body} of term ${known.term}`,
    );
  }

  /** One vote a node and term, whatever crashes come between. */
  votes(voter: string, term: number, candidate: string): void {
    const key = `${voter} ${term}`;
    const before = this.#votes.get(key) ?? candidate;
    if (before !== candidate)
      throw new Broken('one vote a term', `${voter} votes for ${before} and ${candidate} in ${term}`);
    this.#votes.set(key, candidate);
  }

  preVotes(voter: string, term: number, candidate: string): void {
    const key = `${candidate} ${term}`;
    const voters = this.#preVotes.get(key) ?? new Set();
    this.#preVotes.set(key, voters.add(voter));
  }

  /** No campaign without a majority that would vote in that very term (save one that a leader asked for). */
  campaigns(nodeId: string, term: number, voters: readonly string[], asked: boolean): void {
    this.#campaigned.add(term);
    const granted = this.#preVotes.get(`${nodeId} ${term}`) ?? new Set();
    const willing = voters.filter((id) => id === nodeId || granted.has(id)).length;
    if (asked || willing * 2 > voters.length) return;
    throw new Broken(
      'pre-vote',
      `${nodeId} campaigns in term ${term} with ${willing} of ${voters.length} willing`,
    );
  }

  /** Terms rise by campaigns alone. */
  takesTerm(nodeId: string, term: number): void {
    if (term > 0 && !this.#campaigned.has(term)) {
      throw new Broken('pre-vote', `${nodeId} is in term ${term}, in which nobody campaigned`);
    }
  }

  /** Log matching: the same index and term mean the same entries up to there. */
  logsMatch(logs: readonly { nodeId: string; entries: ReadonlyMap<number, Entry> }[]): void {
    for (const [at, a] of logs.entries()) {
      for (const b of logs.slice(at + 1)) {
        let agreed = false;
        const common = [...a.entries.keys()].filter((index) => b.entries.has(index)).sort((x, y) => y - x);
        for (const index of common) {
          const [one, two] = [a.entries.get(index), b.entries.get(index)];
          const same = one?.term === two?.term;
          if ((agreed && !same) || (same && one?.body !== two?.body)) {
            throw new Broken('log matching', `${a.nodeId} and ${b.nodeId} differ at entry ${index}`);
          }
          agreed ||= same;
        }
      }
    }
  }
}
