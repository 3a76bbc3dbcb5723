/**
 * Failure detection as a state machine: no clock, no network, no chance of its own. After SWIM (Das, Gupta, Motivala 2002) with the
 * changes of Lifeguard (Dadgar, Phillips, Currey 2018): a node that is slow itself doubts itself before others.
 *
 * Rules: (1) who does not answer is asked through others. (2) Silence to all is a suspicion, signed and told to everybody. (3) The
 * suspect may refute it by raising its incarnation. (4) A suspicion that stands for its time is a death; more accusers shorten the time.
 * (5) A node whose own ticks come late, or whom no helper answers, blames nobody for it.
 */
import type { Probe, Update } from './messages.ts';
import { ALONE_AFTER, type DetectorSettings, MAX_ACCUSERS, MAX_DOUBT } from './settings.ts';

export type Health = 'alive' | 'suspect' | 'dead';

export interface HealthChange {
  readonly nodeId: string;
  readonly health: Health;
}

/** The core's way out. Called during the core's methods; must not call back into it. */
export interface DetectorEffects {
  send(to: string, message: Probe): void;
  /** Sign this and tell everybody. */
  say(update: Update): void;
  changed(change: HealthChange): void;
}

interface Subject {
  health: Health;
  inc: number;
  /** Failed probes in a row. */
  failures: number;
  accusers: Set<string>;
  suspectedAt: number;
}

interface RunningProbe {
  readonly n: number;
  readonly directUntil: number;
  readonly until: number;
  readonly helpers: Set<string>;
  helperAnswers: number;
}

interface Errand {
  readonly for: string;
  readonly target: string;
  readonly theirN: number;
  readonly until: number;
}

/** For so long after a late tick a node's silence is no wonder: as long as a suspicion may stand. */
const STARVED_MS = 10_000;
/** Errands for others at once: three helpers times as many askers as a node has neighbours. */
const MAX_ERRANDS = 200;

export class DetectorCore {
  readonly #self: string;
  readonly #settings: DetectorSettings;
  readonly #effects: DetectorEffects;
  readonly #random: () => number;
  readonly #subjects = new Map<string, Subject>();
  readonly #probes = new Map<string, RunningProbe>();
  readonly #errands = new Map<number, Errand>();
  #watched: readonly string[] = [];
  #turn = 0;
  #serial = 0;
  #inc: number;
  #doubt = 0;
  #lastTick: number;
  #nextProbe: number;
  #starvedAt = 0;

  constructor(
    self: string,
    settings: DetectorSettings,
    effects: DetectorEffects,
    random: () => number,
    now: number,
  ) {
    this.#self = self;
    this.#settings = settings;
    this.#effects = effects;
    this.#random = random;
    this.#inc = now;
    this.#lastTick = now;
    this.#nextProbe = now;
  }

  /** 0 (well) to 8: how much this node mistrusts its own observations. */
  get doubt(): number {
    return this.#doubt;
  }

  /** Its own ticks came late not long ago: what it takes for the silence of others may be its own. */
  isStarved(now: number): boolean {
    return now < this.#starvedAt + STARVED_MS;
  }

  get incarnation(): number {
    return this.#inc;
  }

  health(nodeId: string): Health | undefined {
    return this.#subjects.get(nodeId)?.health;
  }

