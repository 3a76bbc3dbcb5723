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

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Whoever renews a certificate does so days before it ends. */
const LOOK_EVERY_MS = 3_600_000;

/**
 * A certificate that the lab has from elsewhere.
 * @throws WebError `web.certificate` when it cannot be read, does not fit its key, or has run out
 */
export async function providedCertificate(paths: CertificateFiles, now: number): Promise<ServerCertificate> {
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

export interface ProvidedWatch {
  readonly files: CertificateFiles;
  readonly shown: ServerCertificate;
  readonly onNew: (certificate: ServerCertificate) => void;
  /** What is in the files now cannot be used; the former certificate is shown still. */
  readonly onFault: (error: unknown) => void;
  readonly signal: AbortSignal;
  /** Default 1 h. */
  readonly everyMs?: number;
}

/** Looks at the files again and again until the signal ends it: their owner renews them without asking. */
export function watchProvided(watch: ProvidedWatch): void {
  let { cert } = watch.shown;
  const look = async () => {
    const found = await providedCertificate(watch.files, Date.now());
    if (found.cert !== cert) watch.onNew(found);
    cert = found.cert;
  };
  const timer = setInterval(() => look().catch(watch.onFault), watch.everyMs ?? LOOK_EVERY_MS);
  watch.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
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
