import type { Applied, Applier } from './applier.ts';
import type { Core } from './core.ts';
import { ElectionError } from './errors.ts';
import type { ElectionSettings } from './settings.ts';
import type { LogStore } from './store.ts';
import { Waiter } from './waiters.ts';

interface Proposal<Outcome> {
  readonly body: string;
  readonly waiter: Waiter<Applied<Outcome>>;
}

export interface LogWriterOptions<Outcome> {
  core: Core;
  store: LogStore;
  applier: Applier<Outcome>;
  settings: ElectionSettings;
  /** A write failed; the store must be reopened before `resume`. */
  onStoreFailed: (error: ElectionError) => void;
}

/**
 * Group commit: while one durable write is under way, proposals gather; the next write takes them together.
 * The more wait, the fewer syncs each costs, without any timer.
 */
export class LogWriter<Outcome> {
  readonly #options: LogWriterOptions<Outcome>;
  #core: Core;
  #queue: Proposal<Outcome>[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | null = null;
  /** Why nothing is accepted; null while all is well. */
  #refusal: ElectionError | null = null;

  constructor(options: LogWriterOptions<Outcome>) {
    this.#options = options;
    this.#core = options.core;
  }

  /** @throws ElectionError as `Agreement.propose` */
  propose(command: unknown, timeoutMs: number): Promise<Applied<Outcome>> {
    try {
      const body = this.#admit(command);
      const proposal = {
        body,
        waiter: new Waiter<Applied<Outcome>>(timeoutMs, () => this.#forget(proposal)),
      };
      this.#queue.push(proposal);
      this.#queuedBytes += body.length;
      this.#running ??= this.#run();
      return proposal.waiter.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Refuses everything from now on, the waiting too; resolves when no write is under way. */
  async refuse(error: ElectionError): Promise<void> {
    this.#refuseAll(error);
    await this.#running;
  }

  /** Accepts again, for the core made from the reopened store. */
  resume(core: Core): void {
    this.#core = core;
    this.#refusal = null;
  }

  #admit(command: unknown): string {
    if (this.#refusal !== null) throw this.#refusal;
    const { settings, applier } = this.#options;
    if (applier.failed !== null) throw applier.failed;
    if (this.#core.role !== 'leader')
      throw new ElectionError('log.not_master', { master: this.#core.leader });
    const body = toJson(command);
    const bytes = Buffer.byteLength(body);
    if (bytes > settings.maxCommandBytes) {
      throw new ElectionError('log.too_large', { bytes, maxBytes: settings.maxCommandBytes });
    }
    const queued = this.#queue.length + applier.pending;
    if (queued >= settings.maxQueuedEntries || this.#queuedBytes + bytes > settings.maxQueuedBytes) {
      throw new ElectionError('log.overloaded', { queued, maxQueued: settings.maxQueuedEntries });
    }
    return body;
  }

  async #run(): Promise<void> {
    // One turn of the event loop, so that callers who propose in the same turn share the first write as well.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#writeBatch(this.#take());
    this.#running = null;
  }

  #take(): Proposal<Outcome>[] {
    const { maxBatchEntries, maxBatchBytes } = this.#options.settings;
    let count = 0;
    let bytes = 0;
    for (const { body } of this.#queue) {
      if (count > 0 && (count >= maxBatchEntries || bytes + body.length > maxBatchBytes)) break;
      count += 1;
      bytes += body.length;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  async #writeBatch(batch: Proposal<Outcome>[]): Promise<void> {
    const { store, applier } = this.#options;
    const core = this.#core;
    const { persist, proposed } = core.step({ type: 'propose', bodies: batch.map(({ body }) => body) });
    if (persist === null || proposed === null) {
      for (const { waiter } of batch)
        waiter.reject(new ElectionError('log.not_master', { master: core.leader }));
      return;
    }
    persist.entries.forEach((entry, at) => {
      const waiter = batch[at]?.waiter ?? null;
      if (waiter !== null) waiter.maybe = true;
      applier.add(entry, waiter);
    });
    try {
      await store.persist(persist);
    } catch (error) {
      core.step({ type: 'storage_lost' });
      const failure =
        error instanceof ElectionError ? error : new ElectionError('log.stopped', { maybe: true });
      applier.drop(proposed.first, failure);
      this.#refuseAll(failure);
      this.#options.onStoreFailed(failure);
      return;
    }
    const { commitIndex } = core.step({ type: 'persisted', done: persist.done });
    store.noteConfirmed({ index: commitIndex, term: core.term });
    applier.advance(commitIndex);
  }

  #refuseAll(error: ElectionError): void {
    this.#refusal = error;
    const waiting = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const { waiter } of waiting) waiter.reject(error);
  }

  #forget(proposal: Proposal<Outcome>): void {
    const at = this.#queue.indexOf(proposal);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#queuedBytes -= proposal.body.length;
  }
}

/** @throws ElectionError log.not_json */
export function toJson(command: unknown): string {
  try {
    const body: string | undefined = JSON.stringify(command);
    if (body !== undefined) return body;
  } catch (error) {
    throw new ElectionError('log.not_json', {
      reason: error instanceof Error ? error.message : String(error),
    });
  }
  throw new ElectionError('log.not_json', { reason: typeof command });
}
