/** Certificates as the cloud's authority will hand them out: one pair per node, for both sides of mutual TLS. */
import type { X509Certificate } from '@peculiar/x509';

await import('reflect-metadata'); // before the library, which looks for it while it loads
const x509 = await import('@peculiar/x509');

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;

export interface TestPair {
  readonly certificate: string;
  readonly key: string;
}

const newKeys = () => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

async function pair(certificate: X509Certificate, key: CryptoKey): Promise<TestPair> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', key);
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

/** A certificate authority that lives as long as the test. */
export async function testAuthority(name: string) {
  const keys = await newKeys();
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: [{ CN: [name] }],
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + HOUR_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const authority = await pair(own, keys.privateKey);
  let serial = 16; // two hexadecimal digits from the first
  const issue = async (nodeId: string): Promise<TestPair> => {
    const node = await newKeys();
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: (serial++).toString(16).padStart(4, '0'),
      subject: [{ CN: [nodeId] }],
      issuer: own.subject,
      notBefore: new Date(Date.now() - HOUR_MS),
      notAfter: new Date(Date.now() + HOUR_MS),
      signingAlgorithm: ALGORITHM,
      signingKey: keys.privateKey,
      publicKey: node.publicKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: nodeId.toLowerCase() }]),
      ],
    });
    return pair(made, node.privateKey);
  };
  return { authority, issue };
}
