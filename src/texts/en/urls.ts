/** Files behind an address on the web. */
import type { UrlErrors } from '../../images/errors.ts';
import type { Catalogue } from '../sentence.ts';
import { bytes } from './figures.ts';

const KINDS: Readonly<Record<string, string>> = {
  private: 'an address of a private network',
  loopback: 'the PC itself',
  'link-local': 'an address that is never on the web',
  reserved: 'an address that is never on the web',
  cloud: 'a PC of this cloud',
};
const REASONS: Readonly<Record<string, string>> & { readonly syntax: string } = {
  syntax: 'It is not written as an address.',
  scheme: 'Only addresses that begin with https:// or http:// can be fetched.',
  password: 'An address with a name and password in it is not taken: others would see them.',
};

/** What a PC's own system says of a connection that did not come about. */
const CONNECTIONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'nobody knows this name',
  EAI_AGAIN: 'nobody answers who knows names',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it breaks the connection off',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'nothing comes back',
};

export const urlErrors: Catalogue<UrlErrors> = {
  'images.url_invalid': ({ reason }) => ({
    message: REASONS[reason] ?? REASONS.syntax,
    hint: 'Write it as https://example.org/disk.qcow2.',
  }),
  'images.url_forbidden': ({ host, address, kind }) => ({
    message: `"${host}" stands for ${address}, ${KINDS[kind] ?? 'an address that is never on the web'}: nothing is fetched from there.`,
    hint:
      kind === 'private' || kind === 'loopback' || kind === 'cloud'
        ? 'Send the file instead. An administrator can allow such addresses: the setting import.allow_private.'
        : 'Take an address on the web, or send the file instead.',
  }),
  'images.url_unreachable': ({ host, reason }) => ({
    message: `"${host}" does not answer (${CONNECTIONS[reason] ?? reason}), also after several tries.`,
    hint: 'Check the address, and whether this PC reaches the internet. Then import again.',
  }),
  'images.url_untrusted': ({ host, reason }) => ({
    message: `"${host}" could not prove that it is who it says (${reason}).`,
    hint: 'Check the address and the clock of this PC. Somebody may be in between: do not use http instead.',
  }),
  'images.url_redirects': ({ host, limit }) => ({
    message: `"${host}" sends on to other addresses more than ${limit} times.`,
    hint: 'Open the address in a browser and take the one at which the file really is.',
  }),
  'images.url_status': ({ host, status }) => ({
    message:
      status === 404 || status === 410
        ? `There is no file at this address of "${host}".`
        : status === 401 || status === 403
          ? `"${host}" gives this file only to people who are signed in there.`
          : `"${host}" answers with an error (${status}).`,
    hint: 'Open the address in a browser to see whether it is right.',
  }),
  'images.url_html': ({ host }) => ({
    message: `At this address of "${host}" is a page for people, not a file.`,
    hint: 'Open it in a browser and copy the address of the download itself.',
  }),
  'images.url_encoded': ({ host, encoding }) => ({
    message: `"${host}" sends the file packed (${encoding}), which nobody asked for.`,
    hint: 'Download the file yourself and send it here.',
  }),
  'images.url_empty': ({ host }) => ({
    message: `The file at this address of "${host}" is empty.`,
    hint: 'Check the address.',
  }),
  'images.url_too_large': ({ bytes: size, limitBytes }) => ({
    message: `The file has ${bytes(size)} or more; ${bytes(limitBytes)} are allowed.`,
    hint: 'Take a smaller image, or ask an administrator to allow larger ones.',
  }),
  'images.url_broken': ({ host, done, tries }) => ({
    message: `The file from "${host}" broke off at ${bytes(done)}, ${tries} times in a row.`,
    hint: 'Try again later, or another mirror.',
  }),
  'images.url_changed': ({ host }) => ({
    message: `The file at "${host}" became another one while it was fetched.`,
    hint: 'Import again.',
  }),
  'images.url_wrong_sum': ({ expected, actual }) => ({
    message: `The file is not the expected one: its SHA-256 is ${actual.slice(0, 16)}…, not ${expected.slice(0, 16)}….`,
    hint: 'Check the sum and the address. Do not use the file if the sum came from its maker.',
  }),
};
