import { Alarm } from './alarm.ts';
import { Core } from './core.ts';
import { ElectionError } from './errors.ts';
import { type Door, Replica } from './replica.ts';
import type { CoreStart, Input, Moment, Output, Persist } from './steps.ts';
import type { Timing } from './timing.ts';

/** How often one who waits for the disk looks whether entries are durable yet: some disk writes. */
const DURABLE_AGAIN_MS = 5;
/** The core's clock begins after 0, `performance.now()` at it. */
const CORE_CLOCK_AHEAD_MS = 1;

export interface LiveReplicaOptions {
  timing: Timing;
  door: Omit<Door, 'write'>;
  /** Makes it durable, or rejects with none of it done. */
  write: (persist: Persist) => Promise<void>;
  onWritten: (core: Core) => void;
  onWriteFailed: (replica: Replica, error: unknown) => void;
  /** The core threw: a defect. */
  onThrew: (error: unknown) => void;
}

/** The replica of a running node: gives it real time, chance and disk, for as long as there is one. */
export class LiveReplica {
  readonly #options: LiveReplicaOptions;
  readonly #alarm = new Alarm(() => this.#wake());
  #timing: Timing;
  #replica: Replica | null = null;
  #last: Core | null = null;
  #refusal: ElectionError | null = new ElectionError('log.stopped', { maybe: false });
  #writing: Promise<void> = Promise.resolve();

  constructor(options: LiveReplicaOptions) {
    this.#options = options;
    this.#timing = options.timing;
  }

  /** null before the start, while the store is reopened, and after the stop. */
  get replica(): Replica | null {
    return this.#replica;
  }
  /** The present core, or while there is no replica the former one; null before the start. */
  get last(): Core | null {
    return this.#last;
  }
  /** @throws ElectionError log.stopped before the start */
  get core(): Core {
    if (this.#last === null) throw new ElectionError('log.stopped', { maybe: false });
    return this.#last;
  }
  get timing(): Timing {
    return this.#timing;
  }
  /** Why nothing can be proposed now, leader or not; null: it can. */
  get refusal(): ElectionError | null {
    return this.#refusal;
  }
  /** Resolves when the write under way has ended, well or not. */
  get writing(): Promise<void> {
    return this.#writing;
  }

  begin(start: CoreStart): Core {
    const core = new Core(start, this.#timing);
    this.#last = core;
    this.#replica = new Replica(core, {
      ...this.#options.door,
      write: (persist) => {
        this.#writing = this.#write(persist);
      },
    });
    this.#refusal = null;
    return core;
  }

  refuse(refusal: ElectionError): void {
    this.#refusal = refusal;
  }

  /** Takes part no more, until `begin`. */
  end(): void {
    this.#replica = null;
  }

  /** For a stop: wakes no more. */
  hush(): void {
    this.#alarm.clear();
  }

  /** @returns null where there is no replica, or its core threw */
  step(input: Input): Output | null {
    const output = this.#unlessItThrows((replica) => replica.step(input, this.#moment()));
    this.#setAlarm();
    return output;
  }

  /** As `step`, on the leader only. @throws ElectionError log.not_master, or why nothing can be proposed */
  stepAsLeader(input: Input): Output {
    if (this.#refusal !== null) throw this.#refusal;
    const { role, leader } = this.core;
    if (role !== 'leader') throw new ElectionError('log.not_master', { master: leader });
    const output = this.step(input);
    if (output === null) throw this.#refusal ?? new ElectionError('log.stopped', { maybe: true });
    return output;
  }

  replaceSilentAfter(ms: number): void {
    if (this.#timing.replaceSilentMs === ms) return;
    this.#timing = { ...this.#timing, replaceSilentMs: ms };
    this.step({ type: 'silence', ms });
  }

  /** Resolves when the log is durable up to `index`, rejects when `given` up or there is no replica any more. */
  async untilDurable(index: number, given: () => boolean): Promise<void> {
    while (this.core.durableIndex < index) {
      if (given() || this.#replica === null) throw new ElectionError('log.stopped', { maybe: false });
      await Bun.sleep(DURABLE_AGAIN_MS);
    }
  }

  async #write(persist: Persist): Promise<void> {
    const { write, onWritten, onWriteFailed } = this.#options;
    const replica = this.#replica;
    try {
      await write(persist);
    } catch (error) {
      if (replica !== null && replica === this.#replica) onWriteFailed(replica, error);
      return;
    }
    if (replica === null || replica !== this.#replica) return;
    this.#unlessItThrows(() => replica.written(this.#moment()));
    if (replica !== this.#replica) return;
    this.#setAlarm();
    onWritten(replica.core);
  }

  #unlessItThrows(work: (replica: Replica) => Output | null): Output | null {
    const replica = this.#replica;
    if (replica === null) return null;
    try {
      return work(replica);
    } catch (error) {
      this.#options.onThrew(error);
      return null;
    }
  }

  #moment(): Moment {
    const { electionMinMs, electionMaxMs } = this.#timing;
    return {
      now: performance.now() + CORE_CLOCK_AHEAD_MS,
      timeoutMs: electionMinMs + Math.random() * (electionMaxMs - electionMinMs),
    };
  }

  #setAlarm(): void {
    if (this.#replica !== null) this.#alarm.set(this.#replica.core.wakeAt - CORE_CLOCK_AHEAD_MS);
  }

  #wake(): void {
    const replica = this.#replica;
    if (replica === null) return;
    if (performance.now() + CORE_CLOCK_AHEAD_MS >= replica.core.wakeAt) this.step({ type: 'tick' });
    else this.#setAlarm();
  }
}
