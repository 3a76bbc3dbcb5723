/**
 * A simulated cloud on a virtual clock: the real reducers and the real plan (or another), simulated PCs and people. Everything follows
 * from the workload and the seed. Rules that are broken throw `Broken`.
 */
import type { Step } from '../../../src/scheduler/index.ts';
import {
  type Applied,
  type Author,
  type CloudMachine,
  checkPayload,
  isCommandType,
  LabmeshError,
  type Outcome,
  type SettingKey,
  setting,
  type Vm,
} from '../../../src/state/index.ts';
import { Broken } from '../support/checks.ts';
import { Random } from '../support/random.ts';
import { Timeline } from '../support/timeline.ts';
import { Agents } from './agents.ts';
import { idOf } from './ids.ts';
import { Master, type Planner } from './master.ts';
import { openPark, pcId } from './park.ts';
import { Pc } from './pc.ts';
import { People } from './people.ts';
import { Samples } from './samples.ts';
import { Completion } from './steps.ts';
import { Stories, vmChange } from './stories.ts';
import type { Workload } from './workload.ts';

const SECOND = 1_000;
/** How often the master looks when something changed, and when only time has passed. */
const LOOK_MS = 2 * SECOND;
const TICK_MS = 30 * SECOND;
const SAMPLE_MS = 5 * 60 * SECOND;
/** The mesh takes about so long to miss a PC. */
const MISSED_AFTER_MS = 5 * SECOND;
const DRAINED_BEFORE_OFF_MS = 20 * 60 * SECOND;

/** Quotas are not what is simulated, and a school has more requests at once than a small lab's queue takes. */
const SCHOOL = {
  'queue.max_length': 100_000,
  'quota.student_vms': 100,
  'quota.student_running': 100,
  'quota.student_vcpus': 1_000,
  'quota.student_ram': 1_000,
  'quota.student_disk': 100_000,
} as const satisfies Partial<Record<SettingKey, number>>;

export interface LabOptions {
  readonly workload: Workload;
  readonly seed: number;
  /** The real `plan` if left out. */
  readonly planner?: Planner;
  readonly settings?: Partial<Record<SettingKey, string | number | boolean>>;
  /** Ms of virtual time between two looks of the master; 2 s if left out. */
  readonly lookMs?: number;
  /** Breaks off with `Broken` when the log refuses a step; true if left out. */
  readonly strict?: boolean;
  /** What befalls a command of a person before it reaches the log; for planners that know other rules at the door. */
  readonly door?: (machine: CloudMachine, type: string, payload: object) => Outcome | null;
}

export class Lab {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly machine: CloudMachine;
  readonly stories = new Stories();
  readonly people: People;
  readonly master: Master;
  readonly samples: Samples;
  readonly midnight: number;
  readonly loads = new Map();
  readonly #pcs = new Map<string, Pc>();
  readonly #agents: Agents;
  readonly #options: LabOptions;
  readonly #completion = new Completion();
  #commands = 0;
  #dirty = true;
  #lookedAt = 0;

