/** Refusals about labs and their time, and how labs ended. */
import type { StateErrors } from '../../state/index.ts';
import { formatTime } from '../format.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import { count, number } from './figures.ts';
import { actions, states } from './words.ts';

export const vmRefusals = {
  'vm.wrong_state': ({ name, state, action }) => ({
    message: `The lab "${name}" cannot be ${word(actions, action)} now: it is ${word(states, state)}.`,
    hint: 'Wait until it has come to rest, or look at it for what it can do now.',
  }),
  'vm.stale_epoch': ({ vm, epoch, current }) => ({
    message: `Word of the lab "${vm}" came too late: it was about start ${number(epoch)}, the newest is ${number(current)}.`,
    hint: 'Nothing is left to do; the PC looks again by itself.',
  }),
  'vm.no_lease': ({ name }) => ({
    message: `The lab "${name}" has no running time left to change: it is not running.`,
    hint: 'Start it; then it has time again.',
  }),
  'vm.not_waiting': ({ name, state }) => ({
    message: `The lab "${name}" does not wait for a place: it is ${word(states, state)}.`,
    hint: 'Stop or suspend it instead, if you do not need it now.',
  }),
  'vm.not_preemptible': ({ name }) => ({
    message: `The lab "${name}" may not be suspended for another.`,
    hint: 'Nothing is left to do; the cloud looks for another place by itself.',
  }),
  'vm.preempted_lately': ({ name, until }) => ({
    message: `The lab "${name}" gave its place away a short while ago and keeps this one until ${formatTime(until, 'en')}.`,
    hint: 'Nothing is left to do; the cloud looks for another place by itself.',
  }),
  'vm.lies_elsewhere': ({ name, node }) => ({
    message: `The lab "${name}" can run on "${node}" only, because its disks are there or an administrator said so.`,
    hint: 'Nothing is left to do; the cloud looks again by itself.',
  }),
  'vm.not_due': ({ name, action }) => ({
    message: `It is not time for the lab "${name}" to be ${word(actions, action)}.`,
    hint: 'Nothing is left to do; the cloud looks again by itself.',
  }),
  'vm.not_persistent': ({ name }) => ({
    message: `The lab "${name}" starts clean each time, so there is nothing to save.`,
    hint: 'Copy what you want to keep out of it before you stop it.',
  }),
  'vm.node_not_lost': ({ name, node }) => ({
    message: `The lab "${name}" cannot start from saved work now: ${node ? `its PC "${node}" is there, or was a moment ago` : 'it is on no PC that could be lost'}.`,
    hint: 'Wait a little; once its PC counts as lost, the lab can go on elsewhere.',
  }),
  'vm.nothing_saved': ({ name }) => ({
    message: `Nothing of the lab "${name}" was saved before its PC was lost.`,
    hint: 'Wait until its PC is back; its disk is there. Or start a new lab.',
  }),
  'vm.work_out_of_reach': ({ name, at }) => ({
    message: `The work of the lab "${name}" was saved ${formatTime(at, 'en')}, but every PC that has it is away.`,
    hint: 'Switch one of these PCs on, then try again.',
  }),
  'vm.too_many_recovered': ({ name, limit }) => ({
    message: `The lab "${name}" has ${number(limit)} recovered copies already.`,
    hint: 'Delete those that you do not need; then the next one is kept by itself.',
  }),
  'lease.others_wait': ({ name, waiting }) => ({
    message: `The lab "${name}" gets no more time now: ${count(waiting, 'request')} ${waiting === 1 ? 'waits' : 'wait'} for a place.`,
    hint: 'Save your work; at its end the lab is suspended with everything in it, and you may start it again.',
  }),
  'lease.reserved': ({ name, endsAt }) => ({
    message: `The lab "${name}" runs for a reservation and ends with it, ${formatTime(endsAt, 'en')}.`,
    hint: 'Start it again afterwards if you need it longer.',
  }),
  'lease.hours': ({ hours, min, max }) => ({
    message: `A lab runs for ${number(min)} to ${number(max)} whole hours; ${number(hours)} is not among them.`,
    hint: `Choose ${number(min)} to ${number(max)} hours; more can be added while it runs.`,
  }),
  'vm.held': ({ by, vm }) => ({
    message:
      by === 'preempted'
        ? `${vm ? `The lab "${vm}"` : 'The lab'} was suspended because a request that goes first needed its place. Nothing in it is lost.`
        : by === 'shutdown'
          ? 'The lab is suspended because the cloud is being stopped. Nothing in it is lost.'
          : 'The lab is suspended because its PC is being emptied. Nothing in it is lost.',
    hint: 'It goes on by itself when it can run again.',
  }),
  'vm.crashed': () => ({
    message: 'The lab broke down: its virtual machine ended with a fault.',
    hint: 'Start it again; if it happens once more, show its log to an administrator.',
  }),
  'vm.power_lost': () => ({
    message: 'The lab ended because its PC lost power or was restarted.',
    hint: 'Start it again; what it had saved to its disk is there.',
  }),
  'vm.guest_off': () => ({
    message: 'The lab was shut down from inside.',
    hint: 'Start it again when you need it.',
  }),
} satisfies Partial<Catalogue<StateErrors>>;
