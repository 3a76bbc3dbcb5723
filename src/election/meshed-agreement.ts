import { createHash } from 'node:crypto';
import { Applier } from './applier.ts';
import { writeBackup } from './backup.ts';
import { Core } from './core.ts';
import type { Entry } from './entry.ts';
import { ElectionError, type ElectionWarnings, reasonOf } from './errors.ts';
import { LevelStore } from './level-store.ts';
import { type MemberChange, majorityOf } from './members.ts';
import type { SnapshotPlace } from './messages.ts';
import { type Proposal, Proposals } from './proposals.ts';
import { makeSoleVoter } from './recovery.ts';
import { type Door, Replica } from './replica.ts';
import { defaultSettings, type ElectionSettings } from './settings.ts';
import { Snapshots } from './snapshots.ts';
import type { Input, Moment, Output, Persist } from './steps.ts';
import type { LogStore, Recovered, SnapshotInfo } from './store.ts';
import { defaultTiming, type Timing } from './timing.ts';
import type { SnapshotPiece, Transport } from './transport.ts';
import type {
  AgreementOptions,
  AgreementStatus,
  MeshedAgreement,
  MeshedAgreementOptions,
  ProposeOptions,
  Warning,
} from './types.ts';
import { Waiter } from './waiters.ts';

/** How long a read that nobody could answer waits before it asks again: a fraction of an election. */
const READ_AGAIN_MS = 25;
/** Recovering waits so many elections for a master first, and looks so often: an election under way is not a cloud lost. */
const ELECTIONS_BEFORE_RECOVERY = 5;
const MASTER_AGAIN_MS = 25;
/** How often a snapshot looks whether its entries are durable yet: some disk writes. */
const DURABLE_AGAIN_MS = 5;

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

/** Joins replica, store, applier, snapshots and transport. */
export class ReplicatedAgreement<Outcome> implements MeshedAgreement<Outcome> {
  readonly #options: MeshedAgreementOptions<Outcome>;
  readonly #settings: ElectionSettings;
  #timing: Timing;
  readonly #store: LogStore;
  readonly #transport: Transport;
  readonly #applier: Applier<Outcome>;
  readonly #snapshots: Snapshots<Outcome>;
  readonly #proposals: Proposals<Outcome>;
  readonly #warnings = new Map<Warning['code'], Warning>();
  readonly #listeners = new Set<(status: AgreementStatus) => void>();
  readonly #reads = new Map<number, Waiter<number | null>>();
  readonly #stopped = new AbortController();
  /** null before the start, while the store is reopened, and after the stop. */
  #replica: Replica | null = null;
  /** What is shown while there is no replica. */
  #last: Core | null = null;
  #taken: readonly Proposal<Outcome>[] = [];
  #flushing = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #wakeAt = Number.POSITIVE_INFINITY;
  #refusal: ElectionError | null = new ElectionError('log.stopped', { maybe: false });
  #fetching = false;
  #fetched: { info: SnapshotInfo; pieces: readonly Buffer[] } | null = null;
  /** Installed in memory, not yet on disk. */
  readonly #installing = new Map<number, SnapshotInfo>();
  #writing: Promise<void> = Promise.resolve();
  #recovering: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  /** Somebody waits for this replica to begin, and hears of its failure. */
  #beginning: Waiter<void> | null = null;
  #nextRead = 1;
  #masterSinceMs = 0;
  #shownMaster: string | null = null;
  #off: (() => void)[] = [];

