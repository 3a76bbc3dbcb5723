/** What a server says of the file it sends, read with mistrust. */
import type { IncomingHttpHeaders } from 'node:http';
import { ImagesError } from '../errors.ts';
import type { Reply } from './reply.ts';

export interface FileFacts {
  /** Of the whole file; null: the server does not say. */
  readonly total: number | null;
  /** Names this state of the file, for going on after a break; null: it cannot be gone on with. */
  readonly validator: string | null;
}

/** Of a whole answer (200). @throws ImagesError `images.url_html`, `images.url_encoded` */
export function factsOf({ url, message }: Reply): FileFacts {
  const { headers } = message;
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === 'text/html' || type === 'application/xhtml+xml')
    throw new ImagesError('images.url_html', { host: url.host });
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity')
    throw new ImagesError('images.url_encoded', { host: url.host, encoding: encoding.slice(0, 40) });
  return { total: count(headers['content-length']), validator: validatorOf(headers) };
}

/** A strong tag, or a time that is older than the answer: one that still changes names nothing. */
function validatorOf({ etag, date, 'last-modified': modified }: IncomingHttpHeaders): string | null {
  if (etag !== undefined && /^"[\x21\x23-\x7e]*"$/.test(etag)) return etag;
  if (modified === undefined || date === undefined) return null;
  return Date.parse(date) - Date.parse(modified) >= 60_000 ? modified : null;
}

/** Where a part of the file (206) begins, and how large the whole is; null for what cannot be read. */
export function rangeOf({ message }: Reply): { from: number; total: number | null } | null {
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(message.headers['content-range'] ?? '');
  if (!found) return null;
  const total = found[3] === '*' ? null : Number(found[3]);
  return { from: Number(found[1]), total };
}

/** Null for what is left out, or no count of bytes that could be true. */
function count(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The start of a page for people, whatever the server calls it. */
export function looksLikeHtml(bytes: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 512));
  return /^\s*<(?:!doctype\s+html|html|head|body)[\s>]/i.test(text);
}
