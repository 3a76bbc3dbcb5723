/** Copies of images on PCs: refusals, and how deployments ended. */
import type { ReplicaErrors } from '../../state/index.ts';
import { formatTime } from '../format.ts';
import type { Catalogue } from '../sentence.ts';
import { listed, number } from './figures.ts';

const pcs = (value: number) => `${number(value)} ${value === 1 ? 'PC' : 'PCs'}`;

export const replicaErrors = {
  'image.delete_edited': ({ name, user, until }) => ({
    message: `${user} is changing the image "${name}", until ${formatTime(until, 'en')} unless they ask for longer.`,
    hint: 'Let them publish or give up their changes first.',
  }),
  'image.not_on_node': ({ image, node }) => ({
    message: `The PC "${node}" has no copy of the image "${image}".`,
    hint: 'The page of the image shows which PCs have one.',
  }),
  'image.used_there': ({ image, node, vms, count }) => ({
    message: `The copy of "${image}" on "${node}" is needed by ${listed(vms, count)}.`,
    hint: count === 1 ? 'Delete this lab first.' : 'Delete these labs first.',
  }),
  'image.last_copies': ({ image, copies }) => ({
    message: `The image "${image}" is kept on ${pcs(copies)} for safety, and no other PC could take this copy's place.`,
    hint: 'Switch on or add another PC. How many copies are kept is a setting of the cloud: image.copies.',
  }),
  'image.no_node_left': ({ image, asked, nodes }) => ({
    message: `The image "${image}" cannot be put on ${pcs(asked)}: ${number(nodes)} could have it now.`,
    hint: 'Ask for fewer copies, or add a PC.',
  }),
  'image.version_current': ({ image, number: version }) => ({
    message: `Version ${number(version)} of "${image}" is the one that new labs take.`,
    hint: 'Let new labs take another version first, or delete the image.',
  }),
  'image.version_in_use': ({ image, number: version, vms }) => ({
    message: `Version ${number(version)} of "${image}" is still needed${vms > 0 ? ` by ${number(vms)} ${vms === 1 ? 'lab' : 'labs'}` : ''}.`,
    hint: 'Delete the labs that were made from it first.',
  }),
  'image.version_leaving': ({ image, number: version }) => ({
    message: `Version ${number(version)} of "${image}" is being deleted already.`,
    hint: 'PCs that are off delete their copy when they are back. Nothing is left to do.',
  }),
  'image.deploy_not_running': ({ image }) => ({
    message: `The image "${image}" is not being copied to PCs now.`,
    hint: 'Nothing is left to do.',
  }),
  'image.deploy_partly': ({ image, done, total, nodes, count }, say) => {
    const each = nodes.map(({ node, cause }) =>
      node === '' ? say(cause).message : `${node}: ${say(cause).message}`,
    );
    const more = count > nodes.length ? ` And ${pcs(count - nodes.length)} more.` : '';
    return {
      message: `${number(done)} of ${pcs(total)} have "${image}". ${each.join(' ')}${more}`,
      hint: 'What is there stays. The other PCs try again by themselves, as soon as they can.',
    };
  },
  'image.remove_waits': ({ image, nodes, count }) => ({
    message: `"${image}" is deleted, but for ${listed(nodes, count)}, which ${count === 1 ? 'does' : 'do'} not answer.`,
    hint: 'The rest is deleted as soon as they are back. A PC that never comes back can be taken out of the cloud.',
  }),
  'image.node_away': () => ({
    message: 'It does not answer.',
    hint: 'It gets its copy when it is back.',
  }),
  'image.no_more_nodes': ({ copies }) => ({
    message: `For ${number(copies)} more ${copies === 1 ? 'copy' : 'copies'} no PC is left that is on and has room.`,
    hint: 'Switch on or add a PC, or make room on one.',
  }),
} satisfies Catalogue<ReplicaErrors>;
