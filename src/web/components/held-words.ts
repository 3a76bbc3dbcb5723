/** Why a lab that should run is suspended, and that it goes on by itself. */
import { isAdmin, isTeacherOf, type Vm } from '../../state/index.ts';
import { placeInLine, queueEntry } from './queue-words.ts';
import type { View } from './view.ts';

/** @param held the VM's hold */
export function heldSentence(v: View, vm: Vm, held: NonNullable<Vm['held']>): string {
  const words = v.t.plan.held;
  const place = placeInLine(v, queueEntry(v, vm.id));
  const when = place === null ? '' : ` ${place}.`;
  return `${why(v, vm, held)}.${when} ${words.saved}`;
}

function why(v: View, vm: Vm, held: NonNullable<Vm['held']>): string {
  const words = v.t.plan.held;
  if (held.by === 'shutdown') return words.shutdown;
  if (held.by === 'preempted') return words.preempted(takerWords(v, held.for));
  const home = v.state.tables.node.get(vm.homeNodeId ?? '')?.name;
  return words.drain(home ?? v.t.words.unknown);
}

/** What took the place; whose it is, only those read who see such labs anyway. */
function takerWords(v: View, vmId: string | null): string {
  const words = v.t.plan.held;
  const taker = vmId === null ? undefined : v.state.tables.vm.get(vmId);
  if (taker === undefined) return words.for.interactive;
  const course = taker.courseId === null ? undefined : v.state.tables.course.get(taker.courseId);
  const maySee = isAdmin(v.actor) || (course !== undefined && isTeacherOf(v.actor, course));
  if (maySee) return taker.name;
  const what = words.for[taker.kind];
  const public_ = taker.kind === 'exam' || taker.kind === 'class';
  return course === undefined || !public_ ? what : words.inCourse(what, course.name);
}
