import type { Core } from './core.ts';
import type { Entry } from './entry.ts';
import type { Append, Message, SnapshotPlace } from './messages.ts';
import type { Input, Moment, Outgoing, Output, Persist } from './steps.ts';

/** The outside of one replica: disk, network, applier. The real one and the simulator's are the same to it. */
export interface Door {
  /** Makes it durable, or nothing of it; then calls `Replica.written`. One at a time, in this order. */
  write(persist: Persist): void;
  send(to: string, message: Message): void;
  /** Entries came into the log in memory; those from `removedFrom` on had gone before. */
  took(entries: readonly Entry[], removedFrom: number | null): void;
  /** The whole log and state made way for this snapshot; its `write` follows. */
  replaced(snapshot: SnapshotPlace): void;
  /** Entries up to here may be applied. */
  committed(index: number): void;
  /** Entries that are no longer in memory, from the disk. Not calling back is the same as a lost message. */
  load(from: number, to: number, then: (entries: readonly Entry[]) => void): void;
  /** The leader's entries begin behind this snapshot: fetch it, then step `install`. Repeated until then. */
  fetch(from: string, snapshot: SnapshotPlace): void;
  readable(id: number, index: number | null): void;
  changed(): void;
}

export interface ReplicaLimits {
  /** Bytes of entries in one message; a single larger entry goes alone. */
  maxAppendBytes: number;
  /** Bytes of entries kept in memory for followers. */
  maxRecentBytes: number;
}

const defaultReplicaLimits: Readonly<ReplicaLimits> = {
  // One frame that does not hold up a heartbeat on a 100 Mbit/s link for more than 20 ms.
  maxAppendBytes: 256 * 1024,
  // Followers in step need the last few batches; whoever lags more reads from the leader's disk.
  maxRecentBytes: 8 * 1024 * 1024,
};

/**
 * Carries out what the core decides, without waiting: writes are gathered while one is under way (group commit),
 * messages get their entries, committed entries go on to the applier.
 */
export class Replica {
  readonly core: Core;
  readonly #door: Door;
  readonly #limits: ReplicaLimits;
  /** The newest entries of the log, without gap up to its end. */
  readonly #recent = new Map<number, Entry>();
  #recentFrom: number;
  #recentBytes = 0;
  #queue: Persist[] = [];
  #writing: Persist | null = null;
  #committed: number;

  constructor(core: Core, door: Door, limits: ReplicaLimits = defaultReplicaLimits) {
    this.core = core;
    this.#door = door;
    this.#limits = limits;
    this.#recentFrom = core.lastIndex + 1;
    this.#committed = core.commitIndex;
  }

  /** Whether a write is under way. */
  get writing(): boolean {
    return this.#writing !== null;
  }

