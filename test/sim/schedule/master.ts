/** The master's passes over a simulated cloud: plans when something changed or time has passed, and commits each step at once. */
import { type Loads, plan, type Step } from '../../../src/scheduler/index.ts';
import type { CloudState, Outcome } from '../../../src/state/index.ts';
import { Broken } from '../support/checks.ts';
import { nobodyPassed, onlyBetterDisplaces } from './claims.ts';
import { placesOf } from './steps.ts';

export type Planner = (state: CloudState, loads: Loads, now: number) => Step[];

/** Steps that follow from others come with the next plan; a plan that has not settled after so many would never. */
const MOST_PASSES = 8;

export interface MasterWorld {
  readonly state: CloudState;
  readonly now: number;
  readonly loads: Loads;
  commit(step: Step): Outcome;
}

export class Master {
  readonly #planner: Planner;
  readonly #strict: boolean;
  /** Plans made, and ms of real time that they took. */
  plans = 0;
  spentMs = 0;
  steps = 0;
  refused = 0;

  /** @param strict a step that the log refuses, or a plan that never settles, is a defect: nothing came between plan and log here */
  constructor(strict: boolean, planner: Planner = plan) {
    this.#strict = strict;
    this.#planner = planner;
  }

  pass(world: MasterWorld): void {
    for (let passes = 1; ; passes++) {
      const began = performance.now();
      const steps = this.#planner(world.state, world.loads, world.now);
      this.spentMs += performance.now() - began;
      this.plans += 1;
      if (steps.length === 0) return;
      if (this.#strict) nobodyPassed(world.state, steps, world.now);
      for (const step of steps) this.#commit(world, step);
      if (passes < MOST_PASSES) continue;
      if (this.#strict) throw new Broken('a plan settles', `${MOST_PASSES} plans, and still ${show(steps)}`);
      return;
    }
  }

  #commit(world: MasterWorld, step: Step): void {
    if (this.#strict) onlyBetterDisplaces(world.state, step, world.now);
    const outcome = world.commit(step);
    this.steps += 1;
    const stood = outcome.ok && placesStand(world.state, step);
    if (stood) return;
    this.refused += 1;
    if (!this.#strict) return;
    const why = outcome.ok ? 'places left out' : `${outcome.code} ${JSON.stringify(outcome.data)}`;
    throw new Broken('a plan on the newest facts is carried out', `${show([step])}: ${why}`);
  }
}

/** Of many places at once the log leaves out those that it refuses: here each has to stand. */
function placesStand(state: CloudState, step: Step): boolean {
  return placesOf([step]).every(({ id, nodeId }) => state.tables.vm.get(id)?.placement?.nodeId === nodeId);
}

function show(steps: readonly Step[]): string {
  return steps
    .slice(0, 3)
    .map(({ type, payload }) => `${type} ${JSON.stringify(payload).slice(0, 200)}`)
    .join(', ');
}
