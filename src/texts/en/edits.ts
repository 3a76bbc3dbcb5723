/** Changing images and publishing disks of VMs: refusals, and how publications ended. */
import type { EditErrors } from '../../state/index.ts';
import { formatTime } from '../format.ts';
import type { Catalogue } from '../sentence.ts';

export const editErrors = {
  'image.edited': ({ name, user, vm, since, until }) => ({
    message: `${user} is changing the image "${name}" in the lab "${vm}", since ${formatTime(since, 'en')}.`,
    hint: `It is theirs alone until ${formatTime(until, 'en')}, and for longer while they work in it. Ask them to publish or give up their changes; after that time, or as an administrator, you can take the edit over.`,
  }),
  'image.not_edited': ({ name }) => ({
    message: `Nobody is changing the image "${name}".`,
    hint: 'Open it for change first, then publish the lab in which you changed it. Or publish under a new name.',
  }),
  'image.edit_cd': ({ name }) => ({
    message: `The image "${name}" is an installation CD and cannot be changed.`,
    hint: 'Start a lab from it that keeps its disk, install there, and publish that lab as a new image.',
  }),
  'image.unchanged': ({ name }) => ({
    message: `Nothing on the disk differs from the current version of "${name}": no new version was made.`,
    hint: 'Go on changing it, or give the edit up.',
  }),
  'image.not_publishing': ({ vm }) => ({
    message: `The lab "${vm}" is not being published.`,
    hint: 'Look at the operations: perhaps it is done already.',
  }),
  'vm.publishing': ({ name, image }) => ({
    message: `The disk of the lab "${name}" is being published as "${image}".`,
    hint: 'Wait for its end, or cancel the publication; the disk stays as it is.',
  }),
  'image.clean_lab': ({ name }) => ({
    message: `The lab "${name}" starts clean each time: it keeps no disk that could be published.`,
    hint: 'Open the image for change, or start a lab that keeps its disk, and publish that.',
  }),
  'vm.no_disk': ({ name }) => ({
    message: `The lab "${name}" has never run: it has no disk yet.`,
    hint: 'Start it first.',
  }),
  'image.publish_lost': ({ node }) => ({
    message: `The PC "${node}", where the disk lay, is not part of the cloud any more.`,
    hint: 'If the lab was saved on other PCs, start it there and publish it then.',
  }),
  'image.publish_unwanted': () => ({
    message: 'Nobody wants the result any more.',
    hint: 'The lab and its disk are as they were.',
  }),
} satisfies Catalogue<EditErrors>;