  step(input: Input, moment?: Moment): Output {
    const output = this.core.step(input, moment);
    if (output.persist !== null) this.#take(output.persist);
    for (const outgoing of output.messages) this.#send(outgoing);
    if (output.commitIndex > this.#committed) {
      this.#committed = output.commitIndex;
      this.#door.committed(output.commitIndex);
    }
    for (const { id, index } of output.reads) this.#door.readable(id, index);
    if (output.fetch !== null) this.#door.fetch(output.fetch.from, output.fetch.snapshot);
    if (output.changed) this.#door.changed();
    if (this.#writing === null) this.#writeNext();
    return output;
  }

  /** The write given out last is durable. */
  written(moment?: Moment): Output | null {
    const done = this.#writing?.done;
    this.#writing = null;
    if (done === undefined) return null;
    // The next one is under way before the messages go out that this one was waited for.
    this.#writeNext();
    return this.step({ type: 'persisted', done }, moment);
  }

  #take(persist: Persist): void {
    this.#queue.push(persist);
    if (persist.install !== null) {
      this.#recent.clear();
      this.#recentBytes = 0;
      this.#recentFrom = persist.install.index + 1;
      this.#door.replaced(persist.install);
      return;
    }
    const removedFrom = persist.removed?.from ?? null;
    if (removedFrom !== null) this.#forgetFrom(removedFrom);
    for (const entry of persist.entries) {
      this.#recent.set(entry.index, entry);
      this.#recentBytes += entry.body.length;
    }
    this.#door.took(persist.entries, removedFrom);
    while (this.#recentBytes > this.#limits.maxRecentBytes) this.#forgetOldest();
  }

  #writeNext(): void {
    const first = this.#queue.shift();
    if (first === undefined) return;
    let all = first;
    // A snapshot that replaces the log is a write of its own.
    while (all.install === null && this.#queue[0] !== undefined && this.#queue[0].install === null) {
      all = merged(all, this.#queue[0]);
      this.#queue.shift();
    }
    this.#writing = all;
    this.#door.write(all);
  }

  #send({ to, message, fill }: Outgoing): void {
    if (message.type !== 'append' || fill === undefined || fill <= message.prevIndex) {
      this.#door.send(to, message);
      return;
    }
    const from = message.prevIndex + 1;
    if (from >= this.#recentFrom) {
      this.#sendFilled(to, message, this.#recentEntries(from, fill));
      return;
    }
    this.#door.load(from, fill, (entries) => {
      // A leader only adds to its log: in the same term the entries are still the same.
      if (this.core.role === 'leader' && this.core.term === message.term)
        this.#sendFilled(to, message, entries);
    });
  }

  #sendFilled(to: string, message: Append, entries: readonly Entry[]): void {
    let part: Entry[] = [];
    let bytes = 0;
    let before = { index: message.prevIndex, term: message.prevTerm };
    const flush = () => {
      this.#door.send(to, { ...message, prevIndex: before.index, prevTerm: before.term, entries: part });
      before = part.at(-1) ?? before;
      part = [];
      bytes = 0;
    };
    for (const entry of entries) {
      if (part.length > 0 && bytes + entry.body.length > this.#limits.maxAppendBytes) flush();
      part.push(entry);
      bytes += entry.body.length;
    }
    flush();
  }

  #recentEntries(from: number, to: number): Entry[] {
    const entries: Entry[] = [];
    for (let index = from; index <= to; index++) {
      const entry = this.#recent.get(index);
      if (entry === undefined) break;
      entries.push(entry);
    }
    return entries;
  }

  #forgetFrom(index: number): void {
    for (let at = Math.max(index, this.#recentFrom); ; at++) {
      const entry = this.#recent.get(at);
      if (entry === undefined) break;
      this.#recent.delete(at);
      this.#recentBytes -= entry.body.length;
    }
    this.#recentFrom = Math.min(this.#recentFrom, index);
  }

  #forgetOldest(): void {
    const entry = this.#recent.get(this.#recentFrom);
    if (entry === undefined) {
      this.#recount();
      return;
    }
    this.#recent.delete(this.#recentFrom);
    this.#recentFrom += 1;
    this.#recentBytes -= entry.body.length;
  }

  /** Should the count ever be wrong, it starts anew rather than loop. */
  #recount(): void {
    this.#recent.clear();
    this.#recentBytes = 0;
    this.#recentFrom = this.core.lastIndex + 1;
  }
}

/** Two writes as one: what the later one removes is never written. */
function merged(a: Persist, b: Persist): Persist {
  const from = b.removed?.from ?? Number.POSITIVE_INFINITY;
  const removed =
    a.removed === null || b.removed === null
      ? (a.removed ?? b.removed)
      : { from: Math.min(a.removed.from, b.removed.from), to: Math.max(a.removed.to, b.removed.to) };
  return {
    hard: b.hard ?? a.hard,
    entries: [...a.entries.filter((entry) => entry.index < from), ...b.entries],
    removed,
    install: null,
    done: b.done,
  };
}
