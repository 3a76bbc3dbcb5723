/**
 * A school day from a seed: classes at each hour, two exams, walk-ins all day with a peak before noon, batch work in the evening for the
 * night, PCs that are switched off at 18:00 and on again the next morning.
 */
import { Random } from '../support/random.ts';
import type { ReserveEvent, StartEvent, Workload, WorkloadEvent } from './workload.ts';

const HOUR = 3_600;
const MINUTE = 60;
/** A Monday, far enough ahead that no calendar of the code under test knows better. */
const MIDNIGHT = Date.UTC(2027, 2, 1);
const OPENS = 7 * HOUR;
const LAST_CLASS = 17;
const POWER_OFF = 18 * HOUR;
/** The next morning: what was suspended overnight has some hours to be resumed and ended. */
const POWER_ON = 32 * HOUR;
const ENDS = 42 * HOUR;

/** What PCs give to guests beside whoever sits at them: most give little, and only a third has room for the big sizes. */
const PCS = [
  { share: 0.65, cores: 2, ramMiB: 3_072, storageGiB: 120, tempGiB: 40 },
  { share: 0.25, cores: 4, ramMiB: 6_144, storageGiB: 200, tempGiB: 60 },
  { share: 0.1, cores: 8, ramMiB: 12_288, storageGiB: 400, tempGiB: 120 },
];

/** Sizes of walk-ins: mostly small ones, some that need a big PC's best part. */
const WALK_IN_SIZES = [
  'Linux small',
  'Linux small',
  'Linux small',
  'Linux medium',
  'Linux medium',
  'Windows medium',
  'Linux big',
  'Windows big',
];
const CLASS_SIZES = ['Linux small', 'Linux medium', 'Windows medium'];
const BATCH_SIZES = ['Linux medium', 'Linux big'];
/** Weight of each hour of the day from 7:00, for walk-ins: a peak at 11 and one at 16. */
const WALK_INS = [1, 4, 8, 11, 14, 12, 8, 9, 11, 12, 9, 5, 3, 2, 1];
/** People for each start that is not a class's: some come twice or thrice. */
const PERSONS = 0.6;
/** Students of a class, and what part of the cores a class has at most: a small cloud has small classes. */
const CLASS = { least: 15, most: 40, part: 0.1 };
/** vCPUs of classes at full hours, of all cores: with exams it stays under what can be reserved. */
const CLASS_LOAD = 0.45;
const EXAM_LOAD = 0.2;

export interface SchoolDay {
  readonly pcs: number;
  /** Starts in all, seats of classes among them: about so many. */
  readonly requests: number;
  readonly seed: number;
}

export function schoolDay({ pcs, requests, seed }: SchoolDay): Workload {
  const random = new Random(seed);
  const kinds = PCS.map(({ share, ...kind }) => ({ count: Math.max(1, Math.round(pcs * share)), ...kind }));
  const cores = kinds.reduce((sum, kind) => sum + kind.count * kind.cores, 0);
  const courses = coursesFor(random, cores);
  const reserved = classes(random, cores, courses);
  const seats = reserved.reduce((sum, one) => sum + one.count, 0);
  const free = Math.max(Math.round(requests / 4), requests - seats);
  const first = courses.reduce((sum, course) => sum + course.students, 0);
  const people = Math.max(1, Math.round(free * PERSONS));
  const starts = walkIns(random, free, first, people);
  const total = kinds.reduce((sum, kind) => sum + kind.count, 0);
  const events: WorkloadEvent[] = [...reserved, ...starts, ...power(random, total)];
  return {
    name: `school day, seed ${seed}`,
    midnight: MIDNIGHT,
    ends: ENDS,
    pcs: kinds,
    students: first + people,
    courses: [...courses, ...openLabs(first, people)],
    events: events.toSorted((a, b) => a.at - b.at),
  };
}

/** As many courses as give each hour other ones; each has students of its own. */
function coursesFor(random: Random, cores: number): Workload['courses'] {
  const count = Math.max(2, Math.round(cores / 40));
  let first = 0;
  return Array.from({ length: count }, () => {
    const drawn = CLASS.least + random.below(CLASS.most - CLASS.least);
    const students = Math.max(2, Math.min(drawn, Math.floor(cores * CLASS.part)));
    const course = { students, first };
    first += students;
    return course;
  });
}