  constructor(options: MeshedAgreementOptions<Outcome>, settings: ElectionSettings, store: LogStore) {
    this.#options = options;
    this.#settings = settings;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#store = store;
    this.#transport = options.transport;
    this.#proposals = new Proposals(settings);
    const { machine, logger }: AgreementOptions<Outcome> = options;
    this.#applier = new Applier<Outcome>({
      machine,
      logger,
      sliceMs: settings.sliceMs,
      onApplied: (index, bytes) => this.#snapshots.noteApplied(index, bytes),
      onFailed: (error) => this.#warn('log.machine_failed', error.data),
    });
    this.#snapshots = new Snapshots<Outcome>({
      machine,
      applier: this.#applier,
      store,
      settings,
      logger,
      membersAt: (index) => this.#core().membersAt(index),
      termAt: (index) => this.#core().termAt(index),
      untilDurable: (index, given) => this.#untilDurable(index, given),
      onSwitched: (info, firstIndex) => {
        this.#step({ type: 'compacted', firstIndex, snapshot: placeOf(info) });
        this.#unwarn('log.snapshot_failed');
      },
      onFailed: (error) => this.#snapshotFailed(error),
    });
  }

  async start(): Promise<void> {
    if (this.#last !== null || this.#stopped.signal.aborted)
      throw new ElectionError('log.stopped', { maybe: false });
    try {
      const recovered = await this.#store.open();
      for (const warning of recovered.warnings) this.#warnings.set(warning.code, warning);
      await this.#snapshots.restore(recovered.snapshot);
      await this.#begin(recovered);
    } catch (error) {
      this.#stopped.abort();
      this.#applier.end(new ElectionError('log.stopped', { maybe: true }));
      await this.#store.close();
      throw error;
    }
    this.#off = [
      this.#transport.onMessage((from, message) => this.#step({ type: 'message', from, message })),
      this.#transport.onFetchPiece((index, piece) => this.#servePiece(index, piece)),
    ];
    this.#snapshots.resume();
    this.#changed();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#inTime(this.#stop());
    return this.#stopping;
  }

  propose(command: unknown, options: ProposeOptions): Promise<{ index: number; outcome: Outcome }> {
    try {
      if (this.#refusal !== null) throw this.#refusal;
      if (this.#applier.failed !== null) throw this.#applier.failed;
      const core = this.#core();
      if (core.role !== 'leader') throw new ElectionError('log.not_master', { master: core.leader });
      const promise = this.#proposals.add(command, options.timeoutMs, this.#applier.pending);
      this.#flushSoon();
      return promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async readBarrier(timeoutMs: number): Promise<number> {
    const ends = performance.now() + timeoutMs;
    for (;;) {
      if (this.#stopped.signal.aborted || this.#last === null)
        throw new ElectionError('log.stopped', { maybe: false });
      if (this.#refusal?.code === 'log.core_failed') throw this.#refusal;
      const left = Math.max(1, ends - performance.now());
      const index = this.#replica === null ? this.#readAlone() : await this.#readIndex(left);
      if (index !== null) {
        await this.#applier.waitFor(index, Math.max(1, ends - performance.now()));
        return index;
      }
      if (performance.now() + READ_AGAIN_MS >= ends)
        throw new ElectionError('log.timeout', { timeoutMs, maybe: false });
      await Bun.sleep(READ_AGAIN_MS);
    }
  }

  async waitForApplied(index: number, timeoutMs: number): Promise<void> {
    if (this.#stopped.signal.aborted || this.#last === null)
      throw new ElectionError('log.stopped', { maybe: false });
    await this.#applier.waitFor(index, timeoutMs);
  }

  async changeMembers(change: MemberChange, options: ProposeOptions): Promise<number> {
    const { proposed, refused } = this.#stepOrRefuse({ type: 'members', change });
    if (refused !== null || proposed === null) throw this.#refused(refused ?? 'not_leader', change.nodeId);
    const term = this.#core().term;
    await this.#applier.waitFor(proposed.last, options.timeoutMs);
    // Another master's entry may have taken its place.
    if (this.#core().termAt(proposed.last) !== term) throw new ElectionError('log.deposed', { maybe: true });
    return proposed.last;
  }

  async transfer(nodeId: string, options: ProposeOptions): Promise<void> {
    const { refused } = this.#stepOrRefuse({ type: 'transfer', to: nodeId });
    if (refused !== null) throw this.#refused(refused, nodeId);
    const done = new Waiter<void>(options.timeoutMs);
    const off = this.onChange(({ master }) => master?.nodeId === nodeId && done.resolve());
    await done.promise.finally(off);
  }

  replaceSilentAfter(ms: number): void {
    if (this.#timing.replaceSilentMs === ms) return;
    this.#timing = { ...this.#timing, replaceSilentMs: ms };
    this.#step({ type: 'silence', ms });
  }

  async recover(): Promise<void> {
    const replica = await this.#withoutMaster();
    const { durableIndex } = replica.core;
    this.#replica = null;
    this.#refusal = new ElectionError('log.stopped', { maybe: false });
    const rewritten = this.#beginAlone();
    this.#recovering = rewritten
      .catch((error) => this.#refuseFor(storeFailureOf(error), durableIndex))
      .finally(() => {
        this.#recovering = null;
      });
    await rewritten;
  }

  status(): AgreementStatus {
    const core = this.#last ?? emptyCore(this.#options.nodeId);
    const up = this.#replica !== null;
    const alive = up ? core.voters.filter((id) => core.active.includes(id)) : [];
    return {
      // In its own eyes it may still lead.
      role: this.#warnings.has('log.core_failed') ? 'follower' : core.role,
      term: core.term,
      nodeId: core.nodeId,
      master: up && core.leader !== null ? { nodeId: core.leader, sinceMs: this.#masterSinceMs } : null,
      voters: [...core.voters],
      learners: [...core.members.learners],
      standbys: [...core.members.standbys],
      alive,
      mayFail: Math.max(0, alive.length - majorityOf(core.voters.length)),
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
    if (this.#replica === null) throw new ElectionError('log.stopped', { maybe: false });
    if (this.#applier.failed !== null) throw this.#applier.failed;
    const drained = await this.#snapshots.drain();
    return writeBackup(file, drained, { nodeId: this.#options.nodeId, atMs: this.#options.clock() });
  }

  // ---- the replica and its door

  /** The same at a start and after the store was reopened. A sole voter leads at once. */
  async #begin(recovered: Recovered): Promise<void> {
    const { nodeId } = this.#options;
    const snapshot = recovered.snapshot;
    const commitIndex = Math.max(recovered.markIndex, snapshot?.index ?? 0);
    await this.#applier.replay(this.#store, commitIndex);
    // Durable, and perhaps committed: the leader will tell.
    const from = Math.max(commitIndex, this.#applier.appliedIndex, recovered.base.index) + 1;
    if (recovered.lastIndex >= from) {
      for await (const entry of this.#store.read(from, recovered.lastIndex)) this.#applier.add(entry, null);
    }
    if (this.#stopped.signal.aborted) throw new ElectionError('log.stopped', { maybe: false });
    const members = snapshot?.members ?? recovered.members;
    const place = snapshot === null ? null : placeOf(snapshot);
    const core = new Core({ ...recovered, nodeId, members, commitIndex, snapshot: place }, this.#timing);
    this.#last = core;
    this.#replica = new Replica(core, this.#door());
    this.#refusal = null;
    const alone = core.voters.length === 1 && core.voters[0] === nodeId;
    this.#step({ type: alone ? 'campaign' : 'tick' });
    if (alone) await this.#untilLeading(core.lastIndex + 1);
  }

  /** Until a sole voter's first entry is applied, or its disk refused it. */
  async #untilLeading(index: number): Promise<void> {
    const waiter = new Waiter<void>(this.#settings.stopMs);
    this.#beginning = waiter;
    this.#applier.waitFor(index, this.#settings.stopMs).then(
      () => waiter.resolve(),
      (error) => waiter.reject(error),
    );
    await waiter.promise.finally(() => {
      this.#beginning = null;
    });
  }

  #door(): Door {
    return {
      write: (persist) => {
        this.#writing = this.#write(persist);
      },
      send: (to, message) => this.#transport.send(to, message),
      took: (entries, removedFrom) => this.#took(entries, removedFrom),
      replaced: (place) => this.#replaced(place),
      committed: (index) => this.#applier.advance(index),
      load: (from, to, then) => void this.#load(from, to, then),
      fetch: (from, place) => void this.#fetch(from, place),
      readable: (id, index) => {
        this.#reads.get(id)?.resolve(index);
        this.#reads.delete(id);
      },
      changed: () => this.#changed(),
    };
  }

  #step(input: Input): Output | null {
    const output = this.#unlessItThrows((replica) => replica.step(input, this.#moment()));
    this.#setTimer();
    return output;
  }

  #unlessItThrows(work: (replica: Replica) => Output | null): Output | null {
    const replica = this.#replica;
    if (replica === null) return null;
    try {
      return work(replica);
    } catch (error) {
      this.#coreFailed(error);
      return null;
    }
  }

  /** What it believes may be wrong, so it neither says nor writes anything further; the store holds what was promised (E17). */
  #coreFailed(error: unknown): void {
    const failed = new ElectionError('log.core_failed', { reason: reasonOf(error) }, { cause: error });
    this.#options.logger.error('the core of the log threw; this node takes part no more', { ...failed.data });
    this.#replica = null;
    this.#refusal = failed;
    this.#proposals.refuse(failed);
    // The others may hold what was on its way.
    this.#applier.drop(0, new ElectionError('log.deposed', { maybe: true }));
    this.#beginning?.reject(failed);
    this.#warn('log.core_failed', failed.data);
  }

  #moment(): Moment {
    const { electionMinMs, electionMaxMs } = this.#timing;
    // The core's clock begins after 0.
    return {
      now: performance.now() + 1,
      timeoutMs: electionMinMs + Math.random() * (electionMaxMs - electionMinMs),
    };
  }

  /** An earlier wake is set anew, a later one is found when the timer comes: heartbeats move it all the time. */
  #setTimer(): void {
    const at = this.#replica?.core.wakeAt ?? Number.POSITIVE_INFINITY;
    if (at >= this.#wakeAt || at === Number.POSITIVE_INFINITY) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakeAt = at;
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, at - performance.now() - 1));
  }

  #wake(): void {
    this.#timer = null;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const replica = this.#replica;
    if (replica === null) return;
    if (performance.now() + 1 >= replica.core.wakeAt) this.#step({ type: 'tick' });
    else this.#setTimer();
  }

  async #write(persist: Persist): Promise<void> {
    const replica = this.#replica;
    try {
      if (persist.install === null) await this.#store.persist(persist);
      else await this.#storeReplaced(persist.install.index);
    } catch (error) {
      if (replica !== null && replica === this.#replica) this.#storeFailed(replica, error);
      return;
    }
    if (replica === null || replica !== this.#replica) return;
    this.#unlessItThrows(() => replica.written(this.#moment()));
    if (replica !== this.#replica) return;
    const { core } = replica;
    // The mark never leads what is durable here, though others may hold it (D7).
    const index = Math.min(core.commitIndex, core.durableIndex);
    const term = core.termAt(index);
    if (term !== undefined) this.#store.noteConfirmed({ index, term });
    this.#setTimer();
    if (this.#proposals.size > 0) this.#flush();
  }

  #took(entries: readonly Entry[], removedFrom: number | null): void {
    // Another node may still hold what was overwritten here, and bring it back.
    if (removedFrom !== null)
      this.#applier.drop(removedFrom, new ElectionError('log.deposed', { maybe: true }));
    let at = 0;
    for (const entry of entries) {
      const proposal = entry.kind === 'command' ? this.#taken[at++] : undefined;
      if (proposal !== undefined) proposal.waiter.maybe = true;
      if (entry.index > this.#applier.appliedIndex) this.#applier.add(entry, proposal?.waiter ?? null);
    }
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

  // ---- proposals

  /** Callers of one turn share a write; while one is under way more gather (group commit). */
  #flushSoon(): void {
    if (this.#flushing || this.#replica?.writing === true) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const replica = this.#replica;
    if (replica === null || replica.writing || this.#proposals.size === 0) return;
    const batch = this.#proposals.take();
    this.#taken = batch;
    const output = this.#step({ type: 'propose', bodies: batch.map(({ body }) => body) });
    this.#taken = [];
    if (output !== null && output.proposed !== null) return;
    const refusal =
      output === null
        ? new ElectionError('log.deposed', { maybe: true })
        : new ElectionError('log.not_master', { master: replica.core.leader });
    for (const { waiter } of batch) waiter.reject(refusal);
    this.#proposals.refuse(refusal);
  }

  /** A sole voter whose disk refuses writes leads on in name: nobody else confirms anything (R2). */
  #readAlone(): number | null {
    const core = this.#last;
    return core?.role === 'leader' && core.voters.length === 1 ? core.commitIndex : null;
  }

  async #readIndex(timeoutMs: number): Promise<number | null> {
    const id = this.#nextRead++;
    // An answer that does not come within an election's time was lost: ask again.
    const waiter = new Waiter<number | null>(Math.min(timeoutMs, this.#timing.electionMaxMs));
    this.#reads.set(id, waiter);
    this.#step({ type: 'read', id });
    return waiter.promise.catch(() => null).finally(() => this.#reads.delete(id));
  }

  #stepOrRefuse(input: Input): Output {
    if (this.#refusal !== null) throw this.#refusal;
    const core = this.#core();
    if (core.role !== 'leader') throw new ElectionError('log.not_master', { master: core.leader });
    const output = this.#step(input);
    if (output === null) throw this.#refusal ?? new ElectionError('log.stopped', { maybe: true });
    return output;
  }

  #refused(reason: NonNullable<Output['refused']>, nodeId: string): ElectionError {
    return new ElectionError('log.change_refused', { reason, nodeId });
  }

  // ---- snapshots from the leader

  async #fetch(from: string, place: SnapshotPlace): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    const began = performance.now();
    try {
      const fetched = await this.#fetchPieces(from, place);
      await this.#snapshots.pause();
      this.#fetched = fetched;
      this.#step({ type: 'install', snapshot: place });
      this.#options.logger.info('the state was fetched from the master', {
        index: place.index,
        bytes: fetched.info.bytes,
        ms: Math.round(performance.now() - began),
      });
    } catch (error) {
      this.#options.logger.warn('the state could not be fetched; it is tried again', {
        from,
        reason: reasonOf(error),
      });
    } finally {
      this.#fetched = null;
      this.#fetching = false;
      if (this.#replica !== null) this.#snapshots.resume();
    }
  }

  async #fetchPieces(from: string, place: SnapshotPlace): Promise<{ info: SnapshotInfo; pieces: Buffer[] }> {
    const pieces: Buffer[] = [];
    const hash = createHash('sha256');
    let info: SnapshotInfo | null = null;
    do {
      const answer = await this.#transport.fetchPiece(from, place.index, pieces.length);
      info ??= answer.info;
      if (info.index !== place.index || info.term !== place.term)
        throw new Error('the master has another snapshot by now');
      hash.update(answer.bytes);
      await this.#store.writePiece(place.index, pieces.length, answer.bytes);
      pieces.push(answer.bytes);
    } while (pieces.length < info.pieces && !this.#stopped.signal.aborted);
    if (hash.digest('hex') !== info.sha256) throw new Error('its checksum differs');
    return { info, pieces };
  }

  #replaced(place: SnapshotPlace): void {
    const fetched = this.#fetched;
    if (fetched?.info.index !== place.index) throw new Error('a snapshot is installed that was not fetched');
    this.#applier.drop(0, new ElectionError('log.deposed', { maybe: true }));
    this.#installing.set(place.index, fetched.info);
    this.#snapshots.replace(fetched.info, fetched.pieces);
  }

  async #storeReplaced(index: number): Promise<void> {
    const info = this.#installing.get(index);
    this.#installing.delete(index);
    if (info === undefined) throw new Error(`nothing was fetched for ${index}`);
    await this.#store.replaceBy(info);
  }

  async #servePiece(index: number, piece: number): Promise<SnapshotPiece | null> {
    const info = this.#snapshots.current;
    if (info === null || info.index !== index || piece < 0 || piece >= Math.max(1, info.pieces)) return null;
    return { info, bytes: await this.#store.readPiece(info, piece) };
  }

  async #untilDurable(index: number, given: () => boolean): Promise<void> {
    while (this.#core().durableIndex < index) {
      if (given() || this.#replica === null) throw new ElectionError('log.stopped', { maybe: false });
      await Bun.sleep(DURABLE_AGAIN_MS);
    }
  }

  #snapshotFailed(error: unknown): void {
    if (error instanceof ElectionError && error.code === 'log.stopped') return;
    const replica = this.#replica;
    if (replica !== null && isStoreFailure(error)) this.#storeFailed(replica, error);
    else this.#warn('log.snapshot_failed', { reason: reasonOf(error) });
  }

  // ---- a failed write: to the others this node is as good as crashed until its store is back

  #storeFailed(replica: Replica, error: unknown): void {
    const failure = storeFailureOf(error);
    replica.core.step({ type: 'storage_lost' });
    this.#replica = null;
    this.#refusal = failure;
    this.#proposals.refuse(failure);
    // Sent to the others before it failed here, an entry may live on there.
    const alone = replica.core.voters.length === 1;
    const fate = alone ? failure : new ElectionError('log.deposed', { maybe: true });
    this.#applier.drop(replica.core.durableIndex + 1, fate);
    if (this.#beginning !== null) {
      this.#beginning.reject(failure);
      return;
    }
    this.#recovering ??= this.#refuseFor(failure, replica.core.durableIndex).finally(() => {
      this.#recovering = null;
    });
  }

  /** Refuses writes and says why, until the store could be reopened. */
  #refuseFor(failure: ElectionError, durableIndex: number): Promise<void> {
    this.#refusal = failure;
    if (failure.code === 'log.disk_full')
      this.#warn('log.disk_full', failure.data as ElectionWarnings['log.disk_full']);
    if (failure.code === 'log.write_failed')
      this.#warn('log.write_failed', failure.data as ElectionWarnings['log.write_failed']);
    return this.#reopen(durableIndex);
  }

  async #reopen(durableIndex: number): Promise<void> {
    const { logger } = this.#options;
    await this.#snapshots.pause();
    while (!this.#stopped.signal.aborted) {
      await this.#sleep(this.#settings.retryMs);
      if (this.#stopped.signal.aborted) return;
      try {
        if ((await this.#store.freeBytes()) < this.#settings.minFreeBytes) continue;
        const recovered = await this.#store.reopen();
        // Refused stays refused, as far as this node can tell (R4).
        const last = Math.max(durableIndex, recovered.markIndex);
        await this.#store.truncate(last + 1);
        const upTo = <T extends { index: number }>(placed: readonly T[]) =>
          placed.filter(({ index }) => index <= last);
        await this.#begin({
          ...recovered,
          terms: upTo(recovered.terms),
          configs: upTo(recovered.configs),
          lastIndex: Math.min(recovered.lastIndex, last),
        });
        break;
      } catch (error) {
        this.#replica = null;
        logger.debug('the log still cannot be written', { reason: reasonOf(error) });
      }
    }
    this.#unwarn('log.disk_full');
    this.#unwarn('log.write_failed');
    this.#snapshots.resume();
    this.#changed();
  }

  // ---- most voters lost for good

  /** Resolves when no master came up for a while and all that this node holds is on its disk. */
  async #withoutMaster(): Promise<Replica> {
    const electionsEnd = performance.now() + ELECTIONS_BEFORE_RECOVERY * this.#timing.electionMaxMs;
    const { stopMs } = this.#settings;
    for (;;) {
      if (this.#applier.failed !== null) throw this.#applier.failed;
      const replica = this.#replica;
      if (replica === null) throw this.#refusal ?? new ElectionError('log.stopped', { maybe: false });
      const { core } = replica;
      if (core.leader !== null) throw new ElectionError('log.has_quorum', { master: core.leader });
      if (core.voters.length === 0)
        throw new ElectionError('log.nothing_to_recover', { dir: this.#options.dir });
      const over = performance.now() - electionsEnd;
      // What was applied here may still be on its way to this disk, and would be missing from it.
      const settled = !this.#fetching && !replica.writing && core.durableIndex === core.lastIndex;
      if (over >= 0 && settled) return replica;
      if (over >= stopMs) throw new ElectionError('log.timeout', { timeoutMs: stopMs, maybe: false });
      await this.#sleep(MASTER_AGAIN_MS);
    }
  }

  async #beginAlone(): Promise<void> {
    const { dir, nodeId, logger } = this.#options;
    await this.#snapshots.pause();
    const held = await this.#store.reopen();
    const recovered = await makeSoleVoter(this.#store, held, { dir, nodeId });
    await this.#begin(recovered);
    this.#snapshots.resume();
    this.#changed();
    logger.warn('this node goes on with the cloud as its only voter, as asked', {
      term: recovered.hard.term,
      index: recovered.lastIndex,
    });
  }

  async #stop(): Promise<void> {
    const stopped = new ElectionError('log.stopped', { maybe: false });
    this.#refusal = stopped;
    this.#stopped.abort();
    for (const off of this.#off) off();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#proposals.refuse(stopped);
    // What is being written ends; nothing further begins.
    await this.#writing;
    this.#replica = null;
    await this.#snapshots.pause();
    await this.#recovering;
    for (const waiter of this.#reads.values()) waiter.resolve(null);
    this.#applier.end(new ElectionError('log.stopped', { maybe: true }));
    await this.#store.close();
    this.#listeners.clear();
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

  async #sleep(ms: number): Promise<void> {
    const waiter = new Waiter<void>(ms);
    const wake = () => waiter.resolve();
    this.#stopped.signal.addEventListener('abort', wake, { once: true });
    await waiter.promise.catch(() => {});
    this.#stopped.signal.removeEventListener('abort', wake);
  }

  #core(): Core {
    if (this.#last === null) throw new ElectionError('log.stopped', { maybe: false });
    return this.#last;
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
    const master = this.#last?.leader ?? null;
    if (master !== this.#shownMaster) this.#masterSinceMs = this.#options.clock();
    this.#shownMaster = master;
    const core = this.#last;
    if (core !== null && core.role !== 'leader' && this.#proposals.size > 0) {
      this.#proposals.refuse(new ElectionError('log.not_master', { master }));
    }
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

function storeFailureOf(error: unknown): ElectionError {
  return error instanceof ElectionError ? error : new ElectionError('log.stopped', { maybe: true });
}

function isStoreFailure(error: unknown): boolean {
  return (
    error instanceof ElectionError && (error.code === 'log.disk_full' || error.code === 'log.write_failed')
  );
}

function placeOf({ index, term, members }: SnapshotInfo): SnapshotPlace {
  return { index, term, members };
}

function emptyCore(nodeId: string): Core {
  const members = { voters: [], learners: [], standbys: [] };
  const base = { index: 0, term: 0 };
  return new Core({ nodeId, members, hard: { term: 0, votedFor: null }, base, terms: [], commitIndex: 0 });
}
