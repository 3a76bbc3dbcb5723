import { Core } from '../../../src/election/core.ts';
import type { Entry } from '../../../src/election/entry.ts';
import type { MemberChange } from '../../../src/election/members.ts';
import type { CoreStart } from '../../../src/election/steps.ts';
import { defaultTiming, type Timing } from '../../../src/election/timing.ts';
import { Broken, Checks } from './checks.ts';
import { type Operation, unexplained } from './linearize.ts';
import { type Parcel, SimNode, type World } from './node.ts';
import { Random } from './random.ts';
import { Timeline } from './timeline.ts';

/** What a test breaks on purpose. */
export interface Faults {
  makeCore?: (start: CoreStart, timing: Timing) => Core;
  feed?: (entries: readonly Entry[]) => readonly Entry[];
  diskLies?: boolean;
}

export interface Outcome {
  readonly confirmed: number;
  readonly reads: number;
  readonly elections: number;
  readonly changes: number;
  readonly crashes: number;
  readonly virtualMs: number;
}

/** How long faults go on, and how long a healed cluster may take to work again: several elections and a catching up. */
const FAULTY_MS = 2_500;
const HEALED_MS = 10_000;
const KEYS = ['x', 'y', 'z'];

/** One seeded run: a whole cluster, its clients and its bad luck. Throws `Broken` when a rule was. */
export class Cluster implements World {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly checks = new Checks();
  readonly timing: Timing;
  readonly #faults: Faults;
  readonly #nodes = new Map<string, SimNode>();
  readonly #ids: string[];
  /** From whom to whom nothing comes through. */
  readonly #cut = new Set<string>();
  readonly #history: Operation[] = [];
  readonly #loss: number;
  readonly #twice: number;
  readonly #late: number;
  readonly #unruly: boolean;
  #value = 0;
  #healed = false;
  #changes = 0;
  #crashes = 0;

