import { formatDuration, formatNumber, formatTime } from '../format.ts';
import type { NoticeCodes } from '../notices.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import { operations } from './words.ts';

const lab = (name: string | undefined) => (name ? `The lab "${name}"` : 'The lab');

export const notices = {
  'image.imported': ({ image }) => ({
    message: `The image "${image}" is ready.`,
    hint: 'Start a lab from it, or link it to a course.',
  }),
  'image.import_failed': ({ image, cause }, say) => {
    const why = say(cause);
    return { message: `The image "${image}" was not imported. ${why.message}`, hint: why.hint };
  },
  'image.published': ({ image, number: version }) => ({
    message:
      version === 1
        ? `The image "${image}" is ready.`
        : `Version ${formatNumber(version, 'en')} of the image "${image}" is ready: new labs take it.`,
    hint: 'Labs that exist keep the version that they were made from.',
  }),
  'image.publish_failed': ({ image, vm, cause }, say) => {
    const why = say(cause);
    return {
      message: `The lab "${vm}" was not published as "${image}". ${why.message} What was changed is still there.`,
      hint: why.hint,
    };
  },
  'image.damaged': ({ image, node, chunks }) => ({
    message: `The disk of ${node} has damaged ${formatNumber(chunks, 'en')} MB of the image "${image}". They are fetched again from another PC.`,
    hint: 'If this happens again on that PC, its disk is wearing out: replace it.',
  }),
  'image.damaged_last': ({ image, node, chunks }) => ({
    message: `The disk of ${node} has damaged ${formatNumber(chunks, 'en')} MB of the image "${image}", and no other PC has a copy.`,
    hint: 'Go back to another version of the image, or bring it in again; then replace that disk.',
  }),
  'image.repaired': ({ image, node }) => ({
    message: `The copy of the image "${image}" on ${node} is whole again.`,
    hint: 'If this happens again on that PC, its disk is wearing out: replace it.',
  }),
  'image.edit_taken': ({ image, by }) => ({
    message: `${by} has taken over your changes to the image "${image}".`,
    hint: 'Agree with them on how to go on: the lab with the changes is theirs now.',
  }),
  'vm.failed': ({ vm, cause }, say) => {
    const why = cause ? say(cause) : null;
    return {
      message: `${lab(vm)} broke down. ${why?.message ?? ''}`.trim(),
      hint: why?.hint ?? 'Start it again; if it happens once more, show its log to an administrator.',
    };
  },
  'vm.stopped': () => ({
    message: 'The lab was switched off before this was done.',
    hint: 'Start it again if you need it.',
  }),
  'vm.suspended': () => ({
    message: 'The lab was suspended before this was done.',
    hint: 'Resume it if you need it; nothing in it is lost.',
  }),
  'vm.deleted': () => ({
    message: 'The lab was deleted before this was done.',
    hint: 'Start a new one if you need it.',
  }),
  'vm.running': () => ({
    message: 'The lab went on running instead.',
    hint: 'Try again; a stop by force does not ask the system inside.',
  }),
  'vm.lease_ended': ({ vm }) => ({
    message: `${lab(vm)} was suspended because its time was over. Nothing in it is lost.`,
    hint: 'Resume it to go on where you were.',
  }),
  'vm.lease_warning': ({ vm, minutes, endsAt }) => ({
    message: `${lab(vm)} has ${minutes} minutes left, until ${formatTime(endsAt, 'en')}.`,
    hint: 'Give it more time if you need it; otherwise it is suspended with everything in it.',
  }),
  'vm.reclaimed': ({ vm, why, minutes }) => ({
    message:
      why === 'idle'
        ? `${lab(vm)} was suspended because nobody used it for ${minutes} minutes. Nothing in it is lost.`
        : `${lab(vm)} was suspended because nobody opened or used it for ${minutes} minutes. Nothing in it is lost.`,
    hint: 'Start it again when you need it.',
  }),
  'vm.save_failed': ({ vm, cause }, say) => {
    const why = say(cause);
    return {
      message: `The work in ${lab(vm).replace('The', 'the')} is not saved as it should be. ${why.message}`,
      hint: why.hint,
    };
  },
  'vm.work_alone': ({ copies, wanted }) => ({
    message: `What was saved of it is on ${copies === 1 ? 'one PC' : `${copies} PCs`} only, not on ${wanted}: no other PC has room for it, or none is there.`,
    hint: 'It is copied as soon as a PC can take it. Keep a copy of what matters most elsewhere until then.',
  }),
  'vm.recovered': ({ vm, node }) => ({
    message: `The PC "${node}" is back; what it still had of ${lab(vm).replace('The', 'the')} was kept as a recovered copy.`,
    hint: 'Look at the lab: the copy is listed there, and stays until you delete it.',
  }),
  'vm.preempt_soon': ({ vm, seconds }) => ({
    message: `${lab(vm)} will be suspended in ${formatDuration(seconds * 1000, 'en')} because a request that goes first needs its place.`,
    hint: 'Nothing in it is lost; it goes on by itself when there is room again.',
  }),
  'reservation.begun': ({ label, vm }) => ({
    message: `"${label}" begins: ${lab(vm).replace('The', 'the')} is being started for you.`,
    hint: 'Open it under My labs.',
  }),
  'reservation.cancelled': ({ label, by }) => ({
    message: `The reservation "${label}" was removed by ${by}.`,
    hint: 'Make a new one if you still need it.',
  }),
  'reservation.failed': ({ label, at, zone, cause }, say) => {
    const why = say(cause);
    return {
      message: `The reservation "${label}" of ${formatTime(at, 'en', zone)} could not begin. ${why.message}`,
      hint: why.hint,
    };
  },
  'reservation.at_risk': ({ label, at, zone, cause }, say) => ({
    message: `The reservation "${label}" of ${formatTime(at, 'en', zone)} may not be honoured, because PCs were lost or changed. ${say(cause).message}`,
    hint: 'Bring the PCs back, reserve fewer labs, or choose another time.',
  }),
  'reservation.safe': ({ label }) => ({
    message: `The reservation "${label}" can be honoured again.`,
    hint: 'Nothing is left to do.',
  }),
  'operation.timed_out': ({ seconds, kind, target }) => {
    const what = kind ? word(operations, kind) : 'This';
    const on = target ? ` ("${target}")` : '';
    const after = seconds === undefined ? '' : ` after ${formatDuration(seconds * 1000, 'en')}`;
    return {
      message: `${what}${on} took too long and was given up${after}.`,
      hint: 'Try again; if it happens once more, an administrator finds the cause under Operations.',
    };
  },
  'command.unknown': ({ type }) => ({
    message: `This PC does not know the command "${type}": another PC runs a newer labmesh.`,
    hint: 'Bring every PC of the cloud to the same version.',
  }),
  'command.fault': ({ type, reason }) => ({
    message: `labmesh made a mistake in "${type}"; nothing was changed. (${reason})`,
    hint: 'Please report it with these words; trying again may not help.',
  }),
  internal: ({ reference }) => ({
    message: `labmesh made a mistake and could not finish this.${reference ? ` (${reference})` : ''}`,
    hint: "Try again. If it stays, report it with the PC's log.",
  }),
} satisfies Catalogue<NoticeCodes>;
