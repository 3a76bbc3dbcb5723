import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../state/logger.ts';
import type { UsagePoint, UsageSpan } from '../interface.ts';
import { ratesBetween, type UsageSample } from './rates.ts';
import { RingFile } from './ring-file.ts';
import { merged, pointOf, type Rates, type Slot } from './slot.ts';
import { type Ring, rings } from './spans.ts';

export interface UsageHistoryOptions {
  /** A folder of its own. */
  dir: string;
  logger: Logger;
  /** Epoch ms: where on the chart. Default Date.now. */
  clock?: () => number;
  /** Milliseconds that only go forward: how long between samples, whatever the clock does. Default performance.now. */
  monotonic?: () => number;
  /** Files kept at most; beyond, the one not written to for longest goes. Default 2,000: 110 MB, a lab's VMs of a year. */
  maxSubjects?: number;
}

/** Two samples further apart than this say nothing of the time between: the PC slept, or the node was down. */
const MAX_GAP_S = 300;
/** Slots that wait for the next flush before it is looked for such that their ring no longer shows (a full disk). */
const MANY_WAITING = 400;
/** ULIDs and what else may be a file's name as it is. */
const SUBJECT = /^[A-Za-z0-9_-]{1,64}$/;
const EXTENSION = '.usage';

interface Subject {
  last: { atMs: number; sample: UsageSample };
  /** What was measured since the last flush, by ring and start. */
  waiting: Map<string, { ring: Ring; slot: Slot }>;
}

/**
 * What VMs and this PC used, over an hour to a year, in files that never grow. `record` costs no disk; `flush` (say once
 * a minute, and at a stop) adds what was measured since to the files.
 */