  constructor(seed: number, faults: Faults = {}) {
    this.random = new Random(seed);
    this.#faults = faults;
    const { random } = this;
    // In some runs every leader falls soon, with entries on their way one by one: half-replicated terms pile up.
    this.#unruly = random.chance(0.3);
    this.timing = {
      ...defaultTiming,
      replaceSilentMs: random.chance(0.3) ? 800 : 0,
      maxInFlight: this.#unruly ? 1 : 4,
      maxAppendEntries: this.#unruly ? 1 : 8,
      // Four times as many elections in the same time.
      ...(this.#unruly ? { heartbeatMs: 25, electionMinMs: 75, electionMaxMs: 150 } : {}),
    };
    const voters = random.pick([3, 3, 3, 5, 5, 7]);
    const learners = random.below(3);
    this.#ids = Array.from({ length: voters + learners }, (_, at) => String.fromCharCode(97 + at));
    this.#loss = random.pick([0, 0, 0.02, 0.1]);
    this.#twice = random.pick([0, 0.05]);
    this.#late = this.#unruly ? 0.2 : random.pick([0, 0.02, 0.1]);
    const rest = this.#ids.slice(voters);
    const founders = {
      voters: this.#ids.slice(0, voters),
      learners: rest,
      standbys: random.chance(0.5) ? rest : [],
    };
    for (const id of this.#ids) {
      const node = new SimNode(id, this, founders);
      node.disk.lies = faults.diskLies === true;
      this.#nodes.set(id, node);
    }
  }

  run(): Outcome {
    for (const node of this.#nodes.values()) node.start();
    for (let client = 0; client < 3; client++) this.#client();
    this.#badLuck();
    this.timeline.run(FAULTY_MS);
    this.#heal();
    this.timeline.run(FAULTY_MS + HEALED_MS, () => this.#converged());
    this.#judge();
    return {
      confirmed: this.#history.filter(({ kind, ended }) => kind === 'swap' && ended !== null).length,
      reads: this.#history.filter(({ kind, ended }) => kind === 'read' && ended !== null).length,
      elections: Math.max(0, ...this.#alive().map((node) => node.core?.term ?? 0)),
      changes: this.#changes,
      crashes: this.#crashes,
      virtualMs: this.timeline.now,
    };
  }

  makeCore(start: CoreStart, timing: Timing): Core {
    return this.#faults.makeCore?.(start, timing) ?? new Core(start, timing);
  }

  feed(entries: readonly Entry[]): readonly Entry[] {
    return this.#faults.feed?.(entries) ?? entries;
  }

  send(from: string, to: string, parcel: Parcel): void {
    const { random } = this;
    if (!this.#healed && random.chance(this.#loss)) return;
    this.#deliver(from, to, parcel);
    if (!this.#healed && this.#twice > 0 && random.chance(this.#twice)) this.#deliver(from, to, parcel);
  }

  #deliver(from: string, to: string, parcel: Parcel): void {
    const late = !this.#healed && this.#late > 0 && this.random.chance(this.#late);
    this.timeline.after(late ? this.random.between(1, 400) : this.random.between(0.2, 2), () => {
      if (!this.#cut.has(`${from}${to}`)) this.#nodes.get(to)?.receive(from, parcel);
    });
  }

  #alive(): SimNode[] {
    return [...this.#nodes.values()].filter(({ alive }) => alive);
  }

  #leader(): SimNode | undefined {
    const leaders = this.#alive().filter(({ core }) => core?.role === 'leader');
    return leaders.sort((a, b) => (b.core?.term ?? 0) - (a.core?.term ?? 0))[0];
  }

  // ---- clients

  #client(): void {
    this.timeline.after(this.random.between(5, 70), () => {
      if (this.timeline.now > FAULTY_MS + HEALED_MS / 2) return;
      if (this.#history.length < 110) this.#call();
      this.#client();
    });
  }

  #call(): void {
    const alive = this.#alive();
    if (alive.length === 0) return;
    const { random, timeline } = this;
    // Mostly the one that calls itself leader, an outdated one too: that is where wrong answers would come from.
    const leaders = alive.filter(({ core }) => core?.role === 'leader');
    const node = leaders.length > 0 && random.chance(0.8) ? random.pick(leaders) : random.pick(alive);
    const kind = random.chance(0.6) ? 'swap' : 'read';
    this.#value += 1;
    const operation: Operation = {
      key: random.pick(KEYS),
      kind,
      value: this.#value,
      began: timeline.now,
      ended: null,
      result: null,
    };
    const told = (result: number) => {
      operation.ended = timeline.now;
      operation.result = result;
    };
    if (kind === 'read') {
      this.#history.push(operation);
      node.read(operation.key, told);
    } else if (node.swap(operation.key, operation.value, told)) this.#history.push(operation);
  }

  // ---- bad luck

  #badLuck(): void {
    this.timeline.after(this.#unruly ? this.random.between(5, 150) : this.random.between(20, 350), () => {
      if (this.#healed) return;
      if (this.#unruly) this.#depose();
      else this.#strike();
      this.#badLuck();
    });
  }

  #strike(): void {
    const { random } = this;
    const node = random.chance(0.4)
      ? (this.#leader() ?? this.#nodes.get(random.pick(this.#ids)))
      : this.#nodes.get(random.pick(this.#ids));
    if (node === undefined) return;
    switch (random.below(13)) {
      case 0:
      case 1:
      case 2:
        this.#crash(node);
        return;
      case 3:
        this.#crashMany();
        return;
      case 4:
        this.#split();
        return;
      case 5:
        this.#isolate(node);
        return;
      case 6:
        node.pause(random.between(50, 900));
        return;
      case 7:
        node.disk.latencyMs = random.pick([0.5, 5, 60]);
        return;
      case 8:
        this.#leader()?.step({ type: 'transfer', to: random.pick(this.#ids) });
        return;
      default:
        this.#changeMembers();
        return;
    }
  }

  /** The leader falls, or keeps one friend only: what it wrote last is with few. */
  #depose(): void {
    const { random } = this;
    const leader = this.#leader();
    if (leader === undefined || random.chance(0.1)) {
      this.#strike();
      return;
    }
    if (random.chance(0.5)) {
      this.#crash(leader, random.between(1, 200));
      return;
    }
    const friend = random.pick(this.#ids);
    const others = this.#ids.filter((id) => id !== leader.id && id !== friend);
    this.#cutFor(
      others.flatMap((id) => [`${leader.id}${id}`, `${id}${leader.id}`]),
      random.between(20, 300),
    );
  }

  #crash(node: SimNode, downMs = this.random.between(1, 900)): void {
    if (!node.alive) return;
    this.#crashes += 1;
    node.crash();
    this.timeline.after(downMs, () => !node.alive && node.start());
  }

  #crashMany(): void {
    for (const node of this.#alive()) if (this.random.chance(0.5)) this.#crash(node);
    if (this.#alive().length === 0) this.#nodes.get(this.random.pick(this.#ids))?.start();
  }

  /** Two sides; sometimes one still hears the other. */
  #split(): void {
    const { random } = this;
    const oneWay = random.chance(0.3);
    const left = this.#ids.filter(() => random.chance(0.5));
    const keys: string[] = [];
    for (const a of left) {
      for (const b of this.#ids) {
        if (left.includes(b)) continue;
        keys.push(`${a}${b}`);
        if (!oneWay) keys.push(`${b}${a}`);
      }
    }
    this.#cutFor(keys);
  }

  #isolate({ id }: SimNode): void {
    const way = this.random.below(3);
    const keys = this.#ids.flatMap((other) =>
      way === 0 ? [`${id}${other}`] : way === 1 ? [`${other}${id}`] : [`${id}${other}`, `${other}${id}`],
    );
    this.#cutFor(keys);
  }

