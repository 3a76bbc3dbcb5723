import { Applier } from './applier.ts';
import { writeBackup } from './backup.ts';
import { Beginning } from './beginning.ts';
import type { Core } from './core.ts';
import type { Entry } from './entry.ts';
import { ElectionError, reasonOf } from './errors.ts';
import { Failures } from './failures.ts';
import { GroupCommit } from './group-commit.ts';
import { LevelStore } from './level-store.ts';
import { LiveReplica } from './live-replica.ts';
import type { MemberChange } from './members.ts';
import { ReadBarrier } from './read-barrier.ts';
import type { Door } from './replica.ts';
import { defaultSettings, type ElectionSettings } from './settings.ts';
import { SnapshotFetch } from './snapshot-fetch.ts';
import { Snapshots } from './snapshots.ts';
import { SoleVoter } from './sole-voter.ts';
import { Status } from './status.ts';
import type { Output } from './steps.ts';
import { type LogStore, placeOf, type SnapshotInfo } from './store.ts';
import { defaultTiming } from './timing.ts';
import type { Transport } from './transport.ts';
import type { AgreementStatus, MeshedAgreement, MeshedAgreementOptions, ProposeOptions } from './types.ts';
import { Waiter } from './waiters.ts';

/** One log for a node alone or for several: messages go through `transport`. Opens nothing yet: `start()` does. */
export function openMeshedAgreement<Outcome>(
  options: MeshedAgreementOptions<Outcome>,
): MeshedAgreement<Outcome> {
  const settings = { ...defaultSettings, ...options.settings };
  const { dir, nodeId, logger, clock } = options;
  const { markSyncMs, minFreeBytes } = settings;
  const founders = options.joins === true ? [] : [nodeId];
  const store = new LevelStore({ dir, nodeId, logger, clock, markSyncMs, minFreeBytes, founders });
  return new ReplicatedAgreement(options, settings, store);
}

/** Makes the parts of a node's log and introduces them to each other; starts and stops them; asks them for what callers ask. */
export class ReplicatedAgreement<Outcome> implements MeshedAgreement<Outcome> {
  readonly #options: MeshedAgreementOptions<Outcome>;
  readonly #settings: ElectionSettings;
  readonly #store: LogStore;
  readonly #transport: Transport;
  readonly #stopped = new AbortController();
  readonly #live: LiveReplica;
  readonly #applier: Applier<Outcome>;
  readonly #snapshots: Snapshots<Outcome>;
  readonly #status: Status<Outcome>;
  readonly #proposing: GroupCommit<Outcome>;
  readonly #reads: ReadBarrier;
  readonly #fetch: SnapshotFetch<Outcome>;
  readonly #beginning: Beginning<Outcome>;
  readonly #failures: Failures<Outcome>;
  readonly #soleVoter: SoleVoter<Outcome>;
  #stopping: Promise<void> | null = null;
  #off: (() => void)[] = [];

  constructor(options: MeshedAgreementOptions<Outcome>, settings: ElectionSettings, store: LogStore) {
    const { dir, nodeId, machine, logger, clock, transport } = options;
    const { sliceMs, stopMs } = settings;
    const stopped = this.#stopped.signal;
    this.#options = options;
    this.#settings = settings;
    this.#store = store;
    this.#transport = transport;
    const live = new LiveReplica({
      timing: { ...defaultTiming, ...options.timing },
      door: this.#door(),
      write: (persist) =>
        persist.install === null ? store.persist(persist) : this.#fetch.write(persist.install.index),
      onWritten: (core) => this.#written(core),
      onWriteFailed: (replica, error) => this.#failures.storeFailed(replica, error),
      onThrew: (error) => this.#failures.coreThrew(error),
    });
    const applier = new Applier<Outcome>({
      machine,
      logger,
      sliceMs,
      onApplied: (index, bytes) => this.#snapshots.noteApplied(index, bytes),
      onFailed: (error) => this.#status.warn('log.machine_failed', error.data),
    });
    const snapshots = new Snapshots<Outcome>({
      machine,
      applier,
      store,
      settings,
      logger,
      membersAt: (index) => live.core.membersAt(index),
      termAt: (index) => live.core.termAt(index),
      untilDurable: (index, given) => live.untilDurable(index, given),
      onSwitched: (info, firstIndex) => this.#switched(info, firstIndex),
      onFailed: (error) => this.#failures.snapshotFailed(error),
    });
    const status = new Status({ nodeId, live, applier, snapshots, logger, clock });
    const proposing = new GroupCommit({ settings, applier, live });
    const fetch = new SnapshotFetch({ transport, store, applier, snapshots, live, logger, stopped });
    const beginning = new Beginning({ nodeId, store, applier, live, stopMs, stopped });
    const running = { store, applier, snapshots, live, beginning, status, logger, stopped };
    const failures = new Failures({ ...running, proposing, settings });
    this.#live = live;
    this.#applier = applier;
    this.#snapshots = snapshots;
    this.#status = status;
    this.#proposing = proposing;
    this.#reads = new ReadBarrier({ live, applier, stopped });
    this.#fetch = fetch;
    this.#beginning = beginning;
    this.#failures = failures;
    this.#soleVoter = new SoleVoter({ ...running, dir, nodeId, fetch, failures, stopMs });
  }

  // ---- life

