import type { Entry, EntryKind } from './entry.ts';
import { TermRuns } from './term-runs.ts';
import type { Role } from './types.ts';

/** What a voter must remember across a crash before it acts on it (Raft figure 2, "persistent state"). */
export interface HardState {
  readonly term: number;
  readonly votedFor: string | null;
}

/** What the core starts from: read back from the store. */
export interface CoreStart {
  readonly nodeId: string;
  readonly voters: readonly string[];
  readonly hard: HardState;
  /** The place before the first entry: the snapshot's, or 0 and 0. */
  readonly base: { readonly index: number; readonly term: number };
  /** Terms of the entries after `base`, in order. */
  readonly terms: Iterable<{ index: number; term: number }>;
  /** What is known to be committed (at least the snapshot). */
  readonly commitIndex: number;
}

export type Input =
  /** Nobody leads (at a start; later: the election timeout). */
  | { type: 'campaign' }
  | { type: 'propose'; bodies: readonly string[] }
  /** All of `persist` up to here is durable. */
  | { type: 'persisted'; term: number; lastIndex: number }
  /** The store failed: what was not durable never was. */
  | { type: 'storage_lost' }
  /** The log was cut behind a snapshot. */
  | { type: 'compacted'; firstIndex: number };

/** What must be made durable, whole or not at all, before the answering `persisted`. */
export interface Persist {
  readonly hard: HardState | null;
  readonly entries: readonly Entry[];
}

export interface Output {
  readonly persist: Persist | null;
  /** Entries up to here may be applied. */
  readonly commitIndex: number;
  /** Role, term or leader differ from before. */
  readonly changed: boolean;
  /** Indexes given to the proposed bodies; null where this node may not propose. */
  readonly proposed: { first: number; last: number } | null;
}

/**
 * Raft's rules without disk, clock or network: `step(input)` changes the state and says what must be done. The same
 * inputs give the same outputs. Today's cloud has one voter; elections and commitment are counted by majority all
 * the same, so further voters bring messages (new inputs and outputs) and no new rules. Rules: SPEC.md.
 */
export class Core {
  readonly nodeId: string;
  #voters: readonly string[];
  #hard: HardState;
  #role: Role = 'follower';
  #leader: string | null = null;
  #log: TermRuns;
  #commitIndex: number;
  /** Who granted their vote in this term, once their grant is durable. */
  #granted = new Set<string>();
  /** How far each voter's durable log is known to agree with this leader's. */
  #match = new Map<string, number>();
  /** What is durable here: term and last index. */
  #durable: { term: number; lastIndex: number };

  constructor(start: CoreStart) {
    this.nodeId = start.nodeId;
    this.#voters = start.voters;
    this.#hard = start.hard;
    this.#log = new TermRuns(start.base, start.terms);
    this.#commitIndex = start.commitIndex;
    this.#durable = { term: start.hard.term, lastIndex: this.#log.lastIndex };
  }

  get role(): Role {
    return this.#role;
  }
  get term(): number {
    return this.#hard.term;
  }
  get leader(): string | null {
    return this.#leader;
  }
  get voters(): readonly string[] {
    return this.#voters;
  }
  get lastIndex(): number {
    return this.#log.lastIndex;
  }
  get commitIndex(): number {
    return this.#commitIndex;
  }

  termAt(index: number): number | undefined {
    return this.#log.termAt(index);
  }

  /** Whether an entry of this leader's own term is committed: before that it may not answer reads (Raft section 8). */
  get mayRead(): boolean {
    return this.#role === 'leader' && this.#log.termAt(this.#commitIndex) === this.#hard.term;
  }

  step(input: Input): Output {
    const before = `${this.#role} ${this.#hard.term} ${this.#leader}`;
    const effect = this.#handle(input);
    const changed = before !== `${this.#role} ${this.#hard.term} ${this.#leader}`;
    return { persist: null, proposed: null, ...effect, commitIndex: this.#commitIndex, changed };
  }

  #handle(input: Input): Partial<Output> {
    switch (input.type) {
      case 'campaign':
        return this.#campaign();
      case 'propose':
        return this.#propose(input.bodies);
      case 'persisted':
        return this.#persisted(input);
      case 'storage_lost':
        return this.#storageLost();
      case 'compacted':
        this.#log.compact(Math.min(input.firstIndex - 1, this.#commitIndex));
        return {};
    }
  }

  #campaign(): Partial<Output> {
    if (!this.#voters.includes(this.nodeId)) return {};
    this.#hard = { term: this.#hard.term + 1, votedFor: this.nodeId };
    this.#role = 'candidate';
    this.#leader = null;
    this.#granted.clear();
    return { persist: { hard: this.#hard, entries: [] } };
  }

  #propose(bodies: readonly string[]): Partial<Output> {
    if (this.#role !== 'leader') return {};
    const entries = bodies.map((body) => this.#append('command', body));
    const first = entries[0];
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return {};
    return { persist: { hard: null, entries }, proposed: { first: first.index, last: last.index } };
  }

  #persisted(durable: { term: number; lastIndex: number }): Partial<Output> {
    // A late confirmation of something since given up says nothing about the present.
    if (durable.term !== this.#hard.term || durable.lastIndex > this.#log.lastIndex) return {};
    this.#durable = { term: durable.term, lastIndex: durable.lastIndex };
    if (this.#role === 'candidate') return this.#countVote(this.nodeId);
    if (this.#role === 'leader') this.#countMatch(this.nodeId, durable.lastIndex);
    return {};
  }

  #countVote(voter: string): Partial<Output> {
    this.#granted.add(voter);
    if (this.#granted.size < this.#majority()) return {};
    this.#role = 'leader';
    this.#leader = this.nodeId;
    this.#match.clear();
    return { persist: { hard: null, entries: [this.#append('noop', '')] } };
  }

  /** Commits what a majority holds, if it is of this term (Raft section 5.4.2: older entries only along with it). */
  #countMatch(voter: string, index: number): void {
    this.#match.set(voter, index);
    const held = this.#voters.map((id) => this.#match.get(id) ?? 0).sort((a, b) => b - a);
    const byMajority = held[this.#majority() - 1] ?? 0;
    if (byMajority <= this.#commitIndex) return;
    if (this.#log.termAt(byMajority) !== this.#hard.term) return;
    this.#commitIndex = byMajority;
  }

  /**
   * As if the node had crashed before the write: what was not durable is forgotten. A node that cannot write cannot
   * lead others; a sole voter stays leader in name, for reads, and campaigns anew when the store is back.
   */
  #storageLost(): Partial<Output> {
    this.#log.truncate(this.#durable.lastIndex + 1);
    const alone = this.#voters.length === 1 && this.#role === 'leader';
    if (!alone) {
      this.#role = 'follower';
      this.#leader = null;
    }
    return {};
  }

  #append(kind: EntryKind, body: string): Entry {
    const index = this.#log.append(this.#hard.term);
    return { index, term: this.#hard.term, kind, body };
  }

  #majority(): number {
    return Math.floor(this.#voters.length / 2) + 1;
  }
}
