/** Figures of a simulated day: waiting times by class, late and refused starts, utilisation, preemptions, fairness. */
import type { Lab } from './lab.ts';
import { CLASSES, type Sample } from './samples.ts';
import type { Class, Story } from './stories.ts';

const MINUTE = 60_000;
/**
 * A start is late when the guest runs so long after it was wanted: a class cannot begin without its labs, a person at a screen loses
 * patience, batch work is to be under way the same night.
 */
const LATE_AFTER: Readonly<Record<Class, number>> = {
  exam: 5 * MINUTE,
  class: 5 * MINUTE,
  personal: 5 * MINUTE,
  interactive: 15 * MINUTE,
  batch: 12 * 60 * MINUTE,
};

export interface ClassFigures {
  readonly kind: Class;
  readonly asked: number;
  readonly refused: number;
  /** Started late, or not at all though not refused. */
  readonly late: number;
  /** Never ran: given up, or still waiting at the end. */
  readonly never: number;
  /** From when it was wanted until it ran, of those that ran; ms. */
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

export interface Figures {
  readonly classes: readonly ClassFigures[];
  readonly asked: number;
  readonly refused: number;
  readonly late: number;
  readonly preemptions: number;
  /** Suspended for others and not running again when the day ended. */
  readonly notResumed: number;
  /** Never ran, though nobody gave it up and nothing refused it. */
  readonly starved: number;
  /** vCPUs held of all cores, mean from 8:00 to 18:00. */
  readonly utilisation: number;
  /** Jain's index over people: of the time that they were there for it, the share in which their labs ran. */
  readonly fairness: number;
  readonly codes: ReadonlyMap<string, number>;
}

/** J = (sum x)^2 / (n * sum x^2) (Jain, Chiu, Hawe 1984): 1 when all get the same, 1/n when one gets all. */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((all, one) => all + one, 0);
  const squares = shares.reduce((all, one) => all + one * one, 0);
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}

/** The value below which `share` of them lie, 0 of none. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function figuresOf(lab: Lab): Figures {
  const stories = lab.stories.all();
  const unseated = unseatedOf(lab);
  const classes = CLASSES.map((kind) =>
    classFigures(
      kind,
      stories.filter((one) => one.kind === kind),
      unseated.filter((one) => one.kind === kind),
    ),
  ).filter(({ asked }) => asked > 0);
  const sum = (of: (one: ClassFigures) => number) => classes.reduce((all, one) => all + of(one), 0);
  const codes = new Map<string, number>();
  for (const code of [...stories.map(({ refused }) => refused), ...unseated.map(({ refused }) => refused)])
    if (code !== null) codes.set(code, (codes.get(code) ?? 0) + 1);
  return {
    classes,
    codes,
    asked: sum(({ asked }) => asked),
    refused: sum(({ refused }) => refused),
    late: sum(({ late }) => late),
    preemptions: stories.reduce((all, one) => all + one.preempted, 0),
    notResumed: stories.filter((one) => one.preempted > one.resumed && one.endedAt === null).length,
    starved: stories.filter((one) => one.ranAt === null && one.refused === null && !one.gaveUp).length,
    utilisation: utilisationOf(lab.samples.all()),
    fairness: jain(sharesOf(stories, lab.now)),
  };
}

interface Unseated {
  readonly kind: Class;
  /** Null: booked, but its hour brought no VM. */
  readonly refused: string | null;
}

/** Seats of classes that were refused, or whose hour brought them no VM. */
function unseatedOf(lab: Lab): Unseated[] {
  return lab.people.bookings.flatMap(({ id, event, refused, seats }) => {
    const kind = event.exam ? 'exam' : 'class';
    const seated = lab.people.seats(id);
    return Array.from({ length: Math.max(0, seats - seated) }, () => ({ kind, refused }) as const);
  });
}

function classFigures(kind: Class, stories: readonly Story[], unseated: readonly Unseated[]): ClassFigures {
  const waits: number[] = [];
  let [refused, late, never] = [0, 0, 0];
  for (const story of stories) {
    if (story.refused !== null) {
      refused += 1;
    } else if (story.ranAt === null) {
      never += 1;
      late += 1;
    } else {
      const wait = story.ranAt - story.wantedAt;
      waits.push(wait);
      if (wait > LATE_AFTER[kind]) late += 1;
    }
  }
  for (const { refused: code } of unseated) {
    if (code !== null) {
      refused += 1;
      continue;
    }
    never += 1;
    late += 1;
  }
  return {
    kind,
    asked: stories.length + unseated.length,
    refused,
    late,
    never,
    median: quantileOf(waits, 0.5),
    p95: quantileOf(waits, 0.95),
    max: waits.reduce((most, one) => Math.max(most, one), 0),
  };
}

/** Each person: time that labs ran, of the time from wanting them to being done, ended or given up. Refused got nothing. */
function sharesOf(stories: readonly Story[], now: number): number[] {
  const got = new Map<string, { ran: number; there: number }>();
  for (const story of stories) {
    const one = got.get(story.person) ?? { ran: 0, there: 0 };
    const until = story.endedAt ?? now;
    one.ran += story.ran + (story.since === null ? 0 : now - story.since);
    // One that was refused wanted to be there for as long as it meant to use it.
    one.there += story.refused === null ? Math.max(1, until - story.wantedAt) : story.uses;
    got.set(story.person, one);
  }
  return [...got.values()].map(({ ran, there }) => Math.min(1, ran / there));
}

function utilisationOf(samples: readonly Sample[]): number {
  const day = samples.filter(({ at }) => at >= 8 * 60 * MINUTE && at < 18 * 60 * MINUTE);
  const shares = day.map(
    ({ held, cores }) => CLASSES.reduce((all, kind) => all + held[kind], 0) / Math.max(1, cores),
  );
  return shares.reduce((all, one) => all + one, 0) / Math.max(1, shares.length);
}
