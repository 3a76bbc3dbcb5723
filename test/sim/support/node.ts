import { Applier } from '../../../src/election/applier.ts';
import { membersForm, type PlacedMembers } from '../../../src/election/configs.ts';
import type { Core } from '../../../src/election/core.ts';
import type { Entry } from '../../../src/election/entry.ts';
import type { Members } from '../../../src/election/members.ts';
import type { Message, SnapshotPlace } from '../../../src/election/messages.ts';
import { Replica } from '../../../src/election/replica.ts';
import type { CoreStart, Input, Moment, Output } from '../../../src/election/steps.ts';
import type { Timing } from '../../../src/election/timing.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { Broken, type Checks } from './checks.ts';
import { SimDisk, type SnapshotOnDisk } from './disk.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** What travels: Raft's messages, and pieces of snapshots as the bulk door will carry them. */
export type Parcel =
  | Message
  | { type: 'piece_request'; index: number; piece: number }
  | { type: 'piece'; place: SnapshotPlace; piece: number; of: number; body: string };

export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly checks: Checks;
  readonly timing: Timing;
  send(from: string, to: string, parcel: Parcel): void;
  /** The core to run: tests plant faults here. */
  makeCore(start: CoreStart, timing: Timing): Core;
  /** A planted fault may hand entries on wrongly. */
  feed(entries: readonly Entry[]): readonly Entry[];
}

/** Small, so that a run of seconds compacts several times. */
const SNAPSHOT_EVERY = 25;
const KEEP = 8;
const PIECES = 3;

interface Life {
  readonly replica: Replica;
  readonly applier: Applier<number>;
  readonly log: Map<number, Entry>;
  readonly values: Map<string, number>;
  readonly swaps: Map<number, { term: number; told: (result: number) => void }>;
  readonly reads: Map<number, { key: string; told: (result: number) => void }>;
  fetched: { place: SnapshotPlace; pieces: string[] } | null;
  installing: readonly string[];
  snapshotting: boolean;
  role: string;
  term: number;
  lastApplied: number;
}

/** One PC of the simulated lab: the real core, replica and applier on a disk that outlives them. */
export class SimNode {
  readonly id: string;
  readonly disk: SimDisk;
  readonly #world: World;
  readonly #founders: Members;
  /** The node's clock: runs at its own rate from its own zero. */
  readonly #rate: number;
  readonly #zero: number;
  #life: Life | null = null;
  #wakeAt = Number.POSITIVE_INFINITY;
  #pausedUntil = 0;
  #held: (() => void)[] = [];
  #nextRead = 1;
  #asked = false;

  constructor(id: string, world: World, founders: Members) {
    this.id = id;
    this.#world = world;
    this.#founders = founders;
    this.disk = new SimDisk(world.timeline, world.random);
    this.#rate = world.random.between(0.95, 1.05);
    this.#zero = world.random.between(1, 1_000_000);
  }

  get alive(): boolean {
    return this.#life !== null;
  }
  get core(): Core | null {
    return this.#life?.replica.core ?? null;
  }
  get appliedIndex(): number {
    return this.#life?.applier.appliedIndex ?? 0;
  }
  get log(): ReadonlyMap<number, Entry> {
    return this.#life?.log ?? this.disk.entries;
  }

