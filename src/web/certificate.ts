/** What the HTTPS door shows: the node's own certificate, which `main` hands in, or one that the lab has from elsewhere. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { WebError } from './errors.ts';

/** What a TLS server shows, as PEM. */
export interface ServerCertificate {
  /** The node's certificate and, behind it, its issuer. */
  readonly cert: string;
  readonly key: string;
  /** What a client must trust to believe it; null when the certificate was provided and so is trusted otherwise. */
  readonly authority: string | null;
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