export class UsageHistory {
  readonly #dir: string;
  readonly #logger: Logger;
  readonly #clock: () => number;
  readonly #monotonic: () => number;
  readonly #maxSubjects: number;
  readonly #subjects = new Map<string, Subject>();
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: UsageHistoryOptions) {
    this.#dir = options.dir;
    this.#logger = options.logger;
    this.#clock = options.clock ?? Date.now;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#maxSubjects = options.maxSubjects ?? 2_000;
  }

  /** Notes a sample taken just now. @throws RangeError for an id that is none */
  record(subjectId: string, sample: UsageSample): void {
    if (!SUBJECT.test(subjectId)) throw new RangeError('not an id');
    const last = { atMs: this.#monotonic(), sample };
    const subject = this.#subjects.get(subjectId);
    if (subject === undefined) {
      this.#subjects.set(subjectId, { last, waiting: new Map() });
      return;
    }
    const seconds = (last.atMs - subject.last.atMs) / 1000;
    const before = subject.last.sample;
    subject.last = last;
    if (seconds <= 0 || seconds > MAX_GAP_S) return;
    const end = this.#clock() / 1000;
    if (!(end - seconds >= 0)) return;
    const rates = ratesBetween(before, sample, seconds);
    for (const ring of rings) addInterval(subject.waiting, ring, end - seconds, end, rates);
    forgetPassed(subject.waiting, end);
  }

  /** One point a step over the whole span up to now, oldest first; empty for a subject never seen. */
  series(subjectId: string, span: UsageSpan): Promise<UsagePoint[]> {
    return this.#inTurn(() => this.#series(subjectId, span));
  }

  /** Removes all that is known of a subject. */
  forget(subjectId: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!SUBJECT.test(subjectId)) return;
      this.#subjects.delete(subjectId);
      await rm(this.#path(subjectId), { force: true });
    });
  }

  /** Writes what was measured. Never throws: on a full disk it waits in memory, bounded, for the next flush. */
  flush(): Promise<void> {
    return this.#inTurn(() => this.#flush());
  }

  async #series(subjectId: string, span: UsageSpan): Promise<UsagePoint[]> {
    const ring = rings.find((one) => one.span === span);
    if (ring === undefined || !SUBJECT.test(subjectId)) return [];
    const file = await RingFile.openExisting(this.#path(subjectId), 'r');
    const subject = this.#subjects.get(subjectId);
    if (file === null && subject === undefined) return [];
    const slots =
      file === null ? new Map<number, Slot>() : await file.readRing(ring).finally(() => file.close());
    for (const { ring: of, slot } of subject?.waiting.values() ?? []) {
      if (of !== ring) continue;
      const known = slots.get(slot.start);
      slots.set(slot.start, known === undefined ? slot : merged(known, slot));
    }
    const newest = startOf(ring, this.#clock() / 1000);
    return Array.from({ length: ring.slots }, (_, at) => {
      const start = newest - (ring.slots - 1 - at) * ring.stepS;
      return pointOf(start, slots.get(start) ?? null);
    });
  }

  async #flush(): Promise<void> {
    try {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      for (const [id, subject] of this.#subjects) await this.#flushOne(id, subject);
      await this.#keepBounded();
    } catch (error) {
      this.#logger.warn('the usage history could not be written', { reason: String(error).slice(0, 200) });
    }
  }

  async #flushOne(id: string, subject: Subject): Promise<void> {
    if (subject.waiting.size === 0) {
      // Nothing since the last flush: gone, or off. It is back in memory with its next sample.
      if (this.#monotonic() - subject.last.atMs > MAX_GAP_S * 1000) this.#subjects.delete(id);
      return;
    }
    const file = await RingFile.openOrCreate(this.#path(id));
    try {
      for (const [key, { ring, slot }] of subject.waiting) {
        // Before the wait: what is recorded meanwhile begins a new entry.
        subject.waiting.delete(key);
        try {
          const known = await file.readSlot(ring, slot.start);
          await file.writeSlot(ring, known === null ? slot : merged(known, slot));
        } catch (error) {
          putBack(subject.waiting, key, ring, slot);
          throw error;
        }
      }
    } finally {
      await file.close();
    }
  }

  async #keepBounded(): Promise<void> {
    const names = (await readdir(this.#dir)).filter((name) => name.endsWith(EXTENSION));
    const surplus = names.length - this.#maxSubjects;
    if (surplus <= 0) return;
    const ages = await Promise.all(
      names.map(async (name) => ({ name, atMs: (await stat(join(this.#dir, name))).mtimeMs })),
    );
    ages.sort((a, b) => a.atMs - b.atMs);
    for (const { name } of ages.slice(0, surplus)) await rm(join(this.#dir, name), { force: true });
  }

  #path(subjectId: string): string {
    return join(this.#dir, `${subjectId}${EXTENSION}`);
  }

  /** One at a time: a flush and a reader never see half of each other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.then(work);
    this.#working = done.catch(() => {});
    return done;
  }
}

type Waiting = Subject['waiting'];

function startOf(ring: Ring, second: number): number {
  return Math.floor(second / ring.stepS) * ring.stepS;
}

/** Shares an interval out over the slots it touches. At most MAX_GAP_S / 10 + 1 of them. */
function addInterval(waiting: Waiting, ring: Ring, from: number, to: number, means: Rates): void {
  for (let start = startOf(ring, from); start < to; start += ring.stepS) {
    const covered = Math.min(to, start + ring.stepS) - Math.max(from, start);
    if (covered > 0) putBack(waiting, `${ring.span} ${start}`, ring, { start, covered, means });
  }
}

function putBack(waiting: Waiting, key: string, ring: Ring, slot: Slot): void {
  const known = waiting.get(key);
  waiting.set(key, { ring, slot: known === undefined ? slot : merged(known.slot, slot) });
}

/** So that a disk that stays full costs no more memory than the file would have: 1,722 slots. */
function forgetPassed(waiting: Waiting, now: number): void {
  if (waiting.size < MANY_WAITING) return;
  for (const [key, { ring, slot }] of waiting) {
    if (slot.start <= now - ring.slots * ring.stepS) waiting.delete(key);
  }
}
