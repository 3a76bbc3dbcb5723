/** Clouds under the real plan and the real reducers on a virtual clock: nobody is over-committed, starved, or left suspended. */
import { describe, expect, test } from 'bun:test';
import { figuresOf } from './schedule/figures.ts';
import { judge } from './schedule/judge.ts';
import { Lab, type LabOptions } from './schedule/lab.ts';
import { planted } from './schedule/planted.ts';
import { rush } from './schedule/rush.ts';
import { schoolDay } from './schedule/school-day.ts';
import { readWorkload, writeWorkload } from './schedule/workload.ts';

/** LABMESH_SIM_RUNS=1000 runs more, LABMESH_SIM_SEED=N replays one seed. */
const only = process.env.LABMESH_SIM_SEED;
const from = Number(only ?? 1);
const runs = only === undefined ? Number(process.env.LABMESH_SIM_RUNS ?? 6) : 1;
/** Virtual ms between two looks of the master: a plan each real second would show no more. */
const LOOK_MS = 5_000;
const FEW = { pcs: 6, requests: 60 };

function play(seed: number, options: LabOptions): Lab {
  try {
    const lab = new Lab(options).run();
    judge(lab);
    return lab;
  } catch (error) {
    const command = `LABMESH_SIM_SEED=${seed} bun test test/sim/schedule.test.ts`;
    console.error(`seed ${seed} fails; replay: ${command}`);
    throw error;
  }
}

test(`S2 S3 S10: ${runs} seeded rushes in every pattern of arrivals keep every rule`, () => {
  const sum = { preempted: 0, resumed: 0, waited: 0, stories: 0 };
  for (let seed = from; seed < from + runs; seed++) {
    const lab = play(seed, { workload: rush({ ...FEW, seed }), seed, lookMs: LOOK_MS });
    for (const story of lab.stories.all()) {
      sum.stories += 1;
      sum.preempted += story.preempted;
      sum.resumed += story.resumed;
      if ((story.ranAt ?? 0) - story.wantedAt > 15 * 60_000) sum.waited += 1;
    }
  }
  // A simulation in which little happens shows little.
  if (runs < 5) return;
  expect(sum.waited / sum.stories).toBeGreaterThan(0.15);
  expect(sum.preempted / runs).toBeGreaterThan(1);
  expect(sum.resumed / runs).toBeGreaterThan(1);
}, 120_000);

test('S6 S7: a school day, its classes and exams, PCs off at 18:00, and who was suspended goes on', () => {
  const lab = play(from, {
    workload: schoolDay({ pcs: 30, requests: 300, seed: from }),
    seed: from,
    lookMs: LOOK_MS,
  });
  const { classes, starved, notResumed } = figuresOf(lab);
  expect({ starved, notResumed }).toEqual({ starved: 0, notResumed: 0 });
  expect(classes.map(({ kind }) => kind)).toEqual(['exam', 'class', 'interactive', 'batch']);
}, 120_000);

test('A4 S10: thousands of PCs and requests', () => {
  const workload = rush({ pcs: 2_000, requests: 3_000, seed: from, hours: 15 });
  const lab = play(from, { workload, seed: from, lookMs: 120_000 });
  expect(lab.stories.all().length).toBe(3_000);
}, 120_000);

test('A4: the same seed gives the same day, and so does its recorded workload', () => {
  const workload = rush({ ...FEW, seed: from });
  const once = new Lab({ workload, seed: from }).run();
  const again = new Lab({ workload: readWorkload(writeWorkload(workload)), seed: from }).run();
  expect(figuresOf(again)).toEqual(figuresOf(once));
  expect([...again.machine.snapshot()]).toEqual([...once.machine.snapshot()]);
}, 60_000);

describe('the rules bite: a plan that', () => {
  for (const [name, { planner, noticedAs }] of Object.entries(planted)) {
    test(name, () => {
      const found = () =>
        judge(
          new Lab({
            workload: rush({ pcs: 4, requests: 40, seed: 1 }),
            seed: 1,
            planner,
            lookMs: LOOK_MS,
          }).run(),
        );
      expect(found).toThrow(noticedAs);
    }, 60_000);
  }
});