/** Who walks in is enrolled somewhere too: an image is a course's. */
function openLabs(first: number, people: number): Workload['courses'] {
  return Array.from({ length: Math.ceil(people / CLASS.most) }, (_, n) => {
    const students = Math.min(CLASS.most, people - n * CLASS.most);
    return { students, first: first + n * CLASS.most };
  });
}

/** Every hour from 8:00 some courses have a class of one or two hours, booked the evening before or that morning; two exams. */
function classes(random: Random, cores: number, courses: Workload['courses']): ReserveEvent[] {
  const booked: ReserveEvent[] = [];
  /** vCPUs booked by hour. */
  const load = new Map<number, number>();
  const book = (hour: number, hours: number, most: number, exam: boolean) => {
    for (let tries = 0; tries < courses.length; tries++) {
      const course = random.below(courses.length);
      const count = courses[course]?.students ?? 1;
      const size = random.pick(CLASS_SIZES);
      const vcpus = count * (size === 'Linux small' ? 1 : 2);
      const all = Array.from({ length: hours }, (_, n) => hour + n);
      const busy = booked.some(
        (one) =>
          one.course === course &&
          one.begins < (hour + hours) * HOUR &&
          hour * HOUR < one.begins + one.hours * HOUR,
      );
      if (busy || all.some((one) => (load.get(one) ?? 0) + vcpus > most * cores)) continue;
      for (const one of all) load.set(one, (load.get(one) ?? 0) + vcpus);
      // One in five is booked that very morning, an hour ahead.
      const at = random.chance(0.2) ? hour * HOUR - HOUR : random.below(6 * HOUR);
      booked.push({ at, do: 'reserve', course, size, count, exam, begins: hour * HOUR, hours });
    }
  };
  for (const hour of [10, 15]) book(hour, 2, EXAM_LOAD, true);
  for (let hour = 8; hour < LAST_CLASS; hour++) book(hour, random.chance(0.6) ? 1 : 2, CLASS_LOAD, false);
  return booked;
}

function walkIns(random: Random, count: number, first: number, people: number): StartEvent[] {
  const weights = WALK_INS.reduce((sum, one) => sum + one, 0);
  return Array.from({ length: count }, () => {
    const person = first + random.below(people);
    if (random.chance(0.1)) {
      const at = 15 * HOUR + random.below(2 * HOUR);
      const uses = (1 + random.below(3)) * HOUR;
      const common = { at, do: 'start', person, hours: 5, uses } as const;
      return { ...common, size: random.pick(BATCH_SIZES), opens: true, batch: true, patience: null };
    }
    let at = random.unit() * weights;
    let hour = 0;
    while (hour < WALK_INS.length - 1 && at >= (WALK_INS[hour] ?? 0)) at -= WALK_INS[hour++] ?? 0;
    const hours = 1 + random.below(3);
    return {
      at: OPENS + hour * HOUR + random.below(HOUR),
      do: 'start',
      person,
      size: random.pick(WALK_IN_SIZES),
      hours,
      uses: Math.round(hours * HOUR * random.between(0.2, 1.1)),
      opens: random.chance(0.96),
      batch: false,
      // Most people would rather go home than wait for more than an hour or two.
      patience: Math.round(random.between(60, 150)) * MINUTE,
    };
  });
}

/** A third of the PCs is drained at 17:40 and switched off at 18:00, a tenth just switched off; all come back the next morning. */
function power(random: Random, pcs: number): WorkloadEvent[] {
  const drained = Math.floor(pcs / 3);
  const pulled = Math.floor(pcs / 10);
  const pullAt = POWER_OFF + random.below(30 * MINUTE);
  if (drained === 0) return [];
  const range = (from: number, to: number): [number, number] => [from, to];
  const events: WorkloadEvent[] = [
    { at: POWER_OFF, do: 'off', pcs: range(0, drained), drained: true },
    { at: POWER_ON, do: 'on', pcs: range(0, drained + pulled) },
  ];
  if (pulled > 0)
    events.push({ at: pullAt, do: 'off', pcs: range(drained, drained + pulled), drained: false });
  return events;
}