  #cutFor(keys: readonly string[], ms = this.random.between(100, 1_500)): void {
    for (const key of keys) this.#cut.add(key);
    this.timeline.after(ms, () => {
      for (const key of keys) this.#cut.delete(key);
    });
  }

  #changeMembers(): void {
    const leader = this.#leader();
    const members = leader?.core?.members;
    if (leader === undefined || members === undefined) return;
    const id = this.random.pick(this.#ids);
    const away: MemberChange[] = [
      { op: 'demote', nodeId: id, standby: true },
      { op: 'remove', nodeId: id },
    ];
    const back: MemberChange = members.learners.includes(id)
      ? { op: 'promote', nodeId: id }
      : { op: 'add', nodeId: id };
    // With fewer than three voters one crash stops everything, which is right and shows little.
    const change = members.voters.includes(id) ? this.random.pick(away) : back;
    if (members.voters.includes(id) && members.voters.length < 3) return;
    if (leader.step({ type: 'members', change })?.proposed) this.#changes += 1;
  }

  // ---- the end

  #heal(): void {
    this.#healed = true;
    this.#cut.clear();
    for (const node of this.#nodes.values()) {
      node.disk.latencyMs = 0.5;
      if (!node.alive) node.start();
    }
  }

  /** Something new was committed since the healing, and everybody who takes part has it. */
  #converged(): boolean {
    const leader = this.#leader()?.core;
    if (leader === undefined || leader === null || !leader.mayRead) return false;
    const { voters, learners } = leader.members;
    if (this.timeline.now < FAULTY_MS + 100 || leader.commitIndex < leader.lastIndex) return false;
    return [...voters, ...learners].every((id) => this.#nodes.get(id)?.appliedIndex === leader.commitIndex);
  }

  #judge(): void {
    if (!this.#converged()) {
      const view = this.#alive().map(
        ({ id, core, appliedIndex }) =>
          `${id} ${core?.role} ${core?.term} ${core?.lastIndex}/${core?.commitIndex}/${appliedIndex}`,
      );
      throw new Broken('liveness', `not in step ${HEALED_MS} ms after healing: ${view.join(', ')}`);
    }
    this.checks.logsMatch(this.#alive().map(({ id, log }) => ({ nodeId: id, entries: log })));
    const key = unexplained(this.#history);
    if (key !== null) {
      const told = this.#history
        .filter((operation) => operation.key === key)
        .map((operation) => JSON.stringify(operation));
      throw new Broken('linearizability', `no order explains the answers for ${key}: ${told.join(' ')}`);
    }
  }
}
