import { formatDuration } from '../format.ts';
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
