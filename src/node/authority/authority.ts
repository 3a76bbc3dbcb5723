/**
 * The cloud's certificate authority as this node has a part in it: its own TLS key and certificate, what it trusts, and, on voters
 * only, the authority's key. One object for the life of the node; what it holds in memory is what the files of DATA/tls say.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hostNameOf } from '../../gossip/index.ts';
import type { Logger } from '../../state/index.ts';
import { NodeError } from '../errors.ts';
import { AUTHORITY, AUTHORITY_KEY, CERTIFICATE, KEY, TlsFolder } from './files.ts';
import { certificateMaker } from './load.ts';
import { grantedNames, namesOf } from './names.ts';
import { certificateOf, certificatesOf, keyOf } from './pem.ts';

/** A node's certificate is made anew when less than this is left: a PC that is off over the summer still starts with a valid one. */
const RENEW_BEFORE_MS = 120 * 86_400_000;
/** A request with 64 long names has 18 KiB; certificates are no longer. */
const MAX_PEM_LENGTH = 32_768;

export interface AuthorityOptions {
  readonly dataDir: string;
  readonly nodeId: string;
  /** Part of the authority's name when one is made. */
  readonly cloudName: string;
  /** Host names and addresses beside those that the PC itself knows: what `--advertise` says. */
  readonly names: readonly string[];
  readonly now: () => number;
  readonly logger: Logger;
}

/** What TLS servers and clients of this node show and trust, as PEM. */
export interface NodeCertificate {
  /** The node's certificate and, behind it, its issuer. */
  readonly cert: string;
  readonly key: string;
  /** What to believe others by: the authority, newest first while it is being changed. */
  readonly authority: string;
}

/**
 * Reads DATA/tls and makes the node's key where there is none.
 * @throws NodeError `authority.files`, `authority.damaged`: a new authority would make every browser warn, so none is made unasked
 */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const folder = new TlsFolder(options.dataDir);
  await folder.make();
  const authority = await folder.read(AUTHORITY);
  const authorityKey = await folder.read(AUTHORITY_KEY);
  const fail = (reason: string) => new NodeError('authority.damaged', { path: folder.path, reason });
  const trusted = authority === null ? [] : certificatesOf(authority);
  if (trusted === null) throw fail(`${AUTHORITY}: not PEM`);
  // A key alone is what a crash while founding leaves: `found` makes the certificate for it.
  if (authorityKey !== null && keyOf(authorityKey) === null) throw fail(`${AUTHORITY_KEY}: not PEM`);
  if (authorityKey !== null && authority !== null && !issuerOf(trusted, authorityKey))
    throw fail(`${AUTHORITY_KEY}: not the key of ${AUTHORITY}`);
  const key = await folder.read(KEY);
  if (key !== null && keyOf(key) !== null)
    return new Authority(options, folder, {
      key,
      authority,
      authorityKey,
      certificate: await folder.read(CERTIFICATE),
    });
  if (key !== null) options.logger.warn('the TLS key of this node was damaged and is made anew');
  const { makeKey } = await certificateMaker();
  const made = await makeKey();
  await folder.write(KEY, made);
  return new Authority(options, folder, { key: made, authority, authorityKey, certificate: null });
}

interface Held {
  readonly key: string;
  certificate: string | null;
  authority: string | null;
  authorityKey: string | null;
}

export class Authority {
  readonly #options: AuthorityOptions;
  readonly #folder: TlsFolder;
  readonly #held: Held;

  constructor(options: AuthorityOptions, folder: TlsFolder, held: Held) {
    this.#options = options;
    this.#folder = folder;
    this.#held = held;
  }

  /** The authority's certificate, several newest first; null until `found` or `install`. */
  get certificate(): string | null {
    return this.#held.authority;
  }

  /** Whether this node can sign. */
  get holdsKey(): boolean {
    return this.#held.authorityKey !== null;
  }

