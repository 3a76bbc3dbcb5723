/** What placement weighs beyond the policy (S9): each a setting, never negative, added to the score. */
import { type CloudState, type Node, setting } from '../state/index.ts';
import type { NodeLoad, Term } from './views.ts';

export interface AdditionWeights {
  readonly locality: number;
  readonly localUser: number;
  readonly accelerator: number;
  readonly courseSpread: number;
  readonly stability: number;
  readonly largeRoom: number;
}

export function additionWeights(state: CloudState): AdditionWeights {
  return {
    locality: setting(state, 'scheduler.locality'),
    localUser: setting(state, 'scheduler.local_user'),
    accelerator: setting(state, 'scheduler.accelerator'),
    courseSpread: setting(state, 'scheduler.course_spread'),
    stability: setting(state, 'scheduler.stability'),
    largeRoom: setting(state, 'scheduler.large_room'),
  };
}

const HOUR_MS = 3_600_000;
/** A PC that has been in reach for a day counts as steady. */
const STEADY_HOURS = 24;

/** Those that are the same for every VM: the PC is at work for somebody, emulates, or came (back) lately. */
export function standingTerms(
  weights: AdditionWeights,
  node: Node,
  load: NodeLoad | undefined,
  now: number,
): Term[] {
  const hours = steadyHours(node, now);
  return terms([
    ['score.local_user', load?.userPresent ? weights.localUser : 0, {}],
    ['score.accelerator', node.accel === 'kvm' ? 0 : weights.accelerator, { accel: node.accel }],
    ['score.stability', stabilityPoints(weights, hours), { hours }],
  ]);
}

/** Their sum, for all PCs of a cloud: without a list for each. */
export function standingPoints(
  weights: AdditionWeights,
  node: Node,
  load: NodeLoad | undefined,
  now: number,
): number {
  const localUser = load?.userPresent ? weights.localUser : 0;
  const accelerator = node.accel === 'kvm' ? 0 : weights.accelerator;
  return localUser + accelerator + stabilityPoints(weights, steadyHours(node, now));
}

function steadyHours({ reach }: Node, now: number): number {
  // Whole hours: PCs that came up within one morning stay equal, so that the lower id decides and not the second of their start.
  return Math.min(STEADY_HOURS, Math.max(0, Math.floor((now - reach.since) / HOUR_MS)));
}

function stabilityPoints(weights: AdditionWeights, hours: number): number {
  return (weights.stability * (STEADY_HOURS - hours)) / STEADY_HOURS;
}

/** The image would have to be fetched first. */
export function localityPoints(weights: AdditionWeights, isThere: boolean): number {
  return isThere ? 0 : weights.locality;
}

/** VMs of the same course there: half the weight for one, two thirds for two, and so on. */
export function courseSpreadPoints(weights: AdditionWeights, sameCourse: number): number {
  return (weights.courseSpread * sameCourse) / (sameCourse + 1);
}

function terms(all: readonly [string, number, Record<string, unknown>][]): Term[] {
  return all.filter(([, points]) => points !== 0).map(([code, points, data]) => ({ code, points, data }));
}
