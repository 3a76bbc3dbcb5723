import type { Entry } from '../../../../src/election/entry.ts';
import { ElectionError } from '../../../../src/election/errors.ts';
import type { LogStore, Recovered, SnapshotInfo, Writable } from '../../../../src/election/store.ts';

/** What happens to one write. `dies`: the process does, so nobody hears of it. */
export type Fate = 'works' | 'fails before' | 'fails after' | 'dies before' | 'dies after' | 'hangs';

/** A disk in memory that outlives the store (the process) that writes to it. */
export class FakeDisk {
  /** Who votes at the beginning. */
  founders = ['a'];
  hard = { term: 0, votedFor: null as string | null };
  entries = new Map<number, Entry>();
  pieces = new Map<string, Buffer>();
  snapshot: SnapshotInfo | null = null;
  base = { index: 0, term: 0 };
  mark = 0;
  /** What becomes of the next writes, in order; 'works' when empty. */
  fates: Fate[] = [];
  writes = 0;
  free = Number.MAX_SAFE_INTEGER;
  freeAsked = 0;
  /** Ends a write that hangs. */
  unhang: () => void = () => {};
}

export class FakeStore implements LogStore {
  readonly #disk: FakeDisk;
  #dead = false;
  #broken = false;

  constructor(disk: FakeDisk) {
    this.#disk = disk;
  }

  /** Whether a write has killed the process. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Ends the process as kill -9 would: what it had not written is never written. */
  kill(): void {
    this.#dead = true;
  }

  async open(): Promise<Recovered> {
    const disk = this.#disk;
    this.#broken = false;
    const terms = [...disk.entries.values()]
      .sort((a, b) => a.index - b.index)
      .map(({ index, term }) => ({ index, term }));
    const kept = terms.filter(({ index }) => index > disk.base.index);
    kept.forEach(({ index }, at) => {
      if (index !== disk.base.index + 1 + at) throw new Error(`gap before ${index}`);
    });
    const lastIndex = kept.at(-1)?.index ?? disk.base.index;
    if (lastIndex < Math.max(disk.mark, disk.snapshot?.index ?? 0)) throw new Error('entries lost');
    return {
      hard: disk.hard,
      members: { voters: disk.founders, learners: [], standbys: [] },
      configs: kept
        .filter(({ index }) => index > (disk.snapshot?.index ?? 0))
        .map(({ index }) => disk.entries.get(index))
        .filter((entry) => entry?.kind === 'voters')
        .map((entry) => ({ index: entry?.index ?? 0, members: JSON.parse(entry?.body ?? '') })),
      snapshot: disk.snapshot,
      base: disk.base,
      terms: kept,
      lastIndex,
      markIndex: disk.mark,
      warnings: [],
    };
  }

  reopen(): Promise<Recovered> {
    return this.open();
  }

  async close(): Promise<void> {}

  persist(persist: Writable): Promise<void> {
    return this.#write(() => {
      const { from = 1, to = 0 } = persist.removed ?? {};
      for (let index = from; index <= to; index++) this.#disk.entries.delete(index);
      if (persist.hard !== null) this.#disk.hard = { ...persist.hard };
      for (const entry of persist.entries) this.#disk.entries.set(entry.index, entry);
    });
  }

  truncate(from: number): Promise<void> {
    return this.#write(() => {
      for (const index of this.#disk.entries.keys()) if (index >= from) this.#disk.entries.delete(index);
    });
  }

  noteConfirmed(mark: { index: number }): void {
    if (!this.#dead) this.#disk.mark = Math.max(this.#disk.mark, mark.index);
  }

  async *read(from: number, to: number): AsyncGenerator<Entry> {
    for (let index = from; index <= to; index++) {
      const entry = this.#disk.entries.get(index);
      if (entry === undefined) throw new Error(`entry ${index} is missing`);
      yield entry;
    }
  }

  writePiece(snapshotIndex: number, piece: number, bytes: Buffer): Promise<void> {
    return this.#write(() => this.#disk.pieces.set(`${snapshotIndex} ${piece}`, Buffer.from(bytes)));
  }

  async switchSnapshot(info: SnapshotInfo, base: { index: number; term: number }): Promise<void> {
    await this.#write(() => {
      this.#disk.snapshot = info;
      this.#disk.base = base;
    });
    // Two removals, as on the real disk: a crash between leaves things behind.
    await this.#write(() => this.#removePieces((index) => index < info.index));
    await this.#write(() => {
      for (const index of this.#disk.entries.keys())
        if (index <= base.index) this.#disk.entries.delete(index);
    });
  }

  replaceBy(info: SnapshotInfo): Promise<void> {
    return this.#write(() => {
      this.#disk.snapshot = info;
      this.#disk.base = { index: info.index, term: info.term };
      this.#disk.entries.clear();
    });
  }

  async readPiece(info: SnapshotInfo, piece: number): Promise<Buffer> {
    const bytes = this.#disk.pieces.get(`${info.index} ${piece}`);
    if (bytes === undefined) throw new Error(`piece ${piece} is missing`);
    return bytes;
  }

  async *readPieces(info: SnapshotInfo): AsyncGenerator<Buffer> {
    for (let piece = 0; piece < info.pieces; piece++) {
      const bytes = this.#disk.pieces.get(`${info.index} ${piece}`);
      if (bytes === undefined) throw new Error(`piece ${piece} is missing`);
      yield bytes;
    }
  }

  async freeBytes(): Promise<number> {
    this.#disk.freeAsked += 1;
    return this.#disk.free;
  }

  #removePieces(which: (index: number) => boolean): void {
    for (const key of this.#disk.pieces.keys())
      if (which(Number(key.split(' ')[0]))) this.#disk.pieces.delete(key);
  }

  async #write(change: () => void): Promise<void> {
    const disk = this.#disk;
    if (this.#dead) return forever();
    const failure = new ElectionError('log.disk_full', { dir: 'fake', freeBytes: 0, neededBytes: 1 });
    if (this.#broken) throw failure;
    const fate = disk.fates.shift() ?? 'works';
    disk.writes += 1;
    await Promise.resolve();
    if (fate === 'hangs') await new Promise<void>((resolve) => (disk.unhang = resolve));
    if (fate !== 'fails before' && fate !== 'dies before') change();
    if (fate.startsWith('dies')) {
      this.#dead = true;
      return forever();
    }
    if (!fate.startsWith('fails')) return;
    this.#broken = true;
    throw failure;
  }
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
