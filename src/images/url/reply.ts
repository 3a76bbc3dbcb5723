/** One request to an address on the web: to a PC whose address was looked at, and to no other. */
import { lookup } from 'node:dns/promises';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { ImagesError } from '../errors.ts';
import { kindOfAddress } from './address.ts';

/** Name and connection: a server that has not answered by then is down. */
const ANSWER_MS = 20_000;
/** Of the addresses of one name, so many are tried. */
const MAX_ADDRESSES = 4;

export interface Reach {
  /** Private and loopback addresses may be asked; without it only public ones. Link-local and reserved ones never. */
  readonly allowPrivate: boolean;
  /** Whether an address is one of this cloud's PCs. */
  readonly isOurs: (address: string) => boolean;
  /** Every address of a name. Default: the PC's resolver. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Certificates to trust beside the PC's own, as PEM. */
  readonly ca?: string;
}

export interface Reply {
  readonly url: URL;
  readonly status: number;
  readonly message: IncomingMessage;
  /** Ends the connection. */
  close(): void;
}

/** A text that people typed or a server sent as an address to fetch from. @throws ImagesError `images.url_invalid` */
export function checkedUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null) throw new ImagesError('images.url_invalid', { reason: 'syntax' });
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ImagesError('images.url_invalid', { reason: 'scheme' });
  if (url.username !== '' || url.password !== '')
    throw new ImagesError('images.url_invalid', { reason: 'password' });
  return url;
}

/**
 * Asks once, follows nothing.
 * @throws ImagesError `images.url_forbidden`, `images.url_unreachable`, `images.url_untrusted`
 */
export async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  reach: Reach,
  signal: AbortSignal,
): Promise<Reply> {
  const addresses = await allowedAddresses(url, reach, signal);
  let last: unknown = null;
  for (const address of addresses.slice(0, MAX_ADDRESSES)) {
    signal.throwIfAborted();
    try {
      return await askAt(address, url, headers, reach, signal);
    } catch (error) {
      signal.throwIfAborted();
      last = error;
    }
  }
  throw namedFault(url, last);
}

/** The addresses of the name that may be asked. All are looked at, now: the connection goes to one of these and is not resolved again. */
async function allowedAddresses(url: URL, reach: Reach, signal: AbortSignal): Promise<string[]> {
  const host = bareHost(url);
  const all = isIP(host) > 0 ? [host] : await resolved(url, host, reach, signal);
  const kinds = all.map((address) => ({ address, kind: kindFor(address, reach) }));
  const allowed = kinds.filter(({ kind }) => kind === null).map(({ address }) => address);
  if (allowed.length > 0) return allowed;
  const [first] = kinds;
  if (!first) throw new ImagesError('images.url_unreachable', { host: url.host, reason: 'ENOTFOUND' });
  throw new ImagesError('images.url_forbidden', {
    host: url.host,
    address: first.address,
    kind: first.kind ?? 'reserved',
  });
}

/** Why an address may not be asked; null: it may. */
function kindFor(address: string, { allowPrivate, isOurs }: Reach): string | null {
  const kind = kindOfAddress(address);
  if (kind === 'link-local' || kind === 'reserved') return kind;
  if (allowPrivate) return null;
  if (kind !== 'public') return kind;
  return isOurs(address) ? 'cloud' : null;
}

async function resolved(
  url: URL,
  host: string,
  reach: Reach,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const resolve = reach.resolve ?? systemAddresses;
  try {
    return await within(resolve(host), ANSWER_MS, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw namedFault(url, error);
  }
}

async function systemAddresses(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function askAt(
  address: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  { ca }: Reach,
  signal: AbortSignal,
): Promise<Reply> {
  const host = bareHost(url);
  const isSecure = url.protocol === 'https:';
  const options = {
    host: address,
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    method: 'GET',
    agent: false as const,
    // The name goes along: for the server's choice of site, and for its certificate.
    headers: { ...headers, Host: url.host },
    ...(isSecure && isIP(host) === 0 ? { servername: host } : {}),
    ...(isSecure && ca !== undefined ? { ca } : {}),
  };
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const asked: ClientRequest = isSecure ? requestHttps(options) : requestHttp(options);
  const close = () => void asked.destroy();
  const giveUp = () => {
    close();
    reject(signal.aborted ? signal.reason : Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
  };
  const timer = setTimeout(giveUp, ANSWER_MS);
  signal.addEventListener('abort', giveUp, { once: true });
  const settle = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  };
  asked.on('error', (error) => {
    settle();
    reject(error);
  });
  asked.on('response', (message) => {
    settle();
    message.on('error', () => {}); // whoever reads it is told by the reading
    resolve({ url, status: message.statusCode ?? 0, message, close });
  });
  asked.end();
  return promise;
}

const bareHost = (url: URL) => url.hostname.replace(/^\[(.*)\]$/, '$1');

/** Turns what the PC says into one of ours. */
function namedFault(url: URL, error: unknown): ImagesError {
  if (error instanceof ImagesError) return error;
  const { host } = url;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = (code || String(error)).slice(0, 100);
  // OpenSSL's names: SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_HAS_EXPIRED …
  if (/CERT|VERIFY|ERR_TLS|ISSUER/.test(code))
    return new ImagesError('images.url_untrusted', { host, reason });
  return new ImagesError('images.url_unreachable', { host, reason });
}

async function within<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  const giveUp = () =>
    late.reject(
      signal.aborted ? signal.reason : Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }),
    );
  const timer = setTimeout(giveUp, ms);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