  async start(): Promise<void> {
    if (this.#live.last !== null || this.#stopped.signal.aborted)
      throw new ElectionError('log.stopped', { maybe: false });
    try {
      const recovered = await this.#store.open();
      this.#status.begin(recovered.warnings);
      await this.#snapshots.restore(recovered.snapshot);
      await this.#beginning.begin(recovered);
    } catch (error) {
      this.#stopped.abort();
      this.#applier.end(new ElectionError('log.stopped', { maybe: true }));
      await this.#store.close();
      throw error;
    }
    this.#off = [
      this.#transport.onMessage((from, message) => this.#live.step({ type: 'message', from, message })),
      this.#transport.onFetchPiece((index, piece) => this.#fetch.serve(index, piece)),
    ];
    this.#snapshots.resume();
    this.#changed();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#inTime(this.#stop());
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const stopped = new ElectionError('log.stopped', { maybe: false });
    this.#live.refuse(stopped);
    this.#stopped.abort();
    for (const off of this.#off) off();
    this.#live.hush();
    this.#proposing.refuse(stopped);
    // What is being written ends; nothing further begins.
    await this.#live.writing;
    this.#live.end();
    await this.#snapshots.pause();
    await this.#failures.over();
    this.#reads.end();
    this.#applier.end(new ElectionError('log.stopped', { maybe: true }));
    await this.#store.close();
    this.#status.end();
  }

  /** A disk that never answers must not keep the process: what is confirmed is safe without a clean end. */
  #inTime(stopping: Promise<void>): Promise<void> {
    const waiter = new Waiter<void>(this.#settings.stopMs);
    stopping.then(
      () => waiter.resolve(),
      (error) => waiter.reject(error),
    );
    return waiter.promise.catch((error) => {
      this.#options.logger.error('the log did not close in time', { reason: reasonOf(error) });
    });
  }

  // ---- what callers ask for

  propose(command: unknown, options: ProposeOptions): Promise<{ index: number; outcome: Outcome }> {
    try {
      return this.#proposing.propose(command, options.timeoutMs);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  readBarrier(timeoutMs: number): Promise<number> {
    return this.#reads.wait(timeoutMs);
  }

  async waitForApplied(index: number, timeoutMs: number): Promise<void> {
    if (this.#stopped.signal.aborted || this.#live.last === null)
      throw new ElectionError('log.stopped', { maybe: false });
    await this.#applier.waitFor(index, timeoutMs);
  }

  async changeMembers(change: MemberChange, options: ProposeOptions): Promise<number> {
    const { proposed, refused } = this.#live.stepAsLeader({ type: 'members', change });
    if (refused !== null || proposed === null) throw refusedAs(refused ?? 'not_leader', change.nodeId);
    const { term } = this.#live.core;
    await this.#applier.waitFor(proposed.last, options.timeoutMs);
    // Another master's entry may have taken its place.
    if (this.#live.core.termAt(proposed.last) !== term)
      throw new ElectionError('log.deposed', { maybe: true });
    return proposed.last;
  }

  async transfer(nodeId: string, options: ProposeOptions): Promise<void> {
    const { refused } = this.#live.stepAsLeader({ type: 'transfer', to: nodeId });
    if (refused !== null) throw refusedAs(refused, nodeId);
    const done = new Waiter<void>(options.timeoutMs);
    const off = this.onChange(({ master }) => master?.nodeId === nodeId && done.resolve());
    await done.promise.finally(off);
  }

  replaceSilentAfter(ms: number): void {
    this.#live.replaceSilentAfter(ms);
  }

  recover(): Promise<void> {
    return this.#soleVoter.recover();
  }

  status(): AgreementStatus {
    return this.#status.get();
  }

  onChange(listener: (status: AgreementStatus) => void): () => void {
    return this.#status.onChange(listener);
  }

  async backup(file: string): Promise<{ index: number; term: number; records: number; bytes: number }> {
    if (this.#live.replica === null) throw new ElectionError('log.stopped', { maybe: false });
    if (this.#applier.failed !== null) throw this.#applier.failed;
    const drained = await this.#snapshots.drain();
    return writeBackup(file, drained, { nodeId: this.#options.nodeId, atMs: this.#options.clock() });
  }

  // ---- how the parts hear of each other

  #door(): Omit<Door, 'write'> {
    return {
      send: (to, message) => this.#transport.send(to, message),
      took: (entries, removedFrom) => this.#proposing.took(entries, removedFrom),
      replaced: (place) => this.#fetch.replaced(place),
      committed: (index) => this.#applier.advance(index),
      load: (from, to, then) => void this.#load(from, to, then),
      fetch: (from, place) => void this.#fetch.fetch(from, place),
      readable: (id, index) => this.#reads.readable(id, index),
      changed: () => this.#changed(),
    };
  }

  async #load(from: number, to: number, then: (entries: readonly Entry[]) => void): Promise<void> {
    const entries: Entry[] = [];
    try {
      for await (const entry of this.#store.read(from, to)) entries.push(entry);
    } catch (error) {
      // Cut away meanwhile; the next heartbeat offers the snapshot.
      this.#options.logger.debug('entries for a follower are gone', { from, to, reason: reasonOf(error) });
      return;
    }
    then(entries);
  }

  #written(core: Core): void {
    // The mark never leads what is durable here, though others may hold it (D7).
    const index = Math.min(core.commitIndex, core.durableIndex);
    const term = core.termAt(index);
    if (term !== undefined) this.#store.noteConfirmed({ index, term });
    this.#proposing.flush();
  }

  #switched(info: SnapshotInfo, firstIndex: number): void {
    this.#live.step({ type: 'compacted', firstIndex, snapshot: placeOf(info) });
    this.#status.unwarn('log.snapshot_failed');
  }

  #changed(): void {
    this.#proposing.refuseUnlessLeading();
    this.#status.changed();
  }
}

function refusedAs(reason: NonNullable<Output['refused']>, nodeId: string): ElectionError {
  return new ElectionError('log.change_refused', { reason, nodeId });
}
