/** Refusals about images, but for those about their copies and their edits. */
import type { StateErrors } from '../../state/index.ts';
import { formatList } from '../format.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import { count, number } from './figures.ts';
import { states } from './words.ts';

export const imageRefusals = {
  'image.not_ready': ({ name, state }) => ({
    message: `The image "${name}" cannot be used now: it is ${word(states, state)}.`,
    hint: 'Wait until the operation on it has ended, then try again.',
  }),
  'image.in_use': ({ name, vms }) => ({
    message: `${count(vms, 'lab')} ${vms === 1 ? 'was' : 'were'} made from the image "${name}" and could not start without it.`,
    hint: 'Delete these labs first.',
  }),
  'image.linked': ({ name, courses }) => ({
    message: `The image "${name}" is used by ${formatList(courses, 'en')}.`,
    hint: 'Unlink it from the course first.',
  }),
  'image.not_importing': ({ name }) => ({
    message: `The image "${name}" is not being imported.`,
    hint: 'Its import has ended already; look at Operations for how.',
  }),
  'image.forbidden': ({ name }) => ({
    message: `The image "${name}" belongs to somebody else.`,
    hint: 'Ask its owner to share it, or take an image of your own.',
  }),
  'size.too_small': ({ size, sizeGiB, imageGiB }) => ({
    message: `The image needs ${number(imageGiB)} GB of disk; the size "${size}" has ${number(sizeGiB)} GB.`,
    hint: 'Take a size with a larger disk.',
  }),
  'image.import_lost': ({ node }) => ({
    message: `The import ended because "${node}", the PC that did it, was interrupted.`,
    hint: 'Import the image again; a file that was uploaded goes on where it stopped.',
  }),
} satisfies Partial<Catalogue<StateErrors>>;
