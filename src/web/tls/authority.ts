/**
 * The cloud's own authority and this node's certificate, kept in one folder: `authority.pem` (for browsers and scripts to trust),
 * `authority.key`, `node.pem`, `node.key`. Keys are readable by the node's user alone.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { WebError } from '../errors.ts';
import type { CertifiedKey } from './certificates.ts';

/** A node's certificate is made anew when less than this is left: a PC that is off over the summer still starts with a valid one. */
const RENEW_BEFORE_MS = 120 * 86_400_000;
/** As many names as a PC with many networks has. */
const MAX_NAMES = 50;
const DNS_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

/** What a TLS server shows, as PEM. */
export interface ServerCertificate {
  /** The node's certificate and, behind it, its issuer. */
  readonly cert: string;
  readonly key: string;
  /** What a client must trust to believe it; null when the certificate was provided and so is trusted otherwise. */
  readonly authority: string | null;
}

export interface AuthorityOptions {
  /** Made with mode 0700 where it is not there yet. */
  readonly directory: string;
  readonly cloudName: string;
  /** Host names and addresses beside those that the PC itself knows: what `--advertise` says. */
  readonly names: readonly string[];
  readonly now: number;
}

/**
 * This node's certificate of the cloud's authority. Makes what is not there, and makes the certificate anew when it runs out, was
 * signed by another authority, or the PC has names or addresses that it does not carry.
 * @throws WebError `web.authority` when a file is damaged: a new authority would make every browser warn, so none is made unasked
 */
export async function nodeCertificate(options: AuthorityOptions): Promise<ServerCertificate> {
  const { directory, cloudName, now } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const authority =
    (await readPair(directory, 'authority')) ?? (await newAuthority(directory, cloudName, now));
  const names = namesOf(options.names);
  const present = await readPair(directory, 'node').catch(() => null); // a damaged one is simply made anew
  if (present && isGood(present, authority, names, now)) return served(present, authority);
  const { makeNodeCertificate } = await import('./certificates.ts');
  const made = await makeNodeCertificate(authority, names, now);
  await writePair(directory, 'node', made);
  return served(made, authority);
}

/**
 * A certificate that the lab has from elsewhere.
 * @throws WebError `web.certificate` when it cannot be read, does not fit its key, or has run out
 */
export async function providedCertificate(
  paths: { cert: string; key: string },
  now: number,
): Promise<ServerCertificate> {
  const fail = (path: string, reason: string) => new WebError('web.certificate', { path, reason });
  const read = (path: string) =>
    readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw fail(path, error.code ?? 'unreadable');
    });
  const [cert, key] = [await read(paths.cert), await read(paths.key)];
  const parsed = parse(cert);
  if (!parsed) throw fail(paths.cert, 'not PEM');
  const privateKey = parseKey(key);
  if (!privateKey) throw fail(paths.key, 'not PEM');
  if (!parsed.checkPrivateKey(privateKey)) throw fail(paths.key, 'not the key of this certificate');
  if (parsed.validToDate.getTime() <= now)
    throw fail(paths.cert, `expired ${parsed.validToDate.toISOString().slice(0, 10)}`);
  return { cert, key, authority: null };
}

function served(node: CertifiedKey, authority: CertifiedKey): ServerCertificate {
  return {
    cert: `${node.certificate}\n${authority.certificate}`,
    key: node.key,
    authority: authority.certificate,
  };
}

async function newAuthority(directory: string, cloudName: string, now: number): Promise<CertifiedKey> {
  const { makeAuthority } = await import('./certificates.ts');
  const made = await makeAuthority(cloudName, now);
  await writePair(directory, 'authority', made);
  return made;
}

/** Every name under which this PC may be asked for, localhost among them. */
function namesOf(given: readonly string[]): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((one) => !one.address.startsWith('fe80')) // link-local: no browser can ask for it without a zone
    .map((one) => one.address);
  const names = [...given, hostname(), 'localhost', '127.0.0.1', '::1', ...addresses];
  const usable = names.filter((name) => DNS_NAME.test(name) || isIP(name) > 0);
  return [...new Set(usable.map((name) => name.toLowerCase()))].slice(0, MAX_NAMES);
}

function isGood(node: CertifiedKey, authority: CertifiedKey, names: readonly string[], now: number): boolean {
  const certificate = parse(node.certificate);
  const issuer = parse(authority.certificate);
  if (!certificate || !issuer) return false;
  if (!certificate.verify(issuer.publicKey)) return false;
  if (certificate.validToDate.getTime() - now < Math.min(RENEW_BEFORE_MS, issuer.validToDate.getTime() - now))
    return false;
  return names.every(
    (name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined,
  );
}

/** The two files of a pair; null when neither is there. @throws WebError `web.authority` */
async function readPair(directory: string, name: string): Promise<CertifiedKey | null> {
  const [certificate, key] = [
    await read(join(directory, `${name}.pem`)),
    await read(join(directory, `${name}.key`)),
  ];
  if (certificate === null && key === null) return null;
  const fail = (reason: string) => new WebError('web.authority', { path: directory, reason });
  if (certificate === null || key === null)
    throw fail(`${name}.${certificate === null ? 'pem' : 'key'}: ENOENT`);
  const parsed = parse(certificate);
  const privateKey = parseKey(key);
  if (!parsed || !privateKey) throw fail(`${name}: not PEM`);
  if (!parsed.checkPrivateKey(privateKey)) throw fail(`${name}.key: not the key of ${name}.pem`);
  return { certificate: certificate.trim(), key: key.trim() };
}

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what readFile throws
    if (code === 'ENOENT') return null;
    throw new WebError('web.authority', { path, reason: code ?? 'unreadable' }, { cause: error });
  }
}

/** The key first: a certificate is there only when its key is, whatever ends this half-way. */
async function writePair(directory: string, name: string, pair: CertifiedKey): Promise<void> {
  await writeWhole(join(directory, `${name}.key`), pair.key, 0o600);
  await writeWhole(join(directory, `${name}.pem`), pair.certificate, 0o644);
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(`${path}.new`, `${text}\n`, { mode, flush: true });
    await chmod(`${path}.new`, mode); // a file left over from before keeps its own mode otherwise
    await rename(`${path}.new`, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what fs throws
    throw new WebError('web.authority', { path, reason: code ?? String(error) }, { cause: error });
  }
}

function parse(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

function parseKey(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