  /**
   * Makes the cloud's authority, or keeps the one that is here (also that of a cloud of the version before the mesh).
   * @returns its certificate, for the state
   * @param again after a recovery: the key is lost with those who held it, and another takes its place
   * @throws NodeError `authority.no_key` when this node trusts an authority whose key others hold
   */
  async found(again = false): Promise<string> {
    const { authority, authorityKey } = this.#held;
    if (authority !== null && authorityKey !== null) return authority;
    if (authority !== null && !again) throw new NodeError('authority.no_key', {});
    const { makeAuthority, makeKey } = await certificateMaker();
    const key = authorityKey ?? (await makeKey());
    // The key first: whatever ends this half-way, the next call goes on with the same one.
    await this.#folder.write(AUTHORITY_KEY, key);
    const made = await makeAuthority(key, this.#options.cloudName, this.#options.now());
    await this.#folder.write(AUTHORITY, made);
    this.#held.authority = made;
    this.#held.authorityKey = key;
    return made;
  }

  /** A request (PKCS#10, PEM) for this node's key and every name it may be asked for by. */
  async certificateRequest(): Promise<string> {
    const { makeRequest } = await certificateMaker();
    return makeRequest(this.#held.key, this.#names());
  }

  /**
   * Signs another node's request (or one's own): 397 days, for both sides of TLS.
   * @param nodeId who asks, as the mesh proved it: never what the request says
   * @param names further names to those in the request
   * @returns the certificate, PEM
   * @throws NodeError `authority.no_key`, `authority.expired`, `authority.request` with the reason
   */
  async sign(request: string, nodeId: string, names: readonly string[]): Promise<string> {
    const { authority, authorityKey } = this.#held;
    const issuer =
      authorityKey === null ? undefined : issuerOf(certificatesOf(authority ?? '') ?? [], authorityKey);
    if (issuer === undefined || authorityKey === null) throw new NodeError('authority.no_key', {});
    const now = this.#options.now();
    const expiredAt = issuer.validToDate.getTime();
    if (expiredAt <= now) throw new NodeError('authority.expired', { expiredAt });
    const { readRequest, signNode } = await certificateMaker();
    const refuse = (reason: string, cause?: unknown) =>
      new NodeError('authority.request', { nodeId, reason }, { cause });
    if (request.length > MAX_PEM_LENGTH) throw refuse(`it is longer than ${MAX_PEM_LENGTH} characters`);
    const asked = await readRequest(request).catch((error: unknown) => {
      throw refuse(error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read', error);
    });
    const granted = grantedNames(nodeId, [...asked.names, ...names]);
    if ('refused' in granted) throw refuse(granted.refused);
    const pair = { certificate: issuer.toString(), key: authorityKey };
    return signNode(pair, asked.publicKey, granted.names, now);
  }

  /**
   * Takes what an authority signed for this node.
   * @param authority as the state has it (`cloud.authority`): what this node trusts from now on
   * @throws NodeError `authority.certificate` with the reason; nothing is changed then
   */
  async install(certificate: string, authority: string): Promise<void> {
    const fail = (reason: string) => new NodeError('authority.certificate', { reason });
    if (certificate.length > MAX_PEM_LENGTH || authority.length > MAX_PEM_LENGTH)
      throw fail('it is too long');
    const trusted = certificatesOf(authority);
    if (trusted === null || !trusted.every((one) => one.ca)) throw fail('the authority cannot be read');
    const { authorityKey } = this.#held;
    if (authorityKey !== null && !issuerOf(trusted, authorityKey))
      throw fail('the authority is of another cloud');
    const why = this.#fault(certificate, trusted, this.#options.now());
    if (why !== null) throw fail(why);
    await this.#folder.write(AUTHORITY, authority);
    this.#held.authority = authority.trim();
    await this.#folder.write(CERTIFICATE, certificate);
    this.#held.certificate = certificate.trim();
  }

  /** What to serve and connect with; null while there is none that others would believe. */
  current(): NodeCertificate | null {
    const { certificate, key, authority } = this.#held;
    if (certificate === null || authority === null) return null;
    const trusted = certificatesOf(authority) ?? [];
    if (this.#fault(certificate, trusted, this.#options.now()) !== null) return null;
    const issuer = trusted.find((one) => certificateOf(certificate)?.verify(one.publicKey));
    return { cert: `${certificate}\n${issuer?.toString().trim() ?? ''}`, key, authority };
  }

  /** Whether to ask for another: none, soon over, of an authority that is being replaced, or names of the PC are missing in it. */
  needsRenewal(now: number = this.#options.now()): boolean {
    const { certificate, authority } = this.#held;
    const newest = certificatesOf(authority ?? '')?.[0];
    const own = certificateOf(certificate ?? '');
    if (!newest || !own || this.#fault(certificate ?? '', [newest], now) !== null) return true;
    // A certificate cannot outlive its authority: renewed for that reason, it would be renewed for ever.
    const left = own.validToDate.getTime() - now;
    if (left < Math.min(RENEW_BEFORE_MS, newest.validToDate.getTime() - now)) return true;
    return !this.#names().every((name) => carries(own, name));
  }

  /** The authority's key, for a node that becomes a voter. @throws NodeError `authority.no_key` */
  giveKey(): string {
    const { authorityKey } = this.#held;
    if (authorityKey === null) throw new NodeError('authority.no_key', {});
    return authorityKey;
  }

  /** Keeps the authority's key. @throws NodeError `authority.certificate` when it is not that of the authority trusted here */
  async takeKey(key: string): Promise<void> {
    const trusted = certificatesOf(this.#held.authority ?? '') ?? [];
    if (key.length > MAX_PEM_LENGTH || !issuerOf(trusted, key))
      throw new NodeError('authority.certificate', { reason: 'the key is not that of the authority' });
    await this.#folder.write(AUTHORITY_KEY, key);
    this.#held.authorityKey = key.trim();
  }

  /** Forgets the authority's key: this node votes no more. */
  async dropKey(): Promise<void> {
    await this.#folder.remove(AUTHORITY_KEY);
    this.#held.authorityKey = null;
  }

  #names(): string[] {
    return namesOf(this.#options.nodeId, this.#options.names);
  }

  /** Why others would not believe it; null when they do. */
  #fault(certificate: string, trusted: readonly X509Certificate[], now: number): string | null {
    const own = certificateOf(certificate);
    if (own === null) return 'it cannot be read';
    const key = keyOf(this.#held.key);
    if (key === null || !own.checkPrivateKey(key)) return 'it is for another key';
    const issuer = trusted.find((one) => own.verify(one.publicKey));
    if (issuer === undefined) return 'it was not issued by this cloud';
    if (!carries(own, hostNameOf(this.#options.nodeId))) return 'it names another node';
    const end = Math.min(own.validToDate.getTime(), issuer.validToDate.getTime());
    return end <= now ? `it ran out on ${new Date(end).toISOString().slice(0, 10)}` : null;
  }
}

function carries(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
}

/** The certificate that this key is the key of. */
function issuerOf(certificates: readonly X509Certificate[], key: string): X509Certificate | undefined {
  const privateKey = keyOf(key);
  return privateKey === null ? undefined : certificates.find((one) => one.checkPrivateKey(privateKey));
}
