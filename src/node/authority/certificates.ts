/** Makes certificates (X.509 v3, RFC 5280). To be loaded by load.ts alone. */
import { createPublicKey } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** P-256: every browser has it, its handshakes cost a tenth of RSA's. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/**
 * A PC whose clock is behind must not find a fresh certificate "not yet valid": clocks of lab PCs are off by hours when their battery
 * is empty, seldom by more than a day.
 */
const BACKDATED_MS = DAY_MS;
/** The authority outlives the lab: changing it means visiting every browser that trusts it. */
const AUTHORITY_DAYS = 3650;
/** Browsers refuse certificates of more than 398 days (CA/Browser Forum); a node renews its own long before. */
const NODE_DAYS = 397;

/** A certificate and its private key as PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

/** What a request asks for, after its signature was checked. */
export interface ReadRequest {
  readonly publicKey: x509.PublicKey;
  /** Host names and addresses. */
  readonly names: readonly string[];
}

/** The certificate of an authority, whose name tells people in a browser's list whose it is. @param key PEM, of `makeKey` */
export async function makeAuthority(key: string, cloudName: string, now: number): Promise<string> {
  const keys = await pairOf(key);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    // As JSON, values are escaped by the library: no name can add fields.
    name: [{ CN: [`labmesh: ${cloudName}`.slice(0, 64)] }, { O: ['labmesh'] }],
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return certificate.toString('pem').trim();
}

/** A new private key, PEM (PKCS#8). */
export async function makeKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
}

/** A request (PKCS#10, RFC 2986) for a certificate of this key; the first name is also the subject. */
export async function makeRequest(key: string, names: readonly string[]): Promise<string> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName(names)] }],
    keys: await pairOf(key),
    signingAlgorithm: ALGORITHM,
    extensions: [alternativeNames(names)],
  });
  return request.toString('pem').trim();
}

/** @throws Error saying what is wrong with it: damaged, another kind of key, or not signed by the key it is for */
export async function readRequest(pem: string): Promise<ReadRequest> {
  const request = new x509.Pkcs10CertificateRequest(pem);
  const { algorithm } = request.publicKey;
  const curve = 'namedCurve' in algorithm ? algorithm.namedCurve : algorithm.name;
  if (curve !== ALGORITHM.namedCurve) throw new Error(`its key is ${String(curve)}, not P-256`);
  if (!(await request.verify())) throw new Error('it is not signed by the key that it is for');
  const asked = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
  const names = asked?.names.items ?? [];
  const other = names.find(({ type }) => type !== 'dns' && type !== 'ip');
  if (other) throw new Error(`it asks for a name of type ${other.type}`);
  return { publicKey: request.publicKey, names: names.map(({ value }) => value) };
}

/** A certificate for both sides of TLS, signed by the authority. @param names the first is its subject */
export async function signNode(
  authority: CertifiedKey,
  publicKey: x509.PublicKey,
  names: readonly string[],
  now: number,
): Promise<string> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [commonName(names)] }],
    issuer: issuer.subject,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(Math.min(now + NODE_DAYS * DAY_MS - BACKDATED_MS, issuer.notAfter.getTime())),
    signingAlgorithm: ALGORITHM,
    signingKey: await importKey(authority.key),
    publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      alternativeNames(names),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return certificate.toString('pem').trim();
}

const commonName = (names: readonly string[]) => (names[0] ?? 'labmesh').slice(0, 64);

function alternativeNames(names: readonly string[]): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension(
    names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const),
  );
}

function importKey(pem: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), ALGORITHM, true, ['sign']);
}

/** A private key with its public half. */
async function pairOf(key: string): Promise<CryptoKeyPair> {
  const privateKey = await importKey(key);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = await crypto.subtle.importKey('spki', new Uint8Array(spki), ALGORITHM, true, ['verify']);
  return { privateKey, publicKey };
}

/** 127 random bits, positive: nobody needs to remember which were given out (RFC 5280, 4.1.2.2). */
function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