  /** Whether `heard` would make anything of it: asked before the signature is checked, which costs more than all the rest. */
  isNews({ kind, target, inc, from }: Update): boolean {
    if (target === this.#self) return kind === 'suspect';
    const subject = this.#subjects.get(target);
    if (subject === undefined) return false;
    if (kind === 'alive') return from === target && inc > subject.inc;
    return inc >= subject.inc && subject.health !== 'dead' && !subject.accusers.has(from);
  }

  /** Everybody but this node. New ones are taken for alive until they prove silent. */
  setMembers(nodeIds: readonly string[]): void {
    const wanted = new Set(nodeIds.filter((one) => one !== this.#self));
    for (const known of this.#subjects.keys()) {
      if (wanted.has(known)) continue;
      this.#subjects.delete(known);
      this.#probes.delete(known);
    }
    for (const nodeId of wanted) {
      if (this.#subjects.has(nodeId)) continue;
      this.#subjects.set(nodeId, {
        health: 'alive',
        inc: 0,
        failures: 0,
        accusers: new Set(),
        suspectedAt: 0,
      });
    }
  }

  /** Whom this node asks, in turn. */
  setWatched(nodeIds: readonly string[]): void {
    this.#watched = nodeIds.filter((one) => this.#subjects.has(one));
  }

  /** To be called every `tickMs`. */
  tick(now: number): void {
    const late = now - this.#lastTick - this.#settings.tickMs;
    this.#lastTick = now;
    if (late > 2 * this.#settings.tickMs) this.#wasStarved(late, now);
    this.#checkProbes(now);
    this.#checkSuspicions(now);
    for (const [n, errand] of this.#errands) if (errand.until <= now) this.#errands.delete(n);
    if (now >= this.#nextProbe) this.#probeNext(now);
  }

  /** The connection to a member was lost, or could not be made: worth asking at once. */
  hint(nodeId: string, now: number): void {
    if (this.#subjects.get(nodeId)?.health === 'alive') this.#probe(nodeId, now);
  }

  /** A member was connected: one that was believed dead hears of it, and refutes. */
  met(nodeId: string, now: number): void {
    const subject = this.#subjects.get(nodeId);
    if (subject !== undefined && subject.health !== 'alive') this.#probe(nodeId, now);
  }

  /** A message whose sender the connection proves. */
  receive(from: string, message: Probe, now: number): void {
    if (!this.#subjects.has(from)) return;
    if (message.t === 'ping') {
      this.#effects.send(from, { t: 'ack', n: message.n });
      if (message.doubt !== undefined) this.#answerDoubt(message.doubt);
    } else if (message.t === 'ask') this.#runErrand(from, message.n, message.target, now);
    else if (message.t === 'ack') this.#answered(from, message.n);
    else this.#helperAnswered(message.n);
  }

  /**
   * An update whose author's signature was checked.
   * @returns whether it is news, to be told on
   */
  heard(update: Update, now: number): boolean {
    if (update.kind === 'alive') return update.from === update.target && this.#heardAlive(update);
    if (update.target === this.#self) {
      this.#answerDoubt(update.inc);
      return false; // the refutation is told instead
    }
    return this.#heardSuspect(update.target, update.inc, update.from, now);
  }

  /** This node lives: said at start and when the mesh is joined anew. */
  sayAlive(): void {
    this.#effects.say({ kind: 'alive', target: this.#self, inc: this.#inc, from: this.#self });
  }

  /** A doubt about an earlier life of ours is answered by the present one; one about this, by raising it. */
  #answerDoubt(inc: number): void {
    if (inc >= this.#inc) {
      this.#inc = inc + 1;
      this.#doubted(1); // somebody could not reach us: perhaps our fault
    }
    this.sayAlive();
  }

  #heardAlive({ target, inc }: Update): boolean {
    const subject = this.#subjects.get(target);
    if (subject === undefined || inc <= subject.inc) return false;
    subject.inc = inc;
    subject.failures = 0;
    subject.accusers.clear();
    this.#probes.delete(target);
    this.#become(target, subject, 'alive');
    return true;
  }

  #heardSuspect(target: string, inc: number, from: string, now: number): boolean {
    const subject = this.#subjects.get(target);
    const isKnown = from === this.#self || this.#subjects.has(from);
    if (subject === undefined || !isKnown || inc < subject.inc || subject.health === 'dead') return false;
    if (inc > subject.inc) subject.accusers.clear(); // older accusations were of an earlier life
    subject.inc = inc;
    if (subject.accusers.has(from) || subject.accusers.size >= MAX_ACCUSERS) return false;
    subject.accusers.add(from);
    if (subject.health === 'alive') {
      subject.suspectedAt = now;
      this.#become(target, subject, 'suspect');
      // Those who watch it look for themselves: several must agree, soon.
      if (from !== this.#self && this.#watched.includes(target)) this.#probe(target, now);
    }
    return true;
  }

  #become(nodeId: string, subject: Subject, health: Health): void {
    if (subject.health === health) return;
    subject.health = health;
    this.#effects.changed({ nodeId, health });
  }

  /** Time in which nothing was heard because nobody listened is no silence of others. */
  #wasStarved(late: number, now: number): void {
    this.#starvedAt = now;
    this.#probes.clear();
    this.#doubted(1 + Math.floor(late / 500)); // as many periods as were slept through
    for (const subject of this.#subjects.values()) subject.suspectedAt += late;
  }

  #doubted(by: number): void {
    this.#doubt = Math.max(0, Math.min(MAX_DOUBT, this.#doubt + by));
  }

  #probeNext(now: number): void {
    this.#nextProbe = now + this.#settings.periodMs;
    for (let tried = 0; tried < this.#watched.length; tried++) {
      if (this.#turn >= this.#watched.length) this.#newRound();
      const nodeId = this.#watched[this.#turn++];
      if (nodeId === undefined || this.#probes.has(nodeId)) continue;
      this.#probe(nodeId, now);
      break;
    }
  }

  /** Each round in another order, so that watchers do not ask the same one at the same time. */
  #newRound(): void {
    this.#turn = 0;
    this.#watched = this.#shuffled(this.#watched);
  }

  #shuffled(list: readonly string[]): string[] {
    return list
      .map((one) => ({ one, at: this.#random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ one }) => one);
  }

  #probe(nodeId: string, now: number): void {
    const subject = this.#subjects.get(nodeId);
    if (subject === undefined || this.#probes.has(nodeId)) return;
    const patience = 1 + this.#doubt;
    const { directMs, indirectMs } = this.#settings;
    this.#probes.set(nodeId, {
      n: ++this.#serial,
      directUntil: now + directMs * patience,
      until: now + (directMs + indirectMs) * patience,
      helpers: new Set(),
      helperAnswers: 0,
    });
    this.#ping(nodeId, this.#serial, subject);
  }

  #ping(nodeId: string, n: number, subject: Subject): void {
    const isDoubted = subject.health !== 'alive';
    this.#effects.send(nodeId, isDoubted ? { t: 'ping', n, doubt: subject.inc } : { t: 'ping', n });
  }

  #checkProbes(now: number): void {
    for (const [nodeId, probe] of this.#probes) {
      if (now >= probe.until) this.#failed(nodeId, probe, now);
      else if (now >= probe.directUntil && probe.helpers.size === 0) this.#askOthers(nodeId, probe);
    }
  }

  #askOthers(nodeId: string, probe: RunningProbe): void {
    const able = this.#watched.filter((one) => one !== nodeId && this.#subjects.get(one)?.health === 'alive');
    for (const helper of this.#shuffled(able).slice(0, this.#settings.helpers)) {
      probe.helpers.add(helper);
      this.#effects.send(helper, { t: 'ask', n: probe.n, target: nodeId });
    }
  }

