import { decodeEntry, type Entry, encodeEntry } from '../../../src/election/entry.ts';
import type { SnapshotPlace } from '../../../src/election/messages.ts';
import type { HardState, Persist } from '../../../src/election/steps.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export interface SnapshotOnDisk {
  readonly place: SnapshotPlace;
  readonly state: readonly string[];
}

interface Write {
  readonly apply: () => void;
  readonly bytes: () => Uint8Array;
  readonly done: () => void;
}

/**
 * A disk that survives the process: writes in order, one at a time, each whole or not at all (LevelDB's log drops a torn
 * record by its checksum). A crash tears the write under way and loses those that wait.
 */
export class SimDisk {
  hard: HardState = { term: 0, votedFor: null };
  entries = new Map<number, Entry>();
  snapshot: SnapshotOnDisk | null = null;
  base = { index: 0, term: 0 };
  /** What was confirmed here, never ahead of what is durable. */
  mark = 0;
  latencyMs = 0.5;
  /** The planted fault: says that it wrote, and did not until later. */
  lies = false;
  #queue: Write[] = [];
  #unwritten: Write[] = [];
  #life = 0;
  readonly #timeline: Timeline;
  readonly #random: Random;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  persist(persist: Persist, done: () => void): void {
    this.#push({ apply: () => this.#persist(persist), bytes: () => recordOf(persist), done });
  }

  install(snapshot: SnapshotOnDisk, done: () => void): void {
    const apply = () => {
      this.snapshot = snapshot;
      this.base = { index: snapshot.place.index, term: snapshot.place.term };
      this.entries.clear();
    };
    this.#push({ apply, bytes: () => new Uint8Array(64), done });
  }

  compact(snapshot: SnapshotOnDisk, base: { index: number; term: number }, done: () => void): void {
    const apply = () => {
      this.snapshot = snapshot;
      this.base = base;
      for (const index of this.entries.keys()) if (index <= base.index) this.entries.delete(index);
    };
    this.#push({ apply, bytes: () => new Uint8Array(64), done });
  }

  noteConfirmed(index: number): void {
    // The process is told that something is durable, the mark says it: of a lying disk it would be wrong.
    if (!this.lies) this.mark = Math.max(this.mark, index);
  }

  /** The power goes: the record under way is cut at any byte; only a whole one counts. */
  crash(): void {
    this.#life += 1;
    const torn = this.#queue[0];
    this.#queue = [];
    this.#unwritten = [];
    if (torn === undefined) return;
    const bytes = torn.bytes();
    const kept = this.#random.chance(0.4) ? bytes.length : this.#random.below(bytes.length + 1);
    if (kept === bytes.length) torn.apply();
  }

  #push(write: Write): void {
    this.#queue.push(write);
    if (this.#queue.length === 1) this.#begin();
  }

  #begin(): void {
    const write = this.#queue[0];
    if (write === undefined) return;
    const life = this.#life;
    this.#timeline.after(this.latencyMs * this.#random.between(0.5, 2), () => {
      if (life !== this.#life) return;
      this.#queue.shift();
      if (this.lies) this.#later(write);
      else write.apply();
      this.#begin();
      write.done();
    });
  }

  /** Some writes behind. */
  #later(write: Write): void {
    this.#unwritten.push(write);
    if (this.#unwritten.length > 3) this.#unwritten.shift()?.apply();
  }

  #persist(persist: Persist): void {
    if (persist.hard !== null) this.hard = persist.hard;
    if (persist.removed !== null) {
      for (let index = persist.removed.from; index <= persist.removed.to; index++) this.entries.delete(index);
    }
    for (const entry of persist.entries) this.entries.set(entry.index, entry);
  }
}

/** As the real store writes entries; each is read back, so a run sees the real form too. */
function recordOf(persist: Persist): Uint8Array {
  const parts = persist.entries.map((entry) => {
    const bytes = encodeEntry(entry);
    const read = decodeEntry(entry.index, bytes);
    if ('fault' in read || read.body !== entry.body)
      throw new Error(`entry ${entry.index} does not read back`);
    return bytes;
  });
  return Buffer.concat([Buffer.from(JSON.stringify(persist.hard)), ...parts]);
}
