import { Applier } from './applier.ts';
import { writeBackup } from './backup.ts';
import { Core } from './core.ts';
import { ElectionError, type ElectionWarnings, reasonOf } from './errors.ts';
import { LevelStore } from './level-store.ts';
import { LogWriter } from './log-writer.ts';
import { noMembers } from './members.ts';
import { defaultSettings, type ElectionSettings } from './settings.ts';
import { Snapshots } from './snapshots.ts';
import type { LogStore, Recovered } from './store.ts';
import type { Agreement, AgreementOptions, AgreementStatus, ProposeOptions, Warning } from './types.ts';
import { Waiter } from './waiters.ts';

/**
 * Opens nothing yet: `start()` does.
 *
 * @example
 * const log = openAgreement({ dir, nodeId, machine, logger, clock: Date.now });
 * await log.start();
 * const { index, outcome } = await log.propose({ type: 'vm.start', … }, { timeoutMs: 5_000 });
 */
export function openAgreement<Outcome>(options: AgreementOptions<Outcome>): Agreement<Outcome> {
  const settings = { ...defaultSettings, ...options.settings };
  const { dir, nodeId, logger, clock } = options;
  const { markSyncMs, minFreeBytes } = settings;
  const store = new LevelStore({ dir, nodeId, logger, clock, markSyncMs, minFreeBytes });
  return new LocalAgreement(options, settings, store);
}

type Phase = 'new' | 'starting' | 'running' | 'stopped';

/** Joins core, store, writer, applier and snapshots; holds the few waits that concern all of them. */
export class LocalAgreement<Outcome> implements Agreement<Outcome> {
  readonly #options: AgreementOptions<Outcome>;
  readonly #settings: ElectionSettings;
  readonly #store: LogStore;
  readonly #applier: Applier<Outcome>;
  readonly #snapshots: Snapshots<Outcome>;
  #core: Core;
  #writer: LogWriter<Outcome> | null = null;
  #phase: Phase = 'new';
  #masterSinceMs = 0;
  #warnings = new Map<Warning['code'], Warning>();
  #recovering: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  readonly #stopSignal = new AbortController();
  readonly #listeners = new Set<(status: AgreementStatus) => void>();

