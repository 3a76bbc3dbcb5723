import type { CliErrors } from '../../cli/errors.ts';
import { formatDuration, formatNumber } from '../format.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import { states } from './words.ts';

const labs = (vms: number) => (vms === 1 ? 'one lab runs' : `${formatNumber(vms, 'en')} labs run`);
const seconds = (value: number) => formatDuration(value * 1000, 'en');

export const cliErrors = {
  'cli.usage': ({ problem, command }) => ({
    message: problem,
    hint: `"${command} --help" shows how it is used.`,
  }),
  'cli.no_node': ({ data }) => ({
    message: `No node of labmesh runs on this PC (data folder ${data}).`,
    hint: 'Start it with "labmesh up", name its folder with --data DIR, or ask another PC with --url and --token.',
  }),
  'cli.socket_denied': ({ socket }) => ({
    message: `This account may not command the node of this PC: ${socket} is closed to it.`,
    hint: 'Run the command as root ("sudo labmesh …"), or use --url and --token with a token of your own.',
  }),
  'cli.unreachable': ({ url, reason }) => ({
    message: `Nothing answers at ${url} (${reason}).`,
    hint: 'Check the address, that the PC is on, and that no firewall is between; any other PC of the cloud will do.',
  }),
  'cli.untrusted': ({ url, reason }) => ({
    message: `The certificate of ${url} is not one that this PC trusts (${reason}).`,
    hint: "Copy the cloud's certificate DIR/tls/authority.pem from a PC that you trust and pass it with --ca FILE (or LABMESH_CA).",
  }),
  'cli.connection_lost': ({ url }) => ({
    message: `The connection to ${url} ended before the answer was complete.`,
    hint: 'Look at what was done ("labmesh operation ls") before you try again.',
  }),
  'cli.strange_answer': ({ url, status, what }) => ({
    message: `What answers at ${url} does not speak like labmesh (status ${status}: ${what}).`,
    hint: "Check the address and its port; it must be a labmesh node's, of the same version as this command.",
  }),
  'cli.request_timeout': ({ url, seconds: after }) => ({
    message: `${url} did not answer within ${seconds(after)}.`,
    hint: 'Try again, with a longer --timeout if the PC is busy; "labmesh doctor" there says what ails it.',
  }),
  'cli.wait_timeout': ({ seconds: after, operation }) => ({
    message: `Not done after ${seconds(after)}. The work goes on as operation ${operation}.`,
    hint: `Follow it with "labmesh operation show ${operation}".`,
  }),
  'cli.token_missing': ({ url }) => ({
    message: `${url} asks who you are, and no token was given.`,
    hint: 'Make a token on your page under Account, and pass it with --token T or in LABMESH_TOKEN.',
  }),
  'cli.file_missing': ({ file }) => ({
    message: `There is no file ${file}.`,
    hint: 'Check the path.',
  }),
  'cli.file_unreadable': ({ file, reason }) => ({
    message: `The file ${file} cannot be read (${reason}).`,
    hint: 'Check that it is a file and that this account may read it.',
  }),
  'cli.file_unwritable': ({ file, reason }) => ({
    message: `The file ${file} cannot be written (${reason}).`,
    hint: 'Choose a folder in which this account may write, and a name that is free.',
  }),
  'cli.file_changed': ({ file }) => ({
    message: `The file ${file} changed while it was being sent.`,
    hint: 'Wait until nothing writes to it, then import it again.',
  }),
  'cli.local_only': ({ command }) => ({
    message: `"${command}" works with files of the PC itself and cannot be done through --url.`,
    hint: 'Run it on the PC, as root, without --url.',
  }),
  'cli.password_empty': () => ({
    message: 'No password was given.',
    hint: 'Type one, or send it as one line with --password-stdin.',
  }),
  'cli.password_differs': () => ({
    message: 'The two passwords differ.',
    hint: 'Type the same one twice.',
  }),
  'cli.no_terminal': ({ option }) => ({
    message: 'A password is asked for, and there is no terminal to ask on.',
    hint: `Send it as one line of input with ${option}.`,
  }),
  'cli.users_partly': ({ added, refused }) => ({
    message: `${formatNumber(added, 'en')} people were added, ${formatNumber(refused, 'en')} were refused.`,
    hint: 'Mend the lines that were refused and import the file again; those who are in it stay as they are.',
  }),
  'cli.image_damaged': ({ image, checked, damaged, mended }) => ({
    message: `The image "${image}" was damaged: ${formatNumber(damaged, 'en')} of ${formatNumber(checked, 'en')} pieces were not what they were. ${mended === damaged ? 'They came anew from another PC: it is whole again.' : 'No other PC has them.'}`,
    hint:
      mended === damaged
        ? 'If it happens again, the disk of this PC is wearing out: replace it.'
        : 'Import it again under another name and use that one; then check the disk of this PC.',
  }),
  'cli.doctor_faults': ({ faults }) => ({
    message:
      faults === 1 ? 'One check found a fault.' : `${formatNumber(faults, 'en')} checks found a fault.`,
    hint: 'Each line above says how to mend it.',
  }),
  'cli.node_running': ({ data }) => ({
    message: `A node runs with the data folder ${data}.`,
    hint: 'Stop it first, or name another, empty folder with --data DIR.',
  }),
  'cli.drain_timeout': ({ node, seconds: after, vms }) => ({
    message: `${node} is not empty after ${seconds(after)}: ${labs(vms)} still there. It goes on emptying itself.`,
    hint: `"labmesh node show ${node}" lists what blocks it; "labmesh node undrain ${node}" calls it off.`,
  }),
  'cli.drain_cancelled': ({ node, state }) => ({
    message: `${node} is not being emptied any more: it is ${word(states, state)}.`,
    hint: 'Somebody called it off; ask them, or drain the PC again.',
  }),
  'cli.shutdown_timeout': ({ seconds: after, vms }) => ({
    message: `The cloud is not off after ${seconds(after)}: ${labs(vms)} still there. It goes on switching off.`,
    hint: 'Look again with "labmesh status"; "labmesh cloud startup" calls it off.',
  }),
  'cli.shutdown_cancelled': () => ({
    message: 'The cloud is not being switched off any more.',
    hint: 'Somebody started it again; ask them, or shut it down again.',
  }),
  'cli.not_confirmed': ({ command }) => ({
    message: `"${command}" was not confirmed; nothing was done.`,
    hint: 'Answer yes at the terminal, or add --yes when you are sure.',
  }),
  'cli.away': ({ node, name }) => ({
    message: `${node}, where "${name}" is, does not answer: it is done when that PC is back.`,
    hint: 'Ctrl-C ends the waiting only; it stays asked for.',
  }),
  'cli.queued': ({ position, at, why }) => ({
    message: `Number ${formatNumber(position, 'en')} in line, ${at === null ? 'nobody can say yet when' : `about ${at}`}.${why === '' ? '' : ` ${why}`}`,
    hint: 'Ctrl-C ends the waiting, not the request; "labmesh request ls" shows it.',
  }),
  'cli.cancelled': ({ operation }) => ({
    message: `Operation ${operation} was cancelled.`,
    hint: 'A newer wish took its place; look at "labmesh operation ls".',
  }),
} satisfies Catalogue<CliErrors>;