  start(): void {
    const { disk } = this;
    const values = new Map<string, number>();
    const log = new Map(disk.entries);
    const applier = new Applier<number>({
      machine: {
        apply: ({ index, term, command }) => this.#apply(index, term, command),
        snapshot: () => [],
        restore: () => {},
      },
      logger: silentLogger,
      sliceMs: 1,
      onApplied: () => {},
      onFailed: ({ cause }) => {
        throw cause;
      },
    });
    const indexes = [...log.keys()].filter((index) => index > disk.base.index).sort((a, b) => a - b);
    const terms: { index: number; term: number }[] = [];
    const configs: PlacedMembers[] = [];
    const place = disk.snapshot?.place ?? null;
    applier.startAfter(place ?? { index: 0, term: 0 });
    indexes.forEach((index, at) => {
      const entry = log.get(index);
      if (entry === undefined || index !== disk.base.index + 1 + at)
        throw new Broken('store', `a gap at ${index}`);
      terms.push(entry);
      if (index <= (place?.index ?? 0)) return;
      if (entry.kind === 'voters')
        configs.push({ index, members: membersForm.parse(JSON.parse(entry.body)) });
    });
    const lastIndex = indexes.at(-1) ?? disk.base.index;
    if (lastIndex < disk.mark) throw new Broken('store', `${this.id} lost what was confirmed`);
    const core = this.#world.makeCore(
      {
        nodeId: this.id,
        hard: disk.hard,
        members: place?.members ?? this.#founders,
        configs,
        base: disk.base,
        terms,
        snapshot: place,
        commitIndex: Math.max(disk.mark, place?.index ?? 0),
      },
      this.#world.timing,
    );
    const replica: Replica = new Replica(core, {
      write: (persist) => {
        const confirm = () => this.#written(replica);
        const { install } = persist;
        if (install === null) return disk.persist(persist, confirm);
        const state = this.#life?.installing;
        if (state === undefined) throw new Broken('store', 'a snapshot is installed that was not fetched');
        return disk.install({ place: install, state }, confirm);
      },
      replaced: (place) => {
        const life = this.#life;
        if (life === null) return;
        life.installing = life.fetched?.pieces ?? [];
        this.#restore({ place, state: life.installing });
      },
      send: (to, message) => this.#send(to, message),
      took: (entries, removedFrom) => this.#took(entries, removedFrom),
      committed: (index) => this.#committed(index),
      load: (from, to, then) => this.#load(replica, from, to, then),
      fetch: (from, snapshot) => this.#fetch(from, snapshot),
      readable: (id, index) => this.#readable(id, index),
      changed: () => this.#changed(),
    });
    this.#life = {
      replica,
      applier,
      log,
      values,
      swaps: new Map(),
      reads: new Map(),
      fetched: null,
      installing: [],
      snapshotting: false,
      role: '',
      term: -1,
      lastApplied: place?.index ?? 0,
    };
    for (const index of indexes) {
      const entry = log.get(index);
      if (entry !== undefined && index > (place?.index ?? 0)) applier.add(entry, null);
    }
    if (disk.snapshot !== null) fill(values, disk.snapshot.state);
    this.#committed(core.commitIndex);
    this.step({ type: 'tick' });
  }

  crash(): void {
    this.#life = null;
    this.#held = [];
    this.#pausedUntil = 0;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.disk.crash();
  }

  /** Stopped as by SIGSTOP: what comes meanwhile is worked off afterwards. */
  pause(ms: number): void {
    const life = this.#life;
    if (life === null || this.#pausedUntil > this.#world.timeline.now) return;
    this.#pausedUntil = this.#world.timeline.now + ms;
    this.#world.timeline.after(ms, () => {
      if (this.#life !== life) return;
      this.#pausedUntil = 0;
      // As after a real stop: timers come before sockets.
      this.#tick(life);
      const held = this.#held;
      this.#held = [];
      for (const run of held) if (this.#life === life) run();
    });
  }

  step(input: Input): Output | null {
    const life = this.#life;
    if (life === null) return null;
    const output = life.replica.step(input, this.#moment());
    this.#after(life);
    return output;
  }

  receive(from: string, parcel: Parcel): void {
    this.#whenAwake(() => {
      const life = this.#life;
      if (life === null) return;
      if (parcel.type === 'piece_request') return this.#givePiece(from, parcel.index, parcel.piece);
      if (parcel.type === 'piece')
        return this.#takePiece(from, parcel.place, parcel.piece, parcel.of, parcel.body);
      if (parcel.type === 'timeout_now') this.#asked = true;
      this.step({ type: 'message', from, message: parcel });
      this.#asked = false;
    });
  }

  /** @returns whether the swap was begun; then `told` may come. */
  swap(key: string, value: number, told: (result: number) => void): boolean {
    const life = this.#life;
    if (life === null || this.#pausedUntil > 0 || life.replica.core.role !== 'leader') return false;
    const output = this.step({ type: 'propose', bodies: [JSON.stringify({ key, value })] });
    if (output === null || output.proposed === null) return false;
    life.swaps.set(output.proposed.first, { term: life.replica.core.term, told });
    return true;
  }

  read(key: string, told: (result: number) => void): void {
    const life = this.#life;
    if (life === null || this.#pausedUntil > 0) return;
    const id = this.#nextRead++;
    life.reads.set(id, { key, told });
    this.step({ type: 'read', id });
  }

  #moment(): Moment {
    const { timing, random } = this.#world;
    return { now: this.#localNow, timeoutMs: random.between(timing.electionMinMs, timing.electionMaxMs) };
  }

  get #localNow(): number {
    return this.#zero + this.#world.timeline.now * this.#rate;
  }

  #whenAwake(run: () => void): void {
    if (this.#pausedUntil > this.#world.timeline.now) this.#held.push(run);
    else run();
  }

  #tick(life: Life): void {
    if (life !== this.#life) return;
    if (this.#localNow >= life.replica.core.wakeAt) this.step({ type: 'tick' });
    else this.#after(life);
  }

  /** One timer: an earlier wake is asked for anew, a later one is found when the timer comes. */
  #after(life: Life): void {
    if (life !== this.#life) return;
    const at = life.replica.core.wakeAt;
    if (at >= this.#wakeAt || at === Number.POSITIVE_INFINITY) return;
    this.#wakeAt = at;
    const ms = Math.max(0.01, (at - this.#localNow) / this.#rate);
    this.#world.timeline.after(ms, () => {
      if (life !== this.#life || this.#wakeAt !== at) return;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      // A pause ticks at its end.
      if (this.#pausedUntil <= this.#world.timeline.now) this.#tick(life);
    });
  }

  #written(replica: Replica): void {
    this.#whenAwake(() => {
      const life = this.#life;
      if (life === null || life.replica !== replica) return;
      replica.written(this.#moment());
      this.disk.noteConfirmed(Math.min(replica.core.commitIndex, replica.core.durableIndex));
      this.#after(life);
    });
  }

  #send(to: string, message: Message): void {
    const { checks } = this.#world;
    // The own vote counts from here on; before, it may not be durable and be forgotten.
    if (message.type === 'vote_request' && !message.pre) checks.votes(this.id, message.term, this.id);
    if (message.type === 'vote_reply' && message.granted) {
      if (message.pre) checks.preVotes(this.id, message.term, to);
      else checks.votes(this.id, message.term, to);
    }
    this.#world.send(this.id, to, message);
  }

  #took(entries: readonly Entry[], removedFrom: number | null): void {
    const life = this.#life;
    if (life === null) return;
    if (removedFrom !== null) {
      for (const index of life.log.keys()) if (index >= removedFrom) life.log.delete(index);
      life.applier.drop(removedFrom, new Error('overwritten'));
    }
    for (const entry of entries) life.log.set(entry.index, entry);
    for (const entry of this.#world.feed(entries)) life.applier.add(entry, null);
  }

  #committed(index: number): void {
    const life = this.#life;
    if (life === null) return;
    for (let at = life.applier.appliedIndex + 1; at <= index; at++) {
      const entry = life.log.get(at);
      if (entry !== undefined) this.#world.checks.applies(this.id, entry, life.replica.core.term);
    }
    life.applier.advance(index);
    life.lastApplied = life.applier.appliedIndex;
    this.#answerReads(life);
    this.#maybeSnapshot(life);
  }

  #apply(index: number, term: number, command: unknown): number {
    const life = this.#life;
    if (life === null || typeof command !== 'object' || command === null) throw new Error('no command');
    if (!('key' in command) || !('value' in command)) throw new Error('no command');
    const entry = { index, term, kind: 'command' as const, body: JSON.stringify(command) };
    this.#world.checks.applies(this.id, entry, life.replica.core.term);
    if (index <= life.lastApplied) throw new Broken('order of apply', `${this.id} applies ${index} again`);
    life.lastApplied = index;
    const key = String(command.key);
    const before = life.values.get(key) ?? 0;
    life.values.set(key, Number(command.value));
    const swap = life.swaps.get(index);
    life.swaps.delete(index);
    if (swap?.term === term) swap.told(before);
    return before;
  }

  #changed(): void {
    const life = this.#life;
    if (life === null) return;
    const { core } = life.replica;
    const { checks } = this.#world;
    if (core.role === 'candidate' && (life.role !== 'candidate' || life.term !== core.term)) {
      checks.campaigns(this.id, core.term, core.voters, this.#asked);
    }
    checks.takesTerm(this.id, core.term);
    if (core.role === 'leader' && (life.role !== 'leader' || life.term !== core.term)) {
      checks.leads(this.id, core.term, (index) => core.termAt(index));
    }
    life.role = core.role;
    life.term = core.term;
  }

  #readable(id: number, index: number | null): void {
    const life = this.#life;
    const read = life?.reads.get(id);
    if (life === null || life === undefined || read === undefined) return;
    life.reads.delete(id);
    if (index === null) return;
    if (index > life.applier.appliedIndex) {
      life.reads.set(-index * 1_000_000 - id, read);
      return;
    }
    read.told(life.values.get(read.key) ?? 0);
  }

  /** Reads that wait for an entry are kept under a negative number that tells which. */
  #answerReads(life: Life): void {
    for (const [id, read] of life.reads) {
      if (id > 0 || Math.floor(-id / 1_000_000) > life.applier.appliedIndex) continue;
      life.reads.delete(id);
      read.told(life.values.get(read.key) ?? 0);
    }
  }

  #load(replica: Replica, from: number, to: number, then: (entries: readonly Entry[]) => void): void {
    this.#world.timeline.after(this.disk.latencyMs, () => {
      const life = this.#life;
      if (life?.replica !== replica) return;
      const entries: Entry[] = [];
      for (let index = from; index <= to; index++) {
        const entry = this.disk.entries.get(index);
        if (entry === undefined) break;
        entries.push(entry);
      }
      if (entries.length > 0) this.#whenAwake(() => this.#life === life && then(entries));
    });
  }

  // ---- snapshots

  #maybeSnapshot(life: Life): void {
    const { core } = life.replica;
    const index = life.applier.appliedIndex;
    if (life.snapshotting || index - (this.disk.snapshot?.place.index ?? 0) < SNAPSHOT_EVERY) return;
    // Applied entries may still be on their way to the disk; a log that begins behind them would have a gap (S6).
    if (core.durableIndex < index) return;
    life.snapshotting = true;
    const term = life.applier.appliedTerm;
    const place = { index, term, members: core.membersAt(index) };
    const wanted = Math.max(0, index - KEEP);
    const baseTerm = core.termAt(wanted);
    const base = baseTerm === undefined ? { index, term } : { index: wanted, term: baseTerm };
    this.disk.compact({ place, state: cut(life.values) }, base, () => {
      if (life !== this.#life) return;
      life.snapshotting = false;
      this.step({ type: 'compacted', firstIndex: base.index + 1, snapshot: place });
    });
  }

  #fetch(from: string, place: SnapshotPlace): void {
    const life = this.#life;
    if (life === null) return;
    if (life.fetched?.place.index !== place.index) life.fetched = { place, pieces: [] };
    this.#world.send(this.id, from, {
      type: 'piece_request',
      index: place.index,
      piece: life.fetched.pieces.length,
    });
  }

  #givePiece(to: string, index: number, piece: number): void {
    const found = this.disk.snapshot;
    const body = found?.state[piece];
    if (found === null || found.place.index !== index || body === undefined) return;
    this.#world.send(this.id, to, { type: 'piece', place: found.place, piece, of: found.state.length, body });
  }

  #takePiece(from: string, place: SnapshotPlace, piece: number, of: number, body: string): void {
    const life = this.#life;
    const fetched = life?.fetched;
    if (life === null || fetched?.place.index !== place.index || fetched.pieces.length !== piece) return;
    fetched.pieces.push(body);
    if (fetched.pieces.length < of) {
      this.#fetch(from, place);
      return;
    }
    this.step({ type: 'install', snapshot: place });
    life.fetched = null;
  }

  #restore(snapshot: SnapshotOnDisk): void {
    const life = this.#life;
    if (life === null) return;
    life.log.clear();
    life.applier.drop(0, new Error('replaced'));
    life.values.clear();
    fill(life.values, snapshot.state);
    life.applier.startAfter(snapshot.place);
    life.lastApplied = snapshot.place.index;
    this.#answerReads(life);
  }
}

function cut(values: ReadonlyMap<string, number>): string[] {
  const pieces: [string, number][][] = Array.from({ length: PIECES }, () => []);
  for (const [at, pair] of [...values].entries()) pieces[at % PIECES]?.push(pair);
  return pieces.map((piece) => JSON.stringify(piece));
}

function fill(values: Map<string, number>, state: readonly string[]): void {
  for (const piece of state) {
    const pairs: unknown = JSON.parse(piece);
    if (!Array.isArray(pairs)) throw new Error('not a piece');
    for (const [key, value] of pairs) values.set(String(key), Number(value));
  }
}