  constructor(options: AgreementOptions<Outcome>, settings: ElectionSettings, store: LogStore) {
    this.#options = options;
    this.#settings = settings;
    this.#store = store;
    this.#core = emptyCore(options.nodeId);
    this.#applier = new Applier<Outcome>({
      machine: options.machine,
      logger: options.logger,
      sliceMs: settings.sliceMs,
      onApplied: (index, bytes) => this.#snapshots.noteApplied(index, bytes),
      onFailed: (error) => this.#warn('log.machine_failed', error.data),
    });
    this.#snapshots = new Snapshots<Outcome>({
      machine: options.machine,
      applier: this.#applier,
      store,
      settings,
      logger: options.logger,
      membersAt: (index) => this.#core.membersAt(index),
      termAt: (index) => this.#core.termAt(index),
      onSwitched: (info, firstIndex) => {
        this.#core.step({ type: 'compacted', firstIndex, snapshot: info });
        this.#unwarn('log.snapshot_failed');
      },
      onFailed: (error) => this.#snapshotFailed(error),
    });
  }

  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new ElectionError('log.stopped', { maybe: false });
    this.#phase = 'starting';
    const began = performance.now();
    try {
      const recovered = await this.#store.open();
      for (const warning of recovered.warnings) this.#warnings.set(warning.code, warning);
      await this.#snapshots.restore(recovered.snapshot);
      await this.#lead(recovered);
    } catch (error) {
      this.#phase = 'stopped';
      await this.#store.close();
      throw error;
    }
    this.#phase = 'running';
    this.#snapshots.resume();
    this.#changed();
    this.#options.logger.info('the log is open', {
      term: this.#core.term,
      applied: this.#applier.appliedIndex,
      snapshot: this.#snapshots.current?.index ?? 0,
      ms: Math.round(performance.now() - began),
    });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#inTime(this.#stop());
    return this.#stopping;
  }

  propose(command: unknown, options: ProposeOptions): Promise<{ index: number; outcome: Outcome }> {
    if (this.#writer === null) return Promise.reject(new ElectionError('log.stopped', { maybe: false }));
    return this.#writer.propose(command, options.timeoutMs);
  }

  async readBarrier(timeoutMs: number): Promise<number> {
    if (this.#phase !== 'running') throw new ElectionError('log.stopped', { maybe: false });
    // A sole voter is in touch with the majority by being it. Further voters: a round of heartbeats goes here.
    const index = this.#core.commitIndex;
    await this.#applier.waitFor(index, timeoutMs);
    return index;
  }

  async waitForApplied(index: number, timeoutMs: number): Promise<void> {
    if (this.#phase !== 'running') throw new ElectionError('log.stopped', { maybe: false });
    await this.#applier.waitFor(index, timeoutMs);
  }

  status(): AgreementStatus {
    const core = this.#core;
    const up = this.#phase === 'running';
    const alive = up ? core.voters.filter((id) => id === core.nodeId) : [];
    return {
      role: core.role,
      term: core.term,
      nodeId: core.nodeId,
      master: up && core.leader !== null ? { nodeId: core.leader, sinceMs: this.#masterSinceMs } : null,
      voters: [...core.voters],
      alive: [...alive],
      mayFail: Math.max(0, alive.length - (Math.floor(core.voters.length / 2) + 1)),
      lastIndex: core.lastIndex,
      commitIndex: core.commitIndex,
      appliedIndex: this.#applier.appliedIndex,
      snapshotIndex: this.#snapshots.current?.index ?? 0,
      warnings: [...this.#warnings.values()],
    };
  }

  onChange(listener: (status: AgreementStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async backup(file: string): Promise<{ index: number; term: number; records: number; bytes: number }> {
    if (this.#phase !== 'running') throw new ElectionError('log.stopped', { maybe: false });
    if (this.#applier.failed !== null) throw this.#applier.failed;
    const drained = await this.#snapshots.drain();
    return writeBackup(file, drained, { nodeId: this.#core.nodeId, atMs: this.#options.clock() });
  }

  /** Elects and applies: the same at a start and after the store was reopened. */
  async #lead(recovered: Recovered): Promise<void> {
    const { nodeId } = this.#options;
    const commitIndex = Math.max(
      recovered.markIndex,
      recovered.snapshot?.index ?? 0,
      this.#applier.appliedIndex,
    );
    const core = new Core({
      ...recovered,
      nodeId,
      commitIndex,
      members: recovered.snapshot?.members ?? recovered.members,
    });
    const elected = core.step({ type: 'campaign' });
    const noop = await this.#persist(core, elected.persist);
    await this.#persist(core, noop);
    // Entries that were durable but not yet known to be confirmed are committed along with the noop.
    await this.#applier.replay(this.#store, core.commitIndex);
    this.#core = core;
    this.#masterSinceMs = this.#options.clock();
    if (this.#writer !== null) return this.#writer.resume(core);
    this.#writer = new LogWriter<Outcome>({
      core,
      store: this.#store,
      applier: this.#applier,
      settings: this.#settings,
      onStoreFailed: (error) => this.#storeFailed(error),
    });
  }

  /** Makes one output of the core durable, tells it so, and hands on what it wants written next. */
  async #persist(core: Core, persist: ReturnType<Core['step']>['persist']): Promise<typeof persist> {
    if (persist === null) return null;
    await this.#store.persist(persist);
    const next = core.step({ type: 'persisted', done: persist.done });
    this.#store.noteConfirmed({ index: next.commitIndex, term: core.term });
    return next.persist;
  }

  #snapshotFailed(error: unknown): void {
    if (error instanceof ElectionError && error.code === 'log.stopped') return;
    if (
      error instanceof ElectionError &&
      (error.code === 'log.disk_full' || error.code === 'log.write_failed')
    ) {
      void this.#writer?.refuse(error);
      this.#storeFailed(error);
      return;
    }
    this.#warn('log.snapshot_failed', { reason: reasonOf(error) });
  }

  /** Reads go on from memory; writes are refused with the cause until the store could be reopened. */
  #storeFailed(error: ElectionError): void {
    if (error.code === 'log.disk_full')
      this.#warn('log.disk_full', error.data as ElectionWarnings['log.disk_full']);
    if (error.code === 'log.write_failed')
      this.#warn('log.write_failed', error.data as ElectionWarnings['log.write_failed']);
    this.#recovering ??= this.#recover(error).finally(() => {
      this.#recovering = null;
    });
  }

  async #recover(cause: ElectionError): Promise<void> {
    const { logger } = this.#options;
    logger.error('the log cannot be written; reads go on, writes are refused until it can', {
      ...cause.data,
    });
    await this.#snapshots.pause();
    for (;;) {
      await this.#pauseFor(this.#settings.retryMs);
      if (this.#stopSignal.signal.aborted) return;
      const failure = await this.#tryRecovery();
      if (failure === null) break;
      logger.debug('the log still cannot be written', { reason: reasonOf(failure) });
    }
    this.#unwarn('log.disk_full');
    this.#unwarn('log.write_failed');
    this.#snapshots.resume();
    this.#changed();
    logger.info('the log can be written again', {
      term: this.#core.term,
      applied: this.#applier.appliedIndex,
    });
  }

  async #tryRecovery(): Promise<unknown> {
    try {
      const free = await this.#store.freeBytes();
      if (free < this.#settings.minFreeBytes) return new Error(`${free} bytes free`);
      const recovered = await this.#store.reopen();
      // The mark may be further: of a try at recovering that failed after its first entry was confirmed.
      const confirmed = Math.max(this.#core.commitIndex, recovered.markIndex);
      // Proposals refused with the failure stay refused, even if their bytes reached the disk after all.
      await this.#store.truncate(confirmed + 1);
      const terms = recovered.terms.filter(({ index }) => index <= confirmed);
      await this.#lead({ ...recovered, terms, lastIndex: Math.min(recovered.lastIndex, confirmed) });
      return null;
    } catch (error) {
      return error;
    }
  }

  async #stop(): Promise<void> {
    const stopped = new ElectionError('log.stopped', { maybe: false });
    this.#stopSignal.abort();
    await this.#writer?.refuse(stopped);
    await this.#snapshots.pause();
    await this.#recovering;
    this.#phase = 'stopped';
    this.#applier.end(stopped);
    await this.#store.close();
    this.#listeners.clear();
  }

  /** A disk that never answers must not keep the process: what is confirmed is safe without a clean end. */
  #inTime(stopping: Promise<void>): Promise<void> {
    const waiter = new Waiter<void>(this.#settings.stopMs);
    stopping.then(waiter.resolve.bind(waiter), waiter.reject.bind(waiter));
    return waiter.promise.catch((error) => {
      this.#options.logger.error('the log did not close in time', { reason: reasonOf(error) });
    });
  }

  /** Waits, or returns early when stopped. */
  #pauseFor(ms: number): Promise<void> {
    if (this.#stopSignal.signal.aborted) return Promise.resolve();
    const waiter = new Waiter<void>(ms);
    const wake = () => waiter.resolve();
    this.#stopSignal.signal.addEventListener('abort', wake, { once: true });
    return waiter.promise
      .catch(() => {})
      .finally(() => this.#stopSignal.signal.removeEventListener('abort', wake));
  }

  #warn<Code extends Warning['code']>(code: Code, data: ElectionWarnings[Code]): void {
    const sinceMs = this.#warnings.get(code)?.sinceMs ?? this.#options.clock();
    this.#warnings.set(code, { code, data, sinceMs } as Warning);
    this.#changed();
  }

  #unwarn(code: Warning['code']): void {
    if (this.#warnings.delete(code)) this.#changed();
  }

  #changed(): void {
    const status = this.status();
    for (const listener of [...this.#listeners]) {
      try {
        listener(status);
      } catch (error) {
        this.#options.logger.error('a listener of the log threw', { reason: reasonOf(error) });
      }
    }
  }
}

/** Before the store is read: a follower that knows nothing. */
function emptyCore(nodeId: string): Core {
  const place = { index: 0, term: 0 };
  return new Core({
    nodeId,
    members: noMembers,
    hard: { term: 0, votedFor: null },
    base: place,
    terms: [],
    commitIndex: 0,
  });
}