  #failed(nodeId: string, probe: RunningProbe, now: number): void {
    this.#probes.delete(nodeId);
    const subject = this.#subjects.get(nodeId);
    if (subject === undefined || subject.health === 'dead') return;
    subject.failures++;
    const isDeaf = probe.helpers.size > 0 && probe.helperAnswers === 0;
    if (isDeaf) {
      this.#doubted(1);
      if (subject.failures < ALONE_AFTER) return;
    }
    const update: Update = { kind: 'suspect', target: nodeId, inc: subject.inc, from: this.#self };
    if (this.#heardSuspect(nodeId, subject.inc, this.#self, now)) this.#effects.say(update);
  }

  #answered(from: string, n: number): void {
    const errand = this.#errands.get(n);
    if (errand !== undefined && errand.target === from) {
      this.#errands.delete(n);
      this.#effects.send(errand.for, { t: 'ack', n: errand.theirN });
    }
    for (const [nodeId, probe] of this.#probes) {
      if (probe.n !== n) continue;
      if (from !== nodeId && !probe.helpers.has(from)) return; // somebody guesses numbers
      this.#probes.delete(nodeId);
      this.#doubted(-1);
      const subject = this.#subjects.get(nodeId);
      if (subject !== undefined) subject.failures = 0;
      return;
    }
  }

  #helperAnswered(n: number): void {
    for (const probe of this.#probes.values()) if (probe.n === n) probe.helperAnswers++;
  }

  #runErrand(from: string, theirN: number, target: string, now: number): void {
    const subject = this.#subjects.get(target);
    this.#effects.send(from, { t: 'nack', n: theirN });
    if (subject === undefined || this.#errands.size >= MAX_ERRANDS) return;
    const { directMs, indirectMs } = this.#settings;
    const n = ++this.#serial;
    this.#errands.set(n, { for: from, target, theirN, until: now + directMs + indirectMs });
    this.#ping(target, n, subject);
  }

  #checkSuspicions(now: number): void {
    for (const [nodeId, subject] of this.#subjects) {
      if (subject.health !== 'suspect' || now < subject.suspectedAt + this.#timeFor(subject)) continue;
      this.#become(nodeId, subject, 'dead');
    }
  }

  /** Lifeguard's decay: from the longest time with one accuser to the shortest with as many as can be expected. */
  #timeFor({ accusers }: Subject): number {
    const { suspicionMinMs, suspicionMaxMs } = this.#settings;
    const others = [...this.#subjects.values()].filter(({ health }) => health === 'alive').length;
    const expected = Math.min(2, others); // beside the first accuser; this node itself is one of those who may accuse
    if (expected === 0) return suspicionMinMs;
    const share = Math.log(Math.max(1, accusers.size)) / Math.log(expected + 1);
    return Math.max(suspicionMinMs, suspicionMaxMs - (suspicionMaxMs - suspicionMinMs) * share);
  }
}
