/**
 * A request's claim (S4): kind + role + sharing make its base, by which VMs are suspended for others; fair share, waiting, and having
 * declined to share, only move it in the queue: nobody's VM is suspended because its owner worked more than somebody else. Every weight is
 * a setting, every summand a term with its own sentence.
 */
import {
  type CloudState,
  decayed,
  isRequest,
  isReserved,
  type SettingKey,
  setting,
  sharesPc,
  type User,
  type Vm,
  waitsBehindSharers,
} from '../state/index.ts';
import type { Priority, Term } from './views.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** `priority.waiting` is in points for so much waiting. */
const WAITING_STEP_MS = 10 * MINUTE_MS;

const KIND_SETTING = {
  exam: 'priority.exam',
  class: 'priority.class',
  personal: 'priority.personal',
  interactive: 'priority.interactive',
  batch: 'priority.batch',
} as const satisfies Record<Vm['kind'], SettingKey>;
const ROLE_SETTING = {
  admin: 'priority.admin',
  teacher: 'priority.teacher',
  student: 'priority.student',
} as const satisfies Record<User['role'], SettingKey>;

const OVERDUE = 'priority.overdue';

/** A priority as the passes need it. */
export interface Claim {
  readonly base: number;
  readonly total: number;
  /** It has waited so long that it goes before all other walk-ins. */
  readonly overdue: boolean;
}

/** The claim of one VM, term by term. */
export function priorityOf(state: CloudState, vm: Vm, now: number): Priority {
  return new Claims(state, now).explain(vm);
}

interface Person {
  readonly points: number;
  readonly terms: readonly Term[];
  readonly fairShare: Term;
  readonly declined: boolean;
}

/** All claims at one time: what is the same for a person, or for all, is worked out once. */
export class Claims {
  readonly #state: CloudState;
  readonly #now: number;
  readonly #people = new Map<string, Person>();
  readonly #meanUse: number;
  readonly #kind: Readonly<Record<Vm['kind'], number>>;
  readonly #perStep: number;
  readonly #waitingMax: number;
  readonly #fairShare: number;
  readonly #overdueMs: number;
  readonly #ceiling: number;

  constructor(state: CloudState, now: number) {
    const points = (key: SettingKey) => Number(setting(state, key));
    this.#state = state;
    this.#now = now;
    this.#kind = {
      exam: points(KIND_SETTING.exam),
      class: points(KIND_SETTING.class),
      personal: points(KIND_SETTING.personal),
      interactive: points(KIND_SETTING.interactive),
      batch: points(KIND_SETTING.batch),
    };
    this.#perStep = setting(state, 'priority.waiting');
    this.#waitingMax = setting(state, 'priority.waiting_max');
    this.#fairShare = setting(state, 'priority.fair_share');
    this.#overdueMs = overdueAfter(state);
    this.#ceiling =
      Math.max(this.#kind.interactive, this.#kind.batch) +
      Math.max(...Object.values(ROLE_SETTING).map(points)) +
      points('priority.sharing') +
      this.#fairShare +
      this.#waitingMax;
    this.#meanUse = this.#meanOfUse();
  }

  /** By which VMs are suspended for others. */
  base(vm: Vm): number {
    return this.#kind[vm.kind] + this.#person(vm.ownerId).points;
  }

  of(vm: Vm): Claim {
    const base = this.base(vm);
    const moved = this.#moved(vm, base);
    return {
      base,
      total: base + moved.reduce((sum, { points }) => sum + points, 0),
      overdue: moved.some(({ code }) => code === OVERDUE),
    };
  }

  explain(vm: Vm): Priority {
    const base = this.base(vm);
    const moved = this.#moved(vm, base);
    const kind = { code: 'priority.kind', points: this.#kind[vm.kind], data: { kind: vm.kind } };
    return {
      base,
      total: base + moved.reduce((sum, { points }) => sum + points, 0),
      terms: [kind, ...this.#person(vm.ownerId).terms, ...moved],
    };
  }

  /** What moves it in the queue only. */
  #moved(vm: Vm, base: number): Term[] {
    if (!isRequest(vm)) return [];
    const ms = Math.max(0, this.#now - vm.queuedAt);
    const terms: Term[] = [this.#person(vm.ownerId).fairShare];
    const waiting = Math.min(this.#waitingMax, Math.floor(ms / WAITING_STEP_MS) * this.#perStep);
    if (waiting > 0)
      terms.push({
        code: 'priority.waiting',
        points: waiting,
        data: { minutes: Math.floor(ms / MINUTE_MS), max: this.#waitingMax },
      });
    if (!isReserved(vm) && ms >= this.#overdueMs) {
      const hours = Math.floor(ms / HOUR_MS);
      terms.push({
        code: OVERDUE,
        points: Math.max(0, this.#ceiling + 1 - base - waiting - this.#person(vm.ownerId).fairShare.points),
        data: { hours },
      });
    } else if (this.#person(vm.ownerId).declined) {
      // As much as fair share and waiting can ever add: whoever shares goes first.
      terms.push({ code: 'priority.declined', points: -(this.#fairShare + this.#waitingMax), data: {} });
    }
    return terms;
  }

  #person(userId: string): Person {
    const known = this.#people.get(userId);
    if (known) return known;
    const state = this.#state;
    const user = state.tables.user.get(userId);
    const role = user?.role ?? 'student';
    const terms: Term[] = [
      { code: 'priority.role', points: Number(setting(state, ROLE_SETTING[role])), data: { role } },
    ];
    const shares = setting(state, 'sharing.policy') && sharesPc(state, userId);
    if (shares)
      terms.push({ code: 'priority.sharing', points: setting(state, 'priority.sharing'), data: {} });
    const used = this.#use(userId);
    const person = {
      points: terms.reduce((sum, { points }) => sum + points, 0),
      terms,
      fairShare: {
        code: 'priority.fair_share',
        // Whole points: a second more of use must not go before who came first.
        points: Math.round(this.#fairShare * fairness(used, this.#meanUse)),
        data: { used, mean: this.#meanUse },
      },
      declined: user !== undefined && waitsBehindSharers(state, user),
    };
    this.#people.set(userId, person);
    return person;
  }

  /** VCPU-hours, as far as they still count. */
  #use(userId: string): number {
    const usage = this.#state.tables.usage.get(userId);
    if (!usage) return 0;
    const halfLifeMs = setting(this.#state, 'priority.fair_half_life') * HOUR_MS;
    return decayed(usage.amount, this.#now - usage.at, halfLifeMs);
  }

  #meanOfUse(): number {
    const ids = this.#state.tables.usage.ids();
    return ids.length === 0 ? 0 : ids.reduce((sum, id) => sum + this.#use(id), 0) / ids.length;
  }
}

/** Under so many vCPU-hours on average, differences are chance. */
const LEAST_MEAN = 1;

/** 1 for who used nothing, a half for who used as much as people do on average, towards 0 for more. */
function fairness(used: number, mean: number): number {
  const measure = Math.max(mean, LEAST_MEAN);
  return measure / (measure + used);
}

/**
 * After so long a walk-in goes before all other walk-ins, in the order of arrival: when waiting can add no more, and in any case after
 * half the time that a request may wait at all. Without it those with a weaker claim could be passed for ever (S3).
 */
function overdueAfter(state: CloudState): number {
  const perStep = setting(state, 'priority.waiting');
  const most = setting(state, 'priority.waiting_max');
  const half = (setting(state, 'queue.max_wait') * HOUR_MS) / 2;
  return perStep > 0 && most > 0 ? Math.min(half, Math.ceil(most / perStep) * WAITING_STEP_MS) : half;
}
