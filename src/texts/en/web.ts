import type { WebErrors } from '../../web/errors.ts';
import { formatBytes, formatDuration } from '../format.ts';
import type { Catalogue } from '../sentence.ts';

const CSV_REASONS = {
  quote: 'a quotation mark is opened and never closed',
  columns: 'it has another number of columns than the first line',
  empty: 'there are no lines under the column names',
  no_name: 'the first line names no column "name"',
  lines: 'there are too many lines for one file',
} as const;

/** Sentences for the codes of `web/`. */
export const webErrors: Catalogue<WebErrors> = {
  'web.fault': (d) => ({
    message: 'Something went wrong on our side, and nothing was changed on purpose.',
    hint: `Try again. If it happens again, give an administrator this number: ${d.id}.`,
  }),
  'web.not_found': (d) => ({
    message: `There is nothing at ${d.path}.`,
    hint: 'Check the address, or start from the first page.',
  }),
  'web.method': (d) => ({
    message: `This address does not take ${d.method}.`,
    hint: `It takes ${d.allowed.join(', ')}.`,
  }),
  'web.media_type': (d) => ({
    message: `This address does not take content of the type "${d.got || 'none'}".`,
    hint: `Send ${d.expected}.`,
  }),
  'web.body': (d) => ({
    message: `What was sent could not be read: ${d.reason}.`,
    hint: 'Correct it and send it again.',
  }),
  'web.too_large': (d) => ({
    message: 'What was sent is larger than this address takes.',
    hint: `Send at most ${formatBytes(d.limitBytes, 'en')} at once.`,
  }),
  'web.timeout': (d) => ({
    message: `This was not answered within ${formatDuration(d.seconds * 1000, 'en')}, so we stopped waiting.`,
    hint: 'It may still be carried out: look at the list before you try again.',
  }),
  'web.busy': (d) => ({
    message: `Too much is asked of this PC at once (at most ${d.limit}).`,
    hint: 'Wait a moment and try again, or use the page of another PC.',
  }),
  'web.host': (d) => ({
    message: `This PC does not answer to the name "${d.host}" without encryption.`,
    hint: 'Open http://localhost with the port, or the https address.',
  }),
  'web.csrf': () => ({
    message: 'The form was opened in another session, so it was not carried out.',
    hint: 'Reload the page and send the form again.',
  }),
  'web.origin': (d) => ({
    message: `The request was started by another site ("${d.origin}"), so it was not carried out.`,
    hint: 'If you meant it, do it from the page of labmesh itself.',
  }),
  'web.range': (d) => ({
    message: `"${d.field}" is out of bounds.`,
    hint: `Choose from ${d.min} to ${d.max}.`,
  }),
  'web.control_only': () => ({
    message: 'Files of the PC can only be named by root on that PC.',
    hint: 'Run the command on the PC itself, or upload the file.',
  }),
  'web.sign_in': () => ({
    message: 'There is no account with this name and password.',
    hint: 'Check both, and whether Caps Lock is on. Teachers and administrators can set a new password.',
  }),
  'web.sign_in_limit': (d) => ({
    message: 'There were too many failed attempts to sign in.',
    hint: `Wait ${formatDuration(d.seconds * 1000, 'en')} and try again.`,
  }),
  'web.password': () => ({
    message: 'The present password is not right.',
    hint: 'Type the password with which you signed in.',
  }),
  'web.password_short': (d) => ({
    message: 'The password is too short.',
    hint: `Take at least ${d.min} characters; a few words in a row are easy to remember.`,
  }),
  'web.password_long': (d) => ({
    message: 'The password is too long.',
    hint: `Take at most ${d.max} characters.`,
  }),
  'web.password_name': () => ({
    message: 'The password is the name of the account.',
    hint: 'Take one that nobody guesses.',
  }),
  'web.password_same': () => ({
    message: 'The new password is the present one.',
    hint: 'Take another.',
  }),
  'web.csv': (d) => ({
    message: `The list cannot be read at line ${d.line}: ${CSV_REASONS[d.reason]}.`,
    hint: `Save it as CSV with the columns name, full name, role; at most ${d.limit} lines. Nothing was added.`,
  }),
  'web.ticket': () => ({
    message: 'This way into the console has been used, has expired, or is not yours.',
    hint: 'Open the console again from the page of the VM.',
  }),
  'web.upgrade': () => ({
    message: 'A console is opened as a WebSocket.',
    hint: 'Open it from the page of the VM.',
  }),
  'web.port_taken': (d) => ({
    message: `Port ${d.port} on ${d.host} is used by another program.`,
    hint: 'End that program, or give another port: --web ADDRESS:PORT, --local-http PORT (0 takes a free one).',
  }),
  'web.port_privileged': (d) => ({
    message: `Port ${d.port} may only be opened by root.`,
    hint: 'Start the node as root, or give a port above 1023.',
  }),
  'web.address_unknown': (d) => ({
    message: `This PC does not have the address ${d.host}.`,
    hint: 'Give one of its own addresses, or 0.0.0.0 for all of them.',
  }),
  'web.not_loopback': (d) => ({
    message: `Plain HTTP is served to this PC alone, not at ${d.host}.`,
    hint: 'Use the https address for other PCs.',
  }),
  'web.listen_failed': (d) => ({
    message: `The page could not be opened at ${d.host}, port ${d.port}: ${d.reason}.`,
    hint: 'Give another address or port.',
  }),
  'web.socket_taken': (d) => ({
    message: `Another node answers at ${d.path}.`,
    hint: 'Stop it first, or give this node its own folder with --data.',
  }),
  'web.certificate': (d) => ({
    message: `The certificate in ${d.path} cannot be used: ${d.reason}.`,
    hint: 'Give a certificate and its key as PEM, or leave the option out to use the authority of the cloud.',
  }),
  'node.unreachable': (d) => ({
    message: `${d.node} has not answered for ${formatDuration(d.seconds * 1000, 'en')}; its labs may still be running there.`,
    hint: 'Check that it is on and connected; it comes back by itself.',
  }),
  'node.lost': (d) => ({
    message: `${d.node} has not answered for ${formatDuration(d.seconds * 1000, 'en')} and counts as lost.`,
    hint: 'Switch it on; if it never comes back, retire it.',
  }),
  'node.joining': (d) => ({
    message: `${d.node} was let in and has not yet said what it can give.`,
    hint: 'This takes seconds; if it lasts, look at the terminal of that PC.',
  }),
  'node.draining': (d) => ({
    message:
      d.vms === 0
        ? `${d.node} runs nothing any more and is about to be empty.`
        : `${d.vms === 1 ? 'One lab runs' : `${d.vms} labs run`} on ${d.node} still; ${
            d.seconds > 0
              ? `what runs in ${formatDuration(d.seconds * 1000, 'en')} is suspended.`
              : 'all are being suspended.'
          }`,
    hint: 'Wait until it is empty before you switch it off, or let it run labs again.',
  }),
  'name.ambiguous': (d) => ({
    message: `"${d.name}" could mean any of ${d.count}.`,
    hint: 'Give the whole id; the list shows it.',
  }),
  'access.must_change_password': () => ({
    message: 'This account still has the password that somebody else gave it.',
    hint: 'Choose a password of your own; then everything else opens.',
  }),
};
