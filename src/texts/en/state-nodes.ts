/** Refusals about PCs, the cloud that they make, invitations and sharing. */
import type { StateErrors } from '../../state/index.ts';
import { formatList } from '../format.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import { count, listed, number } from './figures.ts';
import { nodeActions, powerActions, powers, states } from './words.ts';

export const nodeRefusals = {
  'cloud.exists': ({ name }) => ({
    message: `This cloud was made already; it is called "${name}".`,
    hint: 'Go on with it, or begin another one with an empty data folder.',
  }),
  'node.not_ready': ({ node, state }) => ({
    message: `The PC "${node}" takes no labs: it is ${word(states, state)}.`,
    hint: 'Choose another PC, or let the cloud choose.',
  }),
  'node.wrong_state': ({ node, state, action }) => ({
    message: `The PC "${node}" cannot be ${word(nodeActions, action)} now: it is ${word(states, state)}.`,
    hint: 'Wait until it has come to rest, or look under Nodes for what it can do now.',
  }),
  'node.retired': ({ node }) => ({
    message: `The PC "${node}" was retired: it is no part of the cloud any more.`,
    hint: 'To have it again, empty its data folder and let it join anew.',
  }),
  'node.last': ({ node }) => ({
    message: `"${node}" is the last PC of the cloud; without it there would be no cloud.`,
    hint: 'Let another PC join first.',
  }),
  'node.busy': ({ node, vms, count: all }) => ({
    message: `${count(all, 'lab')} still ${all === 1 ? 'runs' : 'run'} on "${node}": ${listed(vms, all)}.`,
    hint: 'Wait until they are suspended, or stop them.',
  }),
  'node.has_disks': ({ node, vms, count: all }) => ({
    message: `The disks of ${count(all, 'lab')} lie on "${node}" and would be lost: ${listed(vms, all)}.`,
    hint: 'Delete these labs first, or retire the PC by force if their work is not needed.',
  }),
  'node.only_copy': ({ node, images, count: all }) => ({
    message: `"${node}" has the only copy of ${count(all, 'image')}: ${listed(images, all)}.`,
    hint: 'Wait until another PC has them, or retire this one by force if they are not needed.',
  }),
  'node.share_in_use': ({ node, share, vms }) => ({
    message: `The share of "${node}" cannot be ${number(share)} % now: ${count(vms, 'lab')} running there ${vms === 1 ? 'needs' : 'need'} more.`,
    hint: 'Stop labs on it or empty it first, or choose a larger share.',
  }),
  'node.too_old': ({ node, protocol, level }) => ({
    message: `The labmesh on "${node}" is too old for this cloud: it speaks level ${number(protocol)}, the cloud is at ${number(level)}.`,
    hint: 'Install the version that the other PCs run, then start it again.',
  }),
  'cloud.level_too_low': ({ need, level, nodes }) => ({
    message: `This needs level ${number(need)} on every PC; the cloud is at ${number(level)}${nodes.length > 0 ? ` because of ${formatList(nodes, 'en')}` : ''}.`,
    hint: 'Bring every PC of the cloud to the same version, then try again.',
  }),
  'cloud.full': ({ nodes }) => ({
    message: `The cloud has all of the ${number(nodes)} PCs that it can have.`,
    hint: 'Retire a PC that is no longer there.',
  }),
  'cloud.authority_set': ({ name }) => ({
    message: `The cloud "${name}" has its certificate authority already.`,
    hint: 'Nothing is left to do.',
  }),
  'cloud.wrong_power': ({ state, action }) => ({
    message: `The cloud cannot be ${word(powerActions, action)} now: it is ${word(powers, state)}.`,
    hint: 'Look under Nodes for what it does now.',
  }),
  'cloud.not_on': ({ state }) => ({
    message: `No lab starts now: the cloud is ${word(powers, state)}.`,
    hint: 'Try again when an administrator has started the cloud.',
  }),
  'join.too_many_tokens': ({ limit }) => ({
    message: `There are ${number(limit)} invitations already, which is as many as can be kept.`,
    hint: 'Let those that are out expire, or make one that several PCs may use.',
  }),
  'sharing.off': () => ({
    message: 'Sharing a PC makes no difference in this cloud, so there is nothing to decline.',
    hint: 'Nothing is left to do.',
  }),
  'sharing.shares': ({ node }) => ({
    message: `You share the PC "${node}" already.`,
    hint: 'To stop, empty it and take it out under Share this PC.',
  }),
} satisfies Partial<Catalogue<StateErrors>>;
