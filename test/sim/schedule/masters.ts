/**
 * A cloud whose master changes hands badly: several copies of one log, each some way behind; masters of terms gone by that still plan on
 * their old copies; steps that arrive late, in another order, twice, or never. The log is the only judge. Everything follows from the seed.
 */
import { batched, plan, type Step } from '../../../src/scheduler/index.ts';
import {
  type Author,
  CloudMachine,
  type Command,
  defaultSizes,
  type Outcome,
  type Vm,
} from '../../../src/state/index.ts';
import { Broken } from '../support/checks.ts';
import { Random } from '../support/random.ts';
import { Timeline } from '../support/timeline.ts';
import { Agents } from './agents.ts';
import { idOf } from './ids.ts';
import type { Planner } from './master.ts';
import { IMAGE, openPark, pcId, studentId } from './park.ts';
import { Pc } from './pc.ts';
import { promised } from './promised.ts';
import { Completion } from './steps.ts';
import { vmChange } from './stories.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const NOW = Date.UTC(2027, 2, 1, 9);
const COPIES = 5;
const PCS = { cores: 8, ramMiB: 16_384, storageGiB: 500, tempGiB: 120 };
/** PCs for each request: they want three times what the PCs have, so most must wait and some are suspended for others. */
const PCS_PER_REQUEST = 0.08;
/** How long masters change hands, and how long a healed cloud may take until everybody had a turn. */
const FAULTY_MS = 45 * SECOND;
const HEALED_MS = 8 * 60 * MINUTE;

export interface MastersFaults {
  readonly planner?: Planner;
  /** What the log does with a command instead of carrying it out by the rules. */
  readonly apply?: (
    machine: CloudMachine,
    entry: { index: number; term: number; command: Command },
  ) => Outcome;
}

export interface MastersOutcome {
  readonly entries: number;
  readonly refusedSteps: number;
  readonly lostSteps: number;
  readonly lateSteps: number;
  readonly terms: number;
  readonly preemptions: number;
  readonly ran: number;
}

/** One copy of the log, on one node. */
class Copy {
  machine = new CloudMachine();
  applied = 0;
}

export class Masters {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly #faults: MastersFaults;
  readonly #requests: number;
  readonly #log: Command[] = [];
  readonly #copies: Copy[];
  readonly #pcs = new Map<string, Pc>();
  readonly #agents: Agents;
  /** Who believes to be master: the newest last. */
  #masters: number[] = [0];
  #healed = false;
  readonly #completion = new Completion();
  #commands = 0;
  readonly #sum = { refusedSteps: 0, lostSteps: 0, lateSteps: 0, terms: 1, preemptions: 0 };
  readonly #ran = new Set<string>();
  /** PCs on which the last entry changed something. */
  readonly #touched = new Set<string>();

  constructor(seed: number, requests: number, faults: MastersFaults = {}) {
    this.random = new Random(seed);
    this.#faults = faults;
    this.#requests = requests;
    const count = Math.ceil(requests * PCS_PER_REQUEST);
    const settings = { 'quota.student_vms': 100, 'quota.student_running': 100 };
    const courses = Array.from({ length: 10 }, (_, n) => ({ students: 50, first: n * 50 }));
    const park = { pcs: [{ count, ...PCS }], students: 500, courses, settings, now: NOW };
    this.#copies = Array.from({ length: COPIES }, () => new Copy());
    const records = [...openPark(park).snapshot()];
    for (const [node, { machine }] of this.#copies.entries()) {
      machine.restore(records);
      machine.onApplied(({ changes }) => {
        for (const change of changes) this.#seen(node, vmChange(change)?.after ?? null);
      });
    }
    for (let n = 0; n < count; n++) this.#pcs.set(pcId(n), new Pc(pcId(n), PCS, 0.2));
    this.#agents = new Agents(this, this.#pcs);
  }

  run(): MastersOutcome {
    for (let n = 0; n < this.#requests; n++) {
      // At once, from five nodes.
      this.timeline.after(this.random.between(0, 50), () => this.#ask(n));
    }
    for (let node = 0; node < COPIES; node++) this.#planning(node);
    this.#handOver();
    this.timeline.run(FAULTY_MS);
    this.#healed = true;
    this.#masters = [0];
    this.timeline.run(HEALED_MS, () => this.#ran.size === this.#requests);
    this.#judge();
    return { entries: this.#log.length, ran: this.#ran.size, ...this.#sum };
  }

  // ---- the log

  /** The newest state of all: what is committed. The first copy applies at once, the others follow. */
  get #head(): CloudMachine {
    return this.#copies[0]?.machine ?? new CloudMachine();
  }

  #append(command: Command): Outcome {
    this.#log.push(command);
    const outcome = this.#advance(0, this.#log.length);
    for (let node = 1; node < COPIES; node++) {
      const index = this.#log.length;
      const lag = this.#healed ? 5 : this.random.pick([2, 10, 50, 400]);
      this.timeline.after(this.random.between(0, lag), () => this.#advance(node, index));
    }
    return outcome;
  }

  #advance(node: number, upTo: number): Outcome {
    const copy = this.#copies[node];
    let outcome: Outcome = { ok: true, targetId: null, operationId: null };
    while (copy && copy.applied < upTo) {
      const command = this.#log[copy.applied];
      if (!command) break;
      copy.applied += 1;
      const entry = { index: copy.applied, term: 1, command };
      outcome = this.#faults.apply?.(copy.machine, entry) ?? copy.machine.apply(entry);
      if (node === 0) this.#committed(command, outcome);
    }
    return outcome;
  }

  #committed(command: Command, outcome: Outcome): void {
    if (!outcome.ok && outcome.code === 'command.fault')
      throw new Broken('no reducer throws', `${command.type}: ${JSON.stringify(outcome.data)}`);
    promised(this.#head.state, [...this.#touched]);
    this.#touched.clear();
    if (outcome.ok && command.type === 'vm.hold') this.#sum.preemptions += 1;
  }

  /** Each PC's agent sees the copy of one of the nodes, behind as it may be. */
  vm(id: string): Vm | undefined {
    const at = this.#head.state.tables.vm.get(id)?.placement?.nodeId;
    return this.#copies[copyOf(at ?? pcId(0))]?.machine.state.tables.vm.get(id);
  }

  #seen(node: number, vm: Vm | null): void {
    if (node === 0 && vm?.placement) this.#touched.add(vm.placement.nodeId);
    if (vm?.placement && copyOf(vm.placement.nodeId) === node) this.#agents.poke(vm.id);
  }

