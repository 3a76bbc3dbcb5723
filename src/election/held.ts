import { Configs } from './configs.ts';
import type { Entry, EntryKind } from './entry.ts';
import type { Members } from './members.ts';
import type { SnapshotPlace } from './messages.ts';
import type { CoreStart, Durable, HardState, Persist } from './steps.ts';
import { TermRuns } from './term-runs.ts';

/**
 * What one node holds: term and vote, the log (its places, not its bodies), who takes part, how far all that is
 * committed and durable. Every change is gathered for the next write, which `takePersist` gives out.
 */
export class Held {
  readonly #configs: Configs;
  #hard: HardState;
  #log: TermRuns;
  #snapshot: SnapshotPlace | null;
  #commitIndex: number;
  #durableIndex: number;
  #verified: number;
  /** Counts changes of term and vote, and how many of them are durable. */
  #hardCount = 0;
  #hardDurable = 0;
  // Gathered for the next write.
  #hardChanged = false;
  #entries: Entry[] = [];
  #removed: { from: number; to: number } | null = null;
  #install: SnapshotPlace | null = null;

  constructor(start: CoreStart) {
    this.#hard = start.hard;
    this.#log = new TermRuns(start.base, start.terms);
    this.#snapshot = start.snapshot ?? null;
    this.#configs = new Configs(start.members, start.configs);
    this.#commitIndex = start.commitIndex;
    this.#durableIndex = this.#log.lastIndex;
    this.#verified = start.commitIndex;
  }

  get term(): number {
    return this.#hard.term;
  }
  get votedFor(): string | null {
    return this.#hard.votedFor;
  }
  /** Whether term and vote would outlive a crash now. */
  get hardIsDurable(): boolean {
    return this.#hardDurable === this.#hardCount;
  }
  /** To look at; it changes through the methods here. */
  get log(): TermRuns {
    return this.#log;
  }
  get members(): Members {
    return this.#configs.newest;
  }
  /** Whether the newest change of members is committed. */
  get membersCommitted(): boolean {
    return this.#configs.newestIndex <= this.#commitIndex;
  }
  get snapshot(): SnapshotPlace | null {
    return this.#snapshot;
  }
  get commitIndex(): number {
    return this.#commitIndex;
  }
  /** Whether an entry of the own term is committed: before that a leader neither answers reads nor changes members (M2). */
  get committedOwnTerm(): boolean {
    return this.#log.termAt(this.#commitIndex) === this.#hard.term;
  }
  /** Entries up to here are on disk, the same as in memory. */
  get durableIndex(): number {
    return this.#durableIndex;
  }
  /** The log is the leader's up to here: what is committed is so for certain, beyond that what `agreesTo` was told. */
  get agreed(): number {
    return Math.max(this.#verified, this.#commitIndex);
  }
  /** Durable, and the same as the leader's. */
  get match(): number {
    return Math.min(this.#durableIndex, this.agreed);
  }

  membersAt(index: number): Members {
    return this.#configs.at(index);
  }

  setHard(hard: HardState): void {
    this.#hard = hard;
    this.#hardCount += 1;
    this.#hardChanged = true;
  }

  // ---- entries

  /** Adds an entry of the own term. */
  append(kind: EntryKind, body: string): Entry {
    const entry = { index: this.#log.lastIndex + 1, term: this.#hard.term, kind, body };
    this.#add(entry);
    return entry;
  }

  /** Takes a leader's entries: what differs makes way for them (L1). */
  takeOver(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // What is committed is the same everywhere, and may be compacted here.
      if (entry.index <= this.#commitIndex || this.#log.termAt(entry.index) === entry.term) continue;
      if (entry.index <= this.#log.lastIndex) this.#truncate(entry.index);
      this.#add(entry);
    }
  }

  /** The leader's messages show that the log is its own up to `index`. */
  agreesTo(index: number): void {
    this.#verified = Math.min(Math.max(this.#verified, this.#commitIndex, index), this.#log.lastIndex);
  }

  /** Another may lead: beyond what is committed nothing is known to be its own. */
  agreesNoMore(): void {
    this.#verified = this.#commitIndex;
  }

  commitTo(index: number): void {
    this.#commitIndex = Math.max(this.#commitIndex, index);
  }

  #add(entry: Entry): void {
    this.#log.append(entry.term);
    this.#entries.push(entry);
    if (entry.kind === 'voters') this.#configs.add(entry);
  }

  #truncate(from: number): void {
    if (from <= this.#commitIndex) throw new Error(`entry ${from} is committed and would be overwritten`);
    this.#removed = { from, to: Math.max(this.#log.lastIndex, this.#removed?.to ?? 0) };
    this.#entries = this.#entries.filter((entry) => entry.index < from);
    this.#forget(from);
  }

  #forget(from: number): void {
    this.#log.truncate(from);
    this.#configs.truncate(from);
    this.#durableIndex = Math.min(this.#durableIndex, this.#log.lastIndex);
    this.#verified = Math.min(this.#verified, this.#log.lastIndex);
  }

  // ---- the disk

  persisted(done: Durable): void {
    this.#hardDurable = Math.max(this.#hardDurable, Math.min(done.hard, this.#hardCount));
    // The same place means the same log before it; a confirmation of entries since given up says nothing.
    if (this.#log.termAt(done.lastIndex) !== done.lastTerm) return;
    this.#durableIndex = Math.max(this.#durableIndex, done.lastIndex);
  }

  /** As if the node had crashed before the write: what was not durable is forgotten (E8). */
  forgetUnwritten(): void {
    this.#forget(this.#durableIndex + 1);
  }

  takePersist(): Persist | null {
    const [entries, removed, install] = [this.#entries, this.#removed, this.#install];
    if (!this.#hardChanged && entries.length === 0 && removed === null && install === null) return null;
    const hard = this.#hardChanged ? this.#hard : null;
    const done = { hard: this.#hardCount, lastIndex: this.#log.lastIndex, lastTerm: this.#log.lastTerm };
    this.#hardChanged = false;
    this.#entries = [];
    this.#removed = null;
    this.#install = null;
    return { hard, entries, removed, install, done };
  }

  // ---- snapshots

  /** The state was fetched: the log begins behind it. */
  install(snapshot: SnapshotPlace): void {
    if (snapshot.index <= this.#commitIndex) return;
    this.#commitIndex = snapshot.index;
    // Entries came another way meanwhile. Those behind may have been confirmed to a leader: they must stay (Raft section 7).
    if (this.#log.termAt(snapshot.index) === snapshot.term) return;
    this.#log = new TermRuns(snapshot);
    this.#verified = snapshot.index;
    this.#configs.reset(snapshot);
    this.#snapshot = snapshot;
    this.#durableIndex = 0;
    this.#install = snapshot;
  }

  /** The log on disk begins at `firstIndex` now, behind `snapshot` where one was taken. */
  compact(firstIndex: number, snapshot: SnapshotPlace | undefined): void {
    this.#log.compact(Math.min(firstIndex - 1, this.#commitIndex));
    // One that was in the making while a newer one was installed comes too late.
    if (snapshot !== undefined && snapshot.index > (this.#snapshot?.index ?? -1)) this.#snapshot = snapshot;
    this.#configs.compact(this.#snapshot?.index ?? 0);
  }
}
