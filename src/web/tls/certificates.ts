/** Makes certificates (X.509 v3, RFC 5280). Loaded only when one is to be made: reading one needs no library. */
import './reflect.ts'; // first: the library looks for it while it loads
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

/** A new authority, whose name tells people in a browser's list whose it is. */
export async function makeAuthority(cloudName: string, now: number): Promise<CertifiedKey> {
  const keys = await newKeys();
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
  return { certificate: certificate.toString('pem').trim(), key: await pemOf(keys.privateKey) };
}

/** A node's certificate for these host names and addresses, signed by the authority. */
export async function makeNodeCertificate(
  authority: CertifiedKey,
  names: readonly string[],
  now: number,
): Promise<CertifiedKey> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await crypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.key),
    ALGORITHM,
    false,
    ['sign'],
  );
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [(names[0] ?? 'labmesh').slice(0, 64)] }],
    issuer: issuer.subject,
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(Math.min(now + NODE_DAYS * DAY_MS - BACKDATED_MS, issuer.notAfter.getTime())),
    signingAlgorithm: ALGORITHM,
    signingKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem').trim(), key: await pemOf(keys.privateKey) };
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** 127 random bits, positive: nobody needs to remember which were given out (RFC 5280, 4.1.2.2). */
function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