  submit(type: string, payload: object, author: Author): Outcome {
    const outcome = this.#append(this.#command(type, payload, author));
    if (type === 'vm.observe' && outcome.ok) this.#afterObserved(payload);
    return outcome;
  }

  #command(type: string, payload: object, author: Author): Command {
    const id = idOf('command', this.#commands++);
    // Clocks of nodes differ by a second or so.
    const at = NOW + Math.round(this.timeline.now + this.random.between(-500, 500));
    return { id, type, author, key: id, at, payload };
  }

  // ---- people

  #ask(n: number): void {
    const owner = studentId(n % 500);
    const size = idOf('size', this.random.below(defaultSizes.length));
    const payload = {
      id: idOf('vm', n),
      name: `vm ${n}`,
      imageId: IMAGE,
      sizeId: size,
      hours: 1,
      courseId: null,
      persistent: true,
      sshKeys: [],
      pinnedNodeId: null,
      batch: this.random.chance(0.3),
    };
    const outcome = this.submit('vm.create', payload, {
      kind: 'user',
      id: owner,
      from: `10.0.0.${n % COPIES}`,
    });
    if (!outcome.ok)
      throw new Broken('whoever asks is let into the queue', `${outcome.code} for request ${n}`);
  }

  /** People use a guest for some seconds or minutes and go, so that there is always something to plan. */
  #afterObserved(payload: object): void {
    if (!('id' in payload) || typeof payload.id !== 'string' || !('state' in payload)) return;
    const { id, state } = payload;
    if (state !== 'running') return;
    this.#ran.add(id);
    this.timeline.after(this.random.between(5 * SECOND, 3 * MINUTE), () => {
      const vm = this.#head.state.tables.vm.get(id);
      if (vm?.observed.state !== 'running' || vm.desired === 'deleted') return;
      this.submit('vm.remove', { id }, { kind: 'user', id: vm.ownerId, from: '10.0.0.9' });
    });
  }

  // ---- masters

  #planning(node: number): void {
    const wait = this.#healed ? 10 * SECOND : this.random.between(20, 400);
    this.timeline.after(wait, () => {
      if (this.#masters.includes(node)) this.#plan(node);
      this.#planning(node);
    });
  }

  #plan(node: number): void {
    const copy = this.#copies[node];
    if (!copy) return;
    const { state } = copy.machine;
    const planner = this.#faults.planner ?? plan;
    const steps = planner(state, new Map(), NOW + Math.round(this.timeline.now));
    // The master's loop puts places together; one by one they go worse astray.
    for (const step of this.random.chance(0.5) ? batched(steps) : steps) this.#propose(node, step);
  }

  /** A step's way into the log: sometimes late, after what another master planned, sometimes lost, sometimes told twice. */
  #propose(node: number, step: Step): void {
    const { random } = this;
    const payload = this.#completion.of(step);
    const command = this.#command(step.type, payload, { kind: 'scheduler', nodeId: pcId(node) });
    const arrive = () => {
      if (!this.#append(command).ok) this.#sum.refusedSteps += 1;
    };
    if (this.#healed) {
      arrive();
      return;
    }
    if (random.chance(0.1)) {
      this.#sum.lostSteps += 1;
      return;
    }
    const late = random.chance(0.3);
    if (late) this.#sum.lateSteps += 1;
    this.timeline.after(late ? random.between(100, 3_000) : random.between(1, 10), arrive);
    if (random.chance(0.05)) this.timeline.after(random.between(1, 3_000), arrive);
  }

  /** Another node becomes master; the former one may not have heard of it, or is dead with what it had not sent. */
  #handOver(): void {
    this.timeline.after(this.random.between(300, 4_000), () => {
      if (this.#healed) return;
      const next = this.random.below(COPIES);
      const former = this.#masters.at(-1) ?? 0;
      this.#masters = this.random.chance(0.6) ? [former, next] : [next];
      this.#sum.terms += 1;
      this.#handOver();
    });
  }

  // ---- the end

  #judge(): void {
    if (this.#ran.size < this.#requests) {
      throw new Broken('nobody starves', `${this.#ran.size} of ${this.#requests} ran`);
    }
    for (let node = 1; node < COPIES; node++) this.#advance(node, this.#log.length);
    const [first, ...others] = this.#copies.map(({ machine }) => JSON.stringify([...machine.snapshot()]));
    if (others.some((one) => one !== first)) throw new Broken('all copies agree', 'snapshots differ');
  }
}

/** Which node's copy a PC looks at. */
function copyOf(nodeId: string): number {
  return nodeId.charCodeAt(nodeId.length - 1) % COPIES;
}
