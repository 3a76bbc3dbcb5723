/** What must hold when a simulated day is over and everybody has had the time to have a turn. */
import { Broken } from '../support/checks.ts';
import type { Lab } from './lab.ts';

/** @throws Broken */
export function judge(lab: Lab): void {
  const { vm } = lab.state.tables;
  for (const story of lab.stories.all()) {
    const { vmId, kind } = story;
    if (story.refused === null && !story.gaveUp && story.ranAt === null)
      throw new Broken('nobody starves', `${kind} ${vmId} has waited since ${hour(lab, story.wantedAt)}`);
    if (story.preempted > story.resumed && vm.get(vmId)?.held?.by === 'preempted')
      throw new Broken('the preempted are resumed', `${kind} ${vmId} is still suspended for another`);
  }
  const waiting = vm.countBy('waiting', 'yes');
  if (waiting > 0) throw new Broken('nobody starves', `${waiting} still wait at the end`);
}

function hour(lab: Lab, at: number): string {
  return new Date(at)
    .toISOString()
    .slice(0, 16)
    .concat(` of ${new Date(lab.now).toISOString().slice(0, 16)}`);
}
