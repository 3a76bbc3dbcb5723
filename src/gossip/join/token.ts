/**
 * A join token: one line that a person copies from a page to another PC's terminal. It says where the cloud is, which cloud it is, and
 * proves (through `proof.ts`, never by being sent) that its bearer was invited.
 *
 * Form: `LM1-` and Crockford's base 32 (no I, L, O, U; case, hyphens, spaces and line breaks do not matter when it is read) of: cloud id
 * (16 bytes of a ULID), token id (16), secret (16), number of addresses, each address (type 4 or 6, bytes, port), and the first 4 bytes
 * of the SHA-256 of all that, so that a slip of the hand is told from a wrong token.
 */
import { createHash, randomBytes } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { GossipError } from '../errors.ts';
import { fromBase32, fromUlid, toBase32, toUlid } from './base32.ts';
import { ipBytes, ipText } from './ip.ts';

const PREFIX = 'LM';
const VERSION = 1;
const CHECK_BYTES = 4;
const ID_BYTES = 16;
/** 128 bits: nobody guesses it, and the line stays copyable. */
const SECRET_BYTES = 16;
/** A few nodes are enough to begin with; more would make the line too long to copy. */
const MAX_TOKEN_ADDRESSES = 4;
/** Longer than any token with its separators: nothing longer is looked at. */
const MAX_TEXT = 1_000;

export interface TokenAddress {
  readonly ip: string;
  /** Of the join door. */
  readonly port: number;
}

export interface JoinToken {
  readonly cloudId: string;
  /** By which the state knows the token; not secret. */
  readonly tokenId: string;
  readonly secret: Uint8Array;
  readonly addresses: readonly TokenAddress[];
}

/** A new secret. */
export function newSecret(): Uint8Array {
  return new Uint8Array(randomBytes(SECRET_BYTES));
}

/**
 * What the state keeps of a token's secret: enough to check a proof, useless as a token.
 * @returns 64 hexadecimal digits
 */
export function verifierOf(secret: Uint8Array): string {
  return createHash('sha256').update('labmesh join verifier 1\0').update(secret).digest('hex');
}

/** @throws GossipError `join.token_malformed` when there is no address, too many, or one that is none */
export function formatToken({ cloudId, tokenId, secret, addresses }: JoinToken): string {
  const isUsable = ({ ip, port }: TokenAddress) =>
    (isIPv4(ip) || isIPv6(ip)) && Number.isInteger(port) && port > 0 && port < 65_536;
  if (addresses.length === 0 || addresses.length > MAX_TOKEN_ADDRESSES || !addresses.every(isUsable))
    throw new GossipError('join.token_malformed', { reason: 'address' });
  const places = addresses.map(({ ip, port }) => {
    const bytes = ipBytes(ip);
    return Buffer.from([bytes.length === 4 ? 4 : 6, ...bytes, port >> 8, port & 255]);
  });
  const body = Buffer.concat([
    fromUlid(cloudId),
    fromUlid(tokenId),
    secret,
    Buffer.from([places.length]),
    ...places,
  ]);
  return `${PREFIX}${VERSION}-${toBase32(Buffer.concat([body, checksum(body)]))}`;
}

/** @throws GossipError `join.token_malformed`, `join.token_too_new` */
export function parseToken(text: string): JoinToken {
  const fail = (reason: 'prefix' | 'characters' | 'checksum' | 'length' | 'address') =>
    new GossipError('join.token_malformed', { reason });
  if (text.length > MAX_TEXT) throw fail('length');
  const plain = text.replace(/[\s-]/g, '').toUpperCase();
  const found = /^LM(\d)(.*)$/.exec(plain);
  if (found === null) throw fail('prefix');
  const version = Number(found[1]);
  if (version > VERSION) throw new GossipError('join.token_too_new', { found: version, supported: VERSION });
  const bytes = fromBase32(found[2] ?? '');
  if (bytes === null) throw fail('characters');
  if (bytes.length < 3 * ID_BYTES + 1 + CHECK_BYTES) throw fail('length');
  const body = bytes.subarray(0, -CHECK_BYTES);
  if (!checksum(body).equals(bytes.subarray(-CHECK_BYTES))) throw fail('checksum');
  const addresses = readAddresses(body.subarray(3 * ID_BYTES));
  if (addresses === null) throw fail('address');
  return {
    cloudId: toUlid(body.subarray(0, ID_BYTES)),
    tokenId: toUlid(body.subarray(ID_BYTES, 2 * ID_BYTES)),
    secret: new Uint8Array(body.subarray(2 * ID_BYTES, 3 * ID_BYTES)),
    addresses,
  };
}

function checksum(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest().subarray(0, CHECK_BYTES);
}

function readAddresses(bytes: Uint8Array): TokenAddress[] | null {
  const addresses: TokenAddress[] = [];
  let at = 1;
  for (let n = 0; n < (bytes[0] ?? 0); n++) {
    const length = bytes[at] === 4 ? 4 : bytes[at] === 6 ? 16 : 0;
    const end = at + 1 + length + 2;
    if (length === 0 || end > bytes.length || n >= MAX_TOKEN_ADDRESSES) return null;
    const port = (bytes[end - 2] ?? 0) * 256 + (bytes[end - 1] ?? 0);
    addresses.push({ ip: ipText(bytes.subarray(at + 1, at + 1 + length)), port });
    at = end;
  }
  return at === bytes.length && addresses.length > 0 ? addresses : null;
}
