/** The tables of `bench/schedule.ts`. */
import type { ClassFigures, Figures } from '../../../test/sim/schedule/figures.ts';
import type { Workload } from '../../../test/sim/schedule/workload.ts';
import type { Day } from './day.ts';
import { COMPARED, type ComparedDay } from './days.ts';
import type { Speed } from './speed.ts';

type Table = string[][];

/** Says whether a goal is met; one that is not makes the measurement end with 1. */
export function goal(what: string, isMet: boolean, found: string): void {
  console.log(`goal: ${what}: ${isMet ? 'met' : 'MISSED'} (${found})`);
  if (!isMet) process.exitCode = 1;
}

export function speedTable(found: readonly Speed[]): Table {
  const first = found[0];
  const each = ({ planMs, placed }: Speed) => (planMs / placed) * 1000;
  return [
    ['PCs', 'placed', 'places/s', 'us each', 'grown', 'log', 'one alone ms'],
    ...found.map((one) => [
      String(one.nodes),
      String(one.placed),
      ((one.placed / one.planMs) * 1000).toFixed(0),
      each(one).toFixed(1),
      first ? `x ${(each(one) / each(first)).toFixed(2)}` : '',
      first ? `x ${(Math.log(one.nodes) / Math.log(first.nodes)).toFixed(2)}` : '',
      one.aloneMs.toFixed(1),
    ]),
  ];
}

/** The policies side by side, then each one's waiting times by class. Lines and tables, in the order in which they are printed. */
export function dayTables(workload: Workload, days: readonly Day[]): (string | Table)[] {
  const pcs = workload.pcs.reduce((sum, { count }) => sum + count, 0);
  const cores = workload.pcs.reduce((sum, one) => sum + one.count * one.cores, 0);
  const title = `\nA simulated ${workload.name}: ${pcs} PCs with ${cores} cores, ${days[0]?.figures.asked ?? 0} starts asked for`;
  return [
    title,
    [
      ['', 'refused', 'late', 'refused or late', 'preempted', 'not resumed', 'starved', 'in use', 'fairness'],
      ...days.map(({ name, figures }) => summary(name, figures)),
    ],
    'late: a class or exam runs 5 min after its hour, a walk-in 15 min, batch 12 h after it was asked for, or never; fairness: Jain’s index',
    '\nminutes from when it was wanted until it ran',
    [
      ['', 'asked', 'refused', 'late', 'never', 'median', 'p95', 'longest'],
      ...days.flatMap(({ name, figures }) => figures.classes.map((one) => waits(name, one))),
    ],
  ];
}

function summary(name: string, figures: Figures): string[] {
  const { asked, refused, late } = figures;
  return [
    name,
    String(refused),
    String(late),
    `${refused + late} (${(((refused + late) / asked) * 100).toFixed(1)} %)`,
    String(figures.preemptions),
    String(figures.notResumed),
    String(figures.starved),
    `${(figures.utilisation * 100).toFixed(0)} %`,
    figures.fairness.toFixed(3),
  ];
}

function waits(name: string, one: ClassFigures): string[] {
  const minutes = (ms: number) => (ms / 60_000).toFixed(1);
  return [
    `${name}: ${one.kind}`,
    String(one.asked),
    String(one.refused),
    String(one.late),
    String(one.never),
    minutes(one.median),
    minutes(one.p95),
    minutes(one.max),
  ];
}

/** Each day with what each algorithm refused or started late, the fewest marked, and the sum. */
export function daysTable(days: readonly ComparedDay[]): Table {
  const sums = sumsOf(days);
  return [
    ['PCs', 'starts', 'seed', ...COMPARED],
    ...days.map(({ pcs, asked, seed, bad }) => [String(pcs), String(asked), String(seed), ...marked(bad)]),
    ['sum', String(days.reduce((sum, { asked }) => sum + asked, 0)), '', ...marked(sums)],
  ];
}

/** Refused or late over all days, in the order of `COMPARED`. */
export function sumsOf(days: readonly ComparedDay[]): number[] {
  return COMPARED.map((_, at) => days.reduce((sum, { bad }) => sum + (bad[at] ?? 0), 0));
}

function marked(bad: readonly number[]): string[] {
  const least = Math.min(...bad);
  return bad.map((count) => `${count}${count === least ? ' *' : ''}`);
}