  constructor(options: LabOptions) {
    const { workload, seed, settings = {} } = options;
    this.#options = options;
    this.random = new Random(seed);
    this.midnight = workload.midnight;
    const { pcs, students, courses } = workload;
    this.machine = openPark({
      pcs,
      students,
      courses,
      settings: { ...SCHOOL, ...settings },
      now: this.midnight,
    });
    const excess = setting(this.machine.state, 'scheduler.cpu_excess');
    for (const { id, capacity } of this.state.tables.node.all())
      this.#pcs.set(id, new Pc(id, capacity, excess));
    this.master = new Master(options.strict ?? true, options.planner);
    this.#agents = new Agents(this, this.#pcs);
    this.people = new People(this);
    this.samples = new Samples(this.machine.state);
    this.machine.onApplied((applied) => this.#applied(applied));
    this.people.expect(workload.events);
    this.#look();
    this.#sample();
  }

  get state() {
    return this.machine.state;
  }

  get now(): number {
    return this.midnight + this.timeline.now;
  }

  vm(id: string): Vm | undefined {
    return this.state.tables.vm.get(id);
  }

  /** Runs the workload to its end. */
  run(): this {
    this.timeline.run(this.#options.workload.ends * SECOND);
    this.master.pass(this);
    return this;
  }

  /** Through the door and into the log, at once. What the door does not let in is a refusal too. */
  submit(type: string, payload: object, author: Author): Outcome {
    const special = this.#options.door?.(this.machine, type, payload) ?? null;
    if (special) return special;
    try {
      const checked = isCommandType(type) ? checkPayload(type, payload) : payload;
      return this.#apply(type, checked, author);
    } catch (error) {
      if (error instanceof LabmeshError) return { ok: false, code: error.code, data: error.data };
      throw error;
    }
  }

  commit(step: Step): Outcome {
    return this.#apply(step.type, this.#completion.of(step), { kind: 'scheduler', nodeId: pcId(0) });
  }

  #apply(type: string, payload: unknown, author: Author): Outcome {
    const n = this.#commands++;
    const id = idOf('command', n);
    const command = { id, type, author, key: id, at: this.now, payload };
    const outcome = this.machine.apply({ index: n + 1, term: 1, command });
    if (!outcome.ok && outcome.code === 'command.fault')
      throw new Broken('no reducer throws', `${type}: ${JSON.stringify(outcome.data)}`);
    return outcome;
  }

  #applied({ changes }: Applied): void {
    for (const change of changes) {
      if (change.kind === 'node' || change.kind === 'reservation') this.#dirty = true;
      const vms = vmChange(change);
      if (!vms) continue;
      this.#dirty = true;
      const { before, after } = vms;
      if (before === null && after?.reservationId) this.people.seated(after);
      this.stories.note(vms, this.now);
      if (after === null) continue;
      this.people.sees(before, after);
      if (after.placement !== null) this.#agents.poke(after.id);
    }
  }

  #look(): void {
    this.timeline.after(this.#options.lookMs ?? LOOK_MS, () => {
      const due = this.timeline.now - this.#lookedAt >= TICK_MS;
      if (this.#dirty || due) {
        this.#dirty = false;
        this.#lookedAt = this.timeline.now;
        this.master.pass(this);
      }
      this.#look();
    });
  }

  #sample(): void {
    this.samples.take(this.timeline.now);
    this.timeline.after(SAMPLE_MS, () => this.#sample());
  }

  power([from, to]: readonly [number, number], how: 'drain' | 'pull' | 'on'): void {
    const numbers = Array.from({ length: to - from }, (_, n) => from + n).filter((n) =>
      this.#pcs.has(pcId(n)),
    );
    if (how === 'on') {
      for (const n of numbers) this.#powerOn(n);
      this.people.drain(numbers, 'undrain');
      return;
    }
    if (how === 'drain') this.people.drain(numbers, 'drain');
    const wait = how === 'drain' ? DRAINED_BEFORE_OFF_MS : 0;
    this.timeline.after(wait, () => {
      for (const n of numbers) this.#pull(n);
    });
  }

  #pull(n: number): void {
    const pc = this.#pcs.get(pcId(n));
    if (!pc?.isOn) return;
    this.#agents.pull(pc);
    this.timeline.after(MISSED_AFTER_MS, () => this.#reach(pc.id, pc.isOn ? 'up' : 'unreachable'));
  }

  #powerOn(n: number): void {
    const pc = this.#pcs.get(pcId(n));
    if (!pc || pc.isOn) return;
    this.#reach(pc.id, 'up');
    this.#agents.powerOn(pc, this.state.tables.vm.by('node', pc.id));
  }

  #reach(id: string, state: 'up' | 'unreachable'): void {
    this.#apply('node.reach', { id, state }, { kind: 'scheduler', nodeId: pcId(0) });
  }
}
